/*
 * Protects: holidays and make-up working days come out of the yearly file as
 * they went in, a year without its notice stays unknown, broken files name
 * their line, and broken bytes are refused before they are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/calendar.h"
#include "core/civil_time.h"

static uint8_t blob[YZ_CALENDAR_BLOB_MAX];
static size_t size;

static yz_status
compile(const char *csv, size_t *bad_line)
{
    return yz_calendar_compile(yz_span_of(csv), blob, sizeof(blob), &size,
                               bad_line);
}

static yz_day_class
class_of(int32_t year, int32_t month, int32_t day)
{
    return yz_calendar_day(blob, size, yz_civil_day(year, month, day));
}

static void
the_shipped_table_is_what_the_notices_say(void **state)
{
    static char csv[65536];
    FILE *f = fopen("data/holidays.csv", "rb");
    size_t bad_line;
    size_t n;
    int off[2] = {0, 0};
    int work[2] = {0, 0};

    (void)state;
    assert_non_null(f);
    n = fread(csv, 1, sizeof(csv), f);
    fclose(f);
    assert_int_equal(yz_calendar_compile((yz_span){csv, n}, blob, sizeof(blob),
                                         &size, &bad_line),
                     YZ_OK);
    assert_int_equal(yz_calendar_check(blob, size), YZ_OK);
    for (int64_t d = yz_civil_day(2025, 1, 1); d <= yz_civil_day(2026, 12, 31);
         d++) {
        yz_day_class c = yz_calendar_day(blob, size, d);
        int y = d >= yz_civil_day(2026, 1, 1);

        assert_int_not_equal(c, YZ_DAY_UNKNOWN);
        off[y] += c == YZ_DAY_OFF;
        work[y] += c == YZ_DAY_WORK;
        /* Only weekends can be worked instead. */
        assert_true(c != YZ_DAY_WORK || yz_civil_weekday(d) >= 5);
    }
    assert_int_equal(off[0], 28);
    assert_int_equal(work[0], 5);
    assert_int_equal(off[1], 33);
    assert_int_equal(work[1], 6);
    assert_int_equal(class_of(2025, 10, 8), YZ_DAY_OFF);
    assert_int_equal(class_of(2025, 10, 9), YZ_DAY_PLAIN);
    assert_int_equal(class_of(2026, 2, 14), YZ_DAY_WORK);
    assert_int_equal(class_of(2026, 2, 23), YZ_DAY_OFF);
    assert_int_equal(class_of(2027, 1, 1), YZ_DAY_UNKNOWN);
    assert_int_equal(class_of(2024, 12, 31), YZ_DAY_UNKNOWN);
}

static void
every_day_of_a_leap_year_has_its_own_place(void **state)
{
    size_t bad_line;

    (void)state;
    for (int64_t d = yz_civil_day(2024, 1, 2); d <= yz_civil_day(2024, 12, 31);
         d++) {
        char csv[128];
        yz_civil date;

        yz_civil_from_day(d, &date);
        snprintf(csv, sizeof(csv), "2024-01-01,off,x\n2024-%02d-%02d,work,y\n",
                 (int)date.month, (int)date.day);
        assert_int_equal(compile(csv, &bad_line), YZ_OK);
        assert_int_equal(yz_calendar_check(blob, size), YZ_OK);
        for (int64_t e = yz_civil_day(2024, 1, 2);
             e <= yz_civil_day(2024, 12, 31); e++) {
            assert_int_equal(yz_calendar_day(blob, size, e),
                             e == d ? YZ_DAY_WORK : YZ_DAY_PLAIN);
        }
    }
}

static void
a_year_is_known_by_its_new_year(void **state)
{
    size_t bad_line;

    (void)state;
    /* The notice for 2024 named a day of 2023; 2026 has no row at all. */
    assert_int_equal(compile("2023-12-31,off,a\n2024-01-01,off,a\n"
                             "2025-05-01,off,a\n2027-01-01,off,a\n",
                             &bad_line),
                     YZ_OK);
    assert_int_equal(class_of(2023, 12, 31), YZ_DAY_OFF);
    assert_int_equal(class_of(2023, 12, 30), YZ_DAY_UNKNOWN);
    assert_int_equal(class_of(2024, 5, 1), YZ_DAY_PLAIN);
    assert_int_equal(class_of(2025, 5, 2), YZ_DAY_UNKNOWN);
    assert_int_equal(class_of(2026, 5, 2), YZ_DAY_UNKNOWN);
    assert_int_equal(class_of(2027, 5, 2), YZ_DAY_PLAIN);
    assert_int_equal(yz_calendar_day(NULL, 0, 20000), YZ_DAY_UNKNOWN);
}

