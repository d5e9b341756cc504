/*
 * Protects the encoding of a place, which is both the state and the log: if
 * a member got lost or a damaged record were believed, places would change
 * by being stored, or a writer would read past the end of the map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/limits.h"
#include "lmdb_schema/place.h"
#include "lmdb_schema/place_check.h"
#include "t/unit/guard_page.h"

static yz_place
sample(void)
{
    yz_place place = {
        .id = YZ_SPAN("qd-0001"),
        .name = YZ_SPAN("香港中路驿站"),
        .kind = YZ_SPAN("station"),
        .address = YZ_SPAN("香港中路 1 号"),
        .hours = YZ_SPAN("24/7"),
        .services = YZ_SPAN("hot_meal,water"),
        .phone = YZ_SPAN("0532-12345678"),
        .region = 370202,
        .has_position = true,
        .lng_e7 = 1203826000,
        .lat_e7 = -360671000,
        .level = 2,
        .status = YZ_PLACE_SUSPENDED,
        .until_s = 1800000000,
        .number = 7,
        .changed_seq = 99,
        .rating_count = 3,
        .rating_sum = 12,
        .code = "ABCDEFGH12345",
    };
    return place;
}

static void
what_is_encoded_comes_back(void **state)
{
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    yz_place place = sample(), back;
    size_t size;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_place_encode(&place, bytes, sizeof(bytes), &size));
    assert_int_equal(YZ_OK, yz_place_decode(bytes, size, &back));
    assert_true(yz_place_same(&place, &back));
    assert_int_equal(place.number, back.number);
    assert_int_equal(place.changed_seq, back.changed_seq);
    assert_int_equal(0, back.rating_count);
    assert_int_equal(0, back.rating_sum);
    assert_string_equal(place.code, back.code);
}

/* The bytes are a contract: the log is kept for years. */
static void
the_encoding_is_the_one_that_is_documented(void **state)
{
    static const uint8_t head[] = {
        1,    2,    1,    1,    7,    0,    0,    0,    0x1a, 0xa6, 0x05,
        0x00, 0x50, 0xed, 0xc0, 0x47, 0xe8, 0x98, 0x80, 0xea, 7,    0,
        18,   0,    7,    0,    18,   0,    4,    0,    14,   0,    13,
        0,    'A',  'B',  'C',  'D',  'E',  'F',  'G',  'H',  '1',  '2',
        '3',  '4',  '5',  0,    0x00, 0xd2, 0x49, 0x6b, 0,    0,    0,
        0,    99,   0,    0,    0,    0,    0,    0,    0};
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    yz_place place = sample();
    size_t size;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_place_encode(&place, bytes, sizeof(bytes), &size));
    assert_int_equal(YZ_PLACE_ENCODED_HEAD, sizeof(head));
    assert_int_equal(sizeof(head) + 81, size);
    assert_memory_equal(head, bytes, sizeof(head));
    assert_memory_equal("qd-0001", bytes + sizeof(head), 7);
}

static void
try_truncated(yz_span text, void *context)
{
    size_t *good = context;
    yz_place place;

    *good += yz_place_decode((const uint8_t *)text.p, text.n, &place) == YZ_OK;
}

static void
only_the_whole_encoding_decodes(void **state)
{
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    yz_place place = sample();
    size_t size, good = 0;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_place_encode(&place, bytes, sizeof(bytes), &size));
    assert_int_equal(size + 1, guard_truncations((yz_span){(char *)bytes, size},
                                                 try_truncated, &good));
    assert_int_equal(1, good);
}

static void
damage_is_told_from_another_version(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
        yz_status status;
    } all[] = {
        {0, 2, YZ_FORMAT},      {1, 4, YZ_CORRUPT},  {2, 4, YZ_CORRUPT},
        {3, 2, YZ_CORRUPT},     {3, 0, YZ_CORRUPT},  {11, 9, YZ_CORRUPT},
        {15, 0x7f, YZ_CORRUPT}, {20, 0, YZ_CORRUPT}, {21, 9, YZ_CORRUPT},
        {47, 1, YZ_CORRUPT},
    };
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    yz_place place = sample();
    size_t size, i;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_place_encode(&place, bytes, sizeof(bytes), &size));
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        uint8_t kept = bytes[all[i].at];

        bytes[all[i].at] = all[i].byte;
        assert_int_equal(all[i].status, yz_place_decode(bytes, size, &place));
        bytes[all[i].at] = kept;
    }
}

