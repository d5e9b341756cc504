/*
 * Protects paging: a cursor continues the query that it came from and no
 * other, and whatever else stands in its place is refused before its numbers
 * reach a comparison.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>

#include "core/base64url.h"
#include "core/cursor.h"
#include "t/unit/guard_page.h"

#define HASH UINT64_C(0xfedcba9876543210)

static yz_cursor
nearby(double distance, yz_span id)
{
    yz_cursor cursor = {.kind = YZ_CURSOR_NEARBY, .distance = distance};

    cursor.id_n = id.n;
    memcpy(cursor.id, id.p, id.n < YZ_ID_MAX ? id.n : YZ_ID_MAX);
    return cursor;
}

static void
assert_reads_back(const yz_cursor *cursor)
{
    char text[YZ_CURSOR_SIZE];
    size_t n = yz_cursor_write(cursor, HASH, text);
    yz_cursor_fault fault;
    yz_cursor back;

    assert_true(n > 0 && n <= YZ_CURSOR_TEXT_MAX && strlen(text) == n);
    assert_int_equal(
        yz_cursor_read((yz_span){text, n}, cursor->kind, HASH, &back, &fault),
        YZ_OK);
    assert_int_equal(fault, YZ_CURSOR_FINE);
    assert_int_equal(back.kind, cursor->kind);
    assert_memory_equal(&back.distance, &cursor->distance, sizeof(double));
    assert_int_equal(back.id_n, cursor->id_n);
    assert_memory_equal(back.id, cursor->id, sizeof(back.id));
    assert_int_equal(back.hilbert, cursor->hilbert);
    assert_int_equal(back.place_number, cursor->place_number);
}

static void
cursors_read_back_bit_by_bit(void **state)
{
    static const double distances[] = {0.0,   DBL_MIN, 0.1,    1234.56789,
                                       2.0e7, DBL_MAX, 1.0 / 3};
    char id[YZ_ID_MAX];
    yz_cursor cursor;

    (void)state;
    memset(id, 'x', sizeof(id));
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        cursor = nearby(distances[i], YZ_SPAN("qd-驿站-1"));
        assert_reads_back(&cursor);
        cursor = nearby(distances[i], (yz_span){id, 1 + i * 10});
        assert_reads_back(&cursor);
    }
    cursor = nearby(1, (yz_span){id, YZ_ID_MAX});
    assert_reads_back(&cursor);
    cursor = (yz_cursor){.kind = YZ_CURSOR_LIST};
    assert_reads_back(&cursor);
    cursor.hilbert = UINT64_MAX - 1;
    cursor.place_number = 0x80000001;
    assert_reads_back(&cursor);
}

static void
members_out_of_range_are_not_written(void **state)
{
    char text[YZ_CURSOR_SIZE];
    yz_cursor cursor = nearby(-1, YZ_SPAN("a"));

    (void)state;
    assert_int_equal(yz_cursor_write(&cursor, HASH, text), 0);
    cursor = nearby(1, YZ_SPAN(""));
    assert_int_equal(yz_cursor_write(&cursor, HASH, text), 0);
    cursor = nearby(1, YZ_SPAN("a\n"));
    assert_int_equal(yz_cursor_write(&cursor, HASH, text), 0);
    cursor.id_n = YZ_ID_MAX + 1;
    assert_int_equal(yz_cursor_write(&cursor, HASH, text), 0);
    cursor.kind = (yz_cursor_kind)0;
    assert_int_equal(yz_cursor_write(&cursor, HASH, text), 0);
}

static void
assert_refused(yz_span text, yz_cursor_kind kind, uint64_t hash,
               yz_cursor_fault wanted)
{
    yz_cursor_fault fault;
    yz_cursor cursor;

    assert_int_equal(yz_cursor_read(text, kind, hash, &cursor, &fault),
                     YZ_BAD_INPUT);
    assert_int_equal(fault, wanted);
}

static void
a_cursor_of_another_query_is_told_apart(void **state)
{
    char text[YZ_CURSOR_SIZE];
    yz_cursor cursor = nearby(5, YZ_SPAN("abcd"));
    size_t n = yz_cursor_write(&cursor, HASH, text);

    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        assert_refused((yz_span){text, n}, YZ_CURSOR_NEARBY,
                       HASH ^ UINT64_C(1) << bit, YZ_CURSOR_OTHER_QUERY);
    }
    assert_refused((yz_span){text, n}, YZ_CURSOR_LIST, HASH,
                   YZ_CURSOR_OTHER_QUERY);
}

/* CRC-32 bit by bit, as its definition says it. */
static uint32_t
check_of(const uint8_t *bytes, size_t n)
{
    uint32_t crc = UINT32_MAX;

    for (size_t bit = 0; bit < 8 * n; bit++) {
        crc ^= bytes[bit / 8] >> bit % 8 & 1u;
        crc = crc >> 1 ^ ((crc & 1u) != 0 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

/*
 * Bytes as someone could forge them, with one 64-bit order key and a check
 * that holds.
 */
static void
assert_forged_refused(uint8_t version, uint8_t kind, uint64_t key,
                      const char *rest, size_t rest_n)
{
    uint8_t bytes[18 + 80 + 4] = {version, kind};
    uint32_t check;
    char text[200];
    size_t n;

    for (int i = 0; i < 8; i++) {
        bytes[2 + i] = (uint8_t)(HASH >> (56 - 8 * i));
        bytes[10 + i] = (uint8_t)(key >> (56 - 8 * i));
    }
    memcpy(bytes + 18, rest, rest_n);
    check = check_of(bytes, 18 + rest_n);
    for (size_t i = 0; i < 4; i++) {
        bytes[18 + rest_n + i] = (uint8_t)(check >> (24 - 8 * i));
    }
    n = yz_base64url_encode(bytes, 18 + rest_n + 4, text);
    assert_refused((yz_span){text, n}, (yz_cursor_kind)kind, HASH,
                   YZ_CURSOR_MALFORMED);
}

static void
hostile_values_are_refused(void **state)
{
    static const uint64_t keys[] = {UINT64_C(0x7ff0000000000000),
                                    UINT64_C(0x7ff8000000000000),
                                    UINT64_C(0x7ff0000000000001),
                                    UINT64_C(0xfff0000000000000),
                                    UINT64_C(0x8000000000000000),
                                    UINT64_C(0xbff0000000000000),
                                    UINT64_MAX};
    char id[80];

    (void)state;
    memset(id, 'x', sizeof(id));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_forged_refused(2, YZ_CURSOR_NEARBY, keys[i], "a", 1);
    }
    assert_forged_refused(2, YZ_CURSOR_NEARBY, 0, "", 0);
    assert_forged_refused(2, YZ_CURSOR_NEARBY, 0, "a\0", 2);
    assert_forged_refused(2, YZ_CURSOR_NEARBY, 0, "\xff", 1);
    assert_forged_refused(2, YZ_CURSOR_NEARBY, 0, id, 65);
    assert_forged_refused(2, YZ_CURSOR_LIST, 0, "abc", 3);
    assert_forged_refused(2, YZ_CURSOR_LIST, 0, "abcde", 5);
    assert_forged_refused(0, YZ_CURSOR_LIST, 0, "abcd", 4);
    assert_forged_refused(1, YZ_CURSOR_LIST, 0, "abcd", 4);
    assert_forged_refused(3, YZ_CURSOR_LIST, 0, "abcd", 4);
    assert_forged_refused(2, 0, 0, "abcd", 4);
    assert_forged_refused(2, 3, 0, "abcd", 4);
}

/* Called with every beginning of a cursor; the whole comes last. */
static void
try_truncation(yz_span text, void *context)
{
    const yz_span *whole = context;
    yz_cursor_kind kind = whole->n > 40 ? YZ_CURSOR_NEARBY : YZ_CURSOR_LIST;
    yz_cursor_fault fault;
    yz_cursor cursor;
    yz_status status = yz_cursor_read(text, kind, HASH, &cursor, &fault);

    assert_int_equal(status, text.n == whole->n ? YZ_OK : YZ_BAD_INPUT);
    assert_int_equal(fault,
                     text.n == whole->n ? YZ_CURSOR_FINE : YZ_CURSOR_MALFORMED);
}

/* Each character becomes each other one. */
static void
assert_changes_refused(char *text, size_t n, yz_cursor_kind kind)
{
    for (size_t i = 0; i < n; i++) {
        char was = text[i];

        for (int c = 0; c < 256; c++) {
            if ((char)c != was) {
                text[i] = (char)c;
                assert_refused((yz_span){text, n}, kind, HASH,
                               YZ_CURSOR_MALFORMED);
            }
        }
        text[i] = was;
    }
}

static void
every_truncation_and_change_is_refused(void **state)
{
    static const yz_cursor list = {.kind = YZ_CURSOR_LIST, .hilbert = 12345};
    char text[YZ_CURSOR_SIZE];
    char id[] = "0123456789驿站0123456789abcdefghijklmnop";
    yz_span whole = {text, 0};

    (void)state;
    for (size_t cut = 20; cut < sizeof(id) - 1; cut++) {
        yz_cursor cursor = nearby(77.7, (yz_span){id, cut});

        whole.n = yz_cursor_write(&cursor, HASH, text);
        assert_int_equal(guard_truncations(whole, try_truncation, &whole),
                         whole.n + 1);
        assert_changes_refused(text, whole.n, YZ_CURSOR_NEARBY);
    }
    whole.n = yz_cursor_write(&list, HASH, text);
    assert_int_equal(guard_truncations(whole, try_truncation, &whole),
                     whole.n + 1);
    assert_changes_refused(text, whole.n, YZ_CURSOR_LIST);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursors_read_back_bit_by_bit),
        cmocka_unit_test(members_out_of_range_are_not_written),
        cmocka_unit_test(a_cursor_of_another_query_is_told_apart),
        cmocka_unit_test(hostile_values_are_refused),
        cmocka_unit_test(every_truncation_and_change_is_refused),
    };

    return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