static void
files_of_every_make_are_read(void **state)
{
    static const char *const v[] = {
        "2025-01-01,off,元旦",
        "2025-01-01,off,元旦\n",
        "2025-01-01,off\n",
        "2025-01-01,off,\r\n",
        "\xEF\xBB\xBF# note\r\n\r\ndate,type,name\r\n2025-01-01,off,x\r\n",
        "date,type,name\n\n# between, with \"anything\"\n2025-01-01,off,x",
    };
    size_t bad_line;

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        assert_int_equal(compile(v[i], &bad_line), YZ_OK);
        assert_int_equal(class_of(2025, 1, 1), YZ_DAY_OFF);
        assert_int_equal(class_of(2025, 1, 2), YZ_DAY_PLAIN);
    }
}

static void
a_bad_line_is_named(void **state)
{
    static const struct {
        const char *csv;
        size_t line;
    } v[] = {
        {"", 0},
        {"# nothing\n", 0},
        {"date,type,name\n", 0},
        {"2025-01-01,off,x\n2025-02-30,off,x\n", 2},
        {"2025-01-01,off,x\n2025-02-29,off,x\n", 2},
        {"2025-01-01,free,x\n", 1},
        {"2025-01-01,OFF,x\n", 1},
        {"2025-01-01\n", 1},
        {"2025-1-1,off,x\n", 1},
        {"2025/01/01,off,x\n", 1},
        {"1969-01-01,off,x\n", 1},
        {"2025-01-01,off,x,y\n", 1},
        {"2025-01-01,off,\"x\"\n", 1},
        {"2025-01-01,off,x\n\n# a\n2025-01-01,work,x\n", 4},
        {"2025-01-01,off,x\n2025-01-01,off,x\n", 2},
        {"2025-01-01,off,x\ndate,type,name\n", 2},
        {"2025-01-01,off,x\n2089-01-01,off,x\n", 0},
    };
    size_t bad_line;

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        bad_line = 99;
        if (compile(v[i].csv, &bad_line) != YZ_BAD_INPUT ||
            bad_line != v[i].line) {
            fail_msg("%s: line %zu", v[i].csv, bad_line);
        }
    }
    assert_int_equal(compile("2025-01-01,off,x\n2088-12-31,off,x\n", &bad_line),
                     YZ_OK);
    assert_int_equal(size, YZ_CALENDAR_BLOB_MAX);
}

static void
a_small_buffer_is_full(void **state)
{
    uint8_t small[YZ_CALENDAR_HEADER_SIZE + YZ_CALENDAR_YEAR_SIZE];
    yz_span csv = YZ_SPAN("2025-01-01,off,x\n");
    size_t bad_line;
    size_t n;

    (void)state;
    assert_int_equal(
        yz_calendar_compile(csv, small, sizeof(small), &n, &bad_line), YZ_OK);
    assert_int_equal(n, sizeof(small));
    assert_int_equal(
        yz_calendar_compile(csv, small, sizeof(small) - 1, &n, &bad_line),
        YZ_FULL);
}

static void
broken_bytes_are_corrupt(void **state)
{
    size_t bad_line;

    (void)state;
    assert_int_equal(compile("2025-01-01,off,x\n2026-01-01,off,x\n", &bad_line),
                     YZ_OK);
    for (size_t n = 0; n < size; n++) {
        uint8_t *exact = malloc(n > 0 ? n : 1);

        assert_non_null(exact);
        memcpy(exact, blob, n);
        assert_int_equal(yz_calendar_check(exact, n), YZ_CORRUPT);
        free(exact);
    }
    assert_int_equal(yz_calendar_check(blob, size + 1), YZ_CORRUPT);
    for (size_t i = 0; i < size; i++) {
        for (int v = 0; v < 256; v++) {
            uint8_t kept = blob[i];

            blob[i] = (uint8_t)v;
            if (yz_calendar_check(blob, size) == YZ_OK) {
                for (int64_t d = -365; d < 30000; d += 31) {
                    (void)yz_calendar_day(blob, size, d);
                }
            } else {
                assert_int_not_equal(kept, v);
            }
            blob[i] = kept;
        }
    }
    /* Both bits of a day. */
    blob[YZ_CALENDAR_HEADER_SIZE] |= 3;
    assert_int_equal(yz_calendar_check(blob, size), YZ_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_table_is_what_the_notices_say),
        cmocka_unit_test(every_day_of_a_leap_year_has_its_own_place),
        cmocka_unit_test(a_year_is_known_by_its_new_year),
        cmocka_unit_test(files_of_every_make_are_read),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(a_small_buffer_is_full),
        cmocka_unit_test(broken_bytes_are_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