static void
what_does_not_fit_is_refused(void **state)
{
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    char long_name[YZ_NAME_MAX + 1];
    yz_place place = sample();
    size_t size, whole;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_place_encode(&place, bytes, sizeof(bytes), &whole));
    assert_int_equal(YZ_OK, yz_place_encode(&place, bytes, whole, &size));
    assert_int_equal(YZ_FULL, yz_place_encode(&place, bytes, whole - 1, &size));
    assert_int_equal(YZ_FULL, yz_place_encode(&place, bytes, 0, &size));
    memset(long_name, 'x', sizeof(long_name));
    place.name = (yz_span){long_name, sizeof(long_name)};
    assert_int_equal(YZ_FULL,
                     yz_place_encode(&place, bytes, sizeof(bytes), &size));
}

static void
same_looks_at_what_a_file_can_say(void **state)
{
    yz_place a = sample(), b = sample();

    (void)state;
    b.number = 1;
    b.changed_seq = 1;
    b.rating_count = 0;
    b.code[0] = 'Z';
    assert_true(yz_place_same(&a, &b));
    b = a, b.name = YZ_SPAN("x");
    assert_false(yz_place_same(&a, &b));
    b = a, b.lat_e7++;
    assert_false(yz_place_same(&a, &b));
    b = a, b.has_position = false;
    assert_false(yz_place_same(&a, &b));
    a.has_position = false, a.lng_e7 = 5;
    assert_true(yz_place_same(&a, &b));
    b = a, b.status = YZ_PLACE_OPEN;
    assert_false(yz_place_same(&a, &b));
    b = a, b.until_s = 0;
    assert_false(yz_place_same(&a, &b));
    b = a, b.services = YZ_SPAN("hot_meal");
    assert_false(yz_place_same(&a, &b));
}

static void
a_place_that_breaks_a_rule_is_named(void **state)
{
    yz_place good = sample(), place;

    (void)state;
    assert_null(yz_place_check(&good));
    place = good, place.id = YZ_SPAN("");
    assert_non_null(yz_place_check(&place));
    place = good, place.name = YZ_SPAN("a\nb");
    assert_non_null(yz_place_check(&place));
    place = good, place.name = YZ_SPAN("\xc0\xaf");
    assert_non_null(yz_place_check(&place));
    place = good, place.kind = YZ_SPAN("");
    assert_non_null(yz_place_check(&place));
    place = good, place.kind = YZ_SPAN("a,b");
    assert_non_null(yz_place_check(&place));
    place = good, place.services = YZ_SPAN("water,hot_meal");
    assert_non_null(yz_place_check(&place));
    place = good, place.services = YZ_SPAN("water,water");
    assert_non_null(yz_place_check(&place));
    place = good, place.services = YZ_SPAN("water,");
    assert_non_null(yz_place_check(&place));
    place = good, place.services = YZ_SPAN(",water");
    assert_non_null(yz_place_check(&place));
    place = good, place.services = YZ_SPAN("");
    assert_null(yz_place_check(&place));
    place = good, place.region = 3702;
    assert_non_null(yz_place_check(&place));
    place = good, place.lat_e7 = 900000001;
    assert_non_null(yz_place_check(&place));
    place = good, place.level = 4;
    assert_non_null(yz_place_check(&place));
    place = good, place.status = 4;
    assert_non_null(yz_place_check(&place));
    place = good, place.until_s = INT64_MAX;
    assert_non_null(yz_place_check(&place));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_comes_back),
        cmocka_unit_test(the_encoding_is_the_one_that_is_documented),
        cmocka_unit_test(only_the_whole_encoding_decodes),
        cmocka_unit_test(damage_is_told_from_another_version),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(same_looks_at_what_a_file_can_say),
        cmocka_unit_test(a_place_that_breaks_a_rule_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
