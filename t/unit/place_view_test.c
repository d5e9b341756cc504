/*
 * Protects workers from damaged place and region records: whatever the bytes
 * are, either every span lies inside them or the record is refused.  Without
 * the checks a wrong size sends a neighbour's bytes, or kills the worker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/place_view.h"
#include "lmdb_schema/region_view.h"
#include "t/unit/guard_page.h"

#define TEXTS                                                                  \
    "{head["                                                                   \
    "1,2"                                                                      \
    "]tail"                                                                    \
    "id-7"                                                                     \
    "name"                                                                     \
    "addr"                                                                     \
    "400"                                                                      \
    "24/7"

static const yz_place_head sample = {
    .number = 7,
    .lat_e7 = 360000000,
    .lng_e7 = 1200000000,
    .region = 370202,
    .level = 3,
    .status = YZ_PLACE_SUSPENDED,
    .flags = YZ_PLACE_HAS_POSITION,
    .rating_count = 2,
    .rating_sum = 10,
    .json_head_size = 6,
    .json_point_size = 3,
    .json_tail_size = 5,
    .id_size = 4,
    .name_size = 4,
    .address_size = 4,
    .phone_size = 3,
    .hours_text_size = 4,
};

typedef struct {
    yz_place_head head;
    char texts[sizeof(TEXTS) - 1];
} __attribute__((packed)) record;

static record
record_of(const yz_place_head *head)
{
    record r = {*head, {0}};

    memcpy(r.texts, TEXTS, sizeof(r.texts));
    return r;
}

static yz_status
view_of(const yz_place_head *head)
{
    record r = record_of(head);
    yz_place_view view;

    return yz_place_view_of(&r, sizeof(r), 7, &view);
}

static void
assert_text(const char *text, yz_span span)
{
    assert_int_equal(strlen(text), span.n);
    assert_memory_equal(text, span.p, span.n);
}

static void
a_sound_record_gives_all_its_parts(void **state)
{
    /* One byte off: LMDB promises no alignment that would do. */
    char bytes[sizeof(record) + 1];
    record r = record_of(&sample);
    yz_place_view view;

    (void)state;
    memcpy(bytes + 1, &r, sizeof(r));
    assert_int_equal(YZ_OK, yz_place_view_of(bytes + 1, sizeof(r), 7, &view));
    assert_memory_equal(&sample, &view.head, sizeof(sample));
    assert_text("{head[", view.json_head);
    assert_text("1,2", view.json_point);
    assert_text("]tail", view.json_tail);
    assert_text("id-7", view.id);
    assert_text("name", view.name);
    assert_text("addr", view.address);
    assert_text("400", view.phone);
    assert_text("24/7", view.hours);
}

static void
a_head_that_breaks_a_rule_is_corrupt(void **state)
{
    (void)state;
#define BROKEN(...)                                                            \
    do {                                                                       \
        yz_place_head head = sample;                                           \
        __VA_ARGS__;                                                           \
        assert_int_equal(YZ_CORRUPT, view_of(&head));                          \
    } while (0)
    BROKEN(head.number = 8);
    BROKEN(head.status = YZ_PLACE_DELISTED + 1);
    BROKEN(head.level = 4);
    BROKEN(head.region = 1000000);
    BROKEN(head.lat_e7 = 900000001);
    BROKEN(head.lat_e7 = INT32_MIN);
    BROKEN(head.lng_e7 = -1800000001);
    BROKEN(head.rating_sum = 11);
    BROKEN(head.rating_sum = 1);
    BROKEN(head.rating_count = UINT32_MAX);
    BROKEN(head.name_size++);
    BROKEN(head.name_size--);
    BROKEN(head.name_size = UINT16_MAX);
    BROKEN(head.hours_text_size = 0);
    BROKEN(head.name_size += head.id_size; head.id_size = 0);
    BROKEN(head.json_tail_size += head.json_head_size; head.json_head_size = 0);
    BROKEN(head.json_head_size += head.json_point_size;
           head.json_point_size = 0);
    BROKEN(head.json_head_size += head.json_tail_size; head.json_tail_size = 0);
#undef BROKEN
}

static void
try_place(yz_span bytes, void *context)
{
    yz_place_view view;
    yz_status status = yz_place_view_of(bytes.p, bytes.n, 7, &view);

    assert_int_equal(bytes.n == *(size_t *)context ? YZ_OK : YZ_CORRUPT,
                     status);
}

static void
no_truncated_place_is_believed(void **state)
{
    record r = record_of(&sample);
    size_t whole = sizeof(r);

    (void)state;
    assert_int_equal(whole + 1, guard_truncations((yz_span){(char *)&r, whole},
                                                  try_place, &whole));
}

typedef struct {
    yz_region_head head;
    yz_region_kind kinds[2];
    char name[6];
} __attribute__((packed)) region_record;

static const region_record region = {
    .head = {.places = 5, .kind_count = 2, .name_size = 6},
    .kinds = {{1, 2}, {9, 3}},
    .name = {'q', 'i', 'n', 'g', 'd', 'o'},
};

static void
a_region_gives_its_kinds_and_name(void **state)
{
    char bytes[sizeof(region) + 1];
    yz_region_view view;

    (void)state;
    memcpy(bytes + 1, &region, sizeof(region));
    assert_int_equal(YZ_OK,
                     yz_region_view_of(bytes + 1, sizeof(region), &view));
    assert_int_equal(5, view.head.places);
    assert_int_equal(9, yz_region_view_kind(&view, 1).kind);
    assert_int_equal(3, yz_region_view_kind(&view, 1).count);
    assert_text("qingdo", view.name);
}

static void
try_region(yz_span bytes, void *context)
{
    yz_region_view view;
    yz_status status = yz_region_view_of(bytes.p, bytes.n, &view);

    (void)context;
    assert_int_equal(bytes.n == sizeof(region) ? YZ_OK : YZ_CORRUPT, status);
}

static void
no_truncated_region_is_believed(void **state)
{
    (void)state;
    assert_int_equal(
        sizeof(region) + 1,
        guard_truncations((yz_span){(const char *)&region, sizeof(region)},
                          try_region, NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_record_gives_all_its_parts),
        cmocka_unit_test(a_head_that_breaks_a_rule_is_corrupt),
        cmocka_unit_test(no_truncated_place_is_believed),
        cmocka_unit_test(a_region_gives_its_kinds_and_name),
        cmocka_unit_test(no_truncated_region_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
