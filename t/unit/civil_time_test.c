/*
 * Protects: dates, weekdays and RFC 3339 in China's time.  A day off here is
 * a station shown open on the wrong day.  gmtime_r() of libc is the oracle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "core/civil_time.h"

static void
check_moment(int64_t unix_s)
{
    yz_civil c;
    struct tm tm;
    time_t local = (time_t)(unix_s + YZ_CIVIL_OFFSET_S);
    char text[YZ_RFC3339_SIZE];
    char want[40];
    int64_t back;

    assert_non_null(gmtime_r(&local, &tm));
    yz_civil_from_unix(unix_s, &c);
    assert_int_equal(c.year, tm.tm_year + 1900);
    assert_int_equal(c.month, tm.tm_mon + 1);
    assert_int_equal(c.day, tm.tm_mday);
    assert_int_equal(c.hour, tm.tm_hour);
    assert_int_equal(c.minute, tm.tm_min);
    assert_int_equal(c.second, tm.tm_sec);
    assert_int_equal(c.weekday, (tm.tm_wday + 6) % 7);
    assert_int_equal(yz_civil_to_unix(&c), unix_s);

    assert_int_equal(yz_rfc3339_write(unix_s, text), 25);
    assert_int_equal(
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S+08:00", &tm), 25);
    assert_string_equal(text, want);
    assert_int_equal(yz_rfc3339_parse(yz_span_of(text), &back), YZ_OK);
    assert_int_equal(back, unix_s);
}

static void
every_day_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t day = 0; day <= YZ_CIVIL_DAY_MAX; day += 3) {
        int64_t s = yz_civil_day_start_s(day);

        assert_int_equal(yz_civil_day_of_unix(s), day);
        assert_int_equal(yz_civil_day_of_unix(s - 1), day - 1);
        if (day % 17 == 0 || day < 40000) {
            check_moment(s);
            check_moment(s + YZ_DAY_S - 1);
            check_moment(s + (day * 7919) % YZ_DAY_S);
        }
    }
    check_moment(YZ_UNIX_MIN_S);
    check_moment(YZ_UNIX_MAX_S);
}

static void
outside_the_range_is_the_nearer_end(void **state)
{
    static const int64_t v[] = {INT64_MIN, INT64_MIN + 1, YZ_UNIX_MIN_S - 1,
                                YZ_UNIX_MAX_S + 1, INT64_MAX};
    char text[YZ_RFC3339_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        yz_civil c;

        yz_civil_from_unix(v[i], &c);
        assert_int_equal(c.year, v[i] < 0 ? 1970 : 9999);
        assert_int_equal(yz_rfc3339_write(v[i], text), 0);
        assert_string_equal(text, "");
        (void)yz_civil_day_of_unix(v[i]);
    }
}

static void
rfc3339_reads_every_form(void **state)
{
    static const struct {
        const char *text;
        int64_t unix_s;
    } v[] = {
        {"2026-11-21T22:00:00+08:00", 1795269600},
        {"2026-11-21T14:00:00Z", 1795269600},
        {"2026-11-21t14:00:00z", 1795269600},
        {"2026-11-21T14:00:00.999999999999999999999Z", 1795269600},
        {"2026-11-21T14:00:00-00:00", 1795269600},
        {"2026-11-22T13:59:00+23:59", 1795269600},
        {"2026-11-20T14:01:00-23:59", 1795269600},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00+08:00", -28800},
        {"1969-12-31T16:00:00Z", -28800},
        {"9999-12-31T23:59:59+08:00", 253402271999},
        {"2024-02-29T00:00:00Z", 1709164800},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"2017-01-01T07:59:60+08:00", 1483228800},
        {"2016-12-31T15:59:60.5-08:00", 1483228800},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        int64_t s = 7;

        if (yz_rfc3339_parse(yz_span_of(v[i].text), &s) != YZ_OK ||
            s != v[i].unix_s) {
            fail_msg("%s: %lld", v[i].text, (long long)s);
        }
    }
}

static void
rfc3339_refuses_the_rest(void **state)
{
    static const char *const v[] = {
        "",
        "now",
        "2026-11-21",
        "2026-11-21T22:00+08:00",
        "2026-11-21T22:00:00",
        "2026-11-21 22:00:00Z",
        "2026-11-21T22:00:00 Z",
        "2026-11-21T22:00:00+0800",
        "2026-11-21T22:00:00+08",
        "2026-11-21T22:00:00+24:00",
        "2026-11-21T22:00:00+08:60",
        "2026-11-21T22:00:00.Z",
        "2026-11-21T22:00:00,5Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T22:60:00Z",
        "2026-11-21T22:00:61Z",
        "2026-11-21T22:00:60Z",
        "2026-11-21T23:59:60Z",
        "2016-12-31T23:59:60+08:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-2026-11-21T22:00:00Z",
        "+2026-11-21T22:00:00Z",
        "2026-1-21T22:00:00Z",
        " 2026-11-21T22:00:00Z",
        "2026-11-21T22:00:00Z ",
        "2026-11-21T22:00:00Zx",
        "2026-11-21T2a:00:00Z",
        "2026/11/21T22:00:00Z",
    };
    int64_t s;

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        if (yz_rfc3339_parse(yz_span_of(v[i]), &s) != YZ_BAD_INPUT) {
            fail_msg("accepted %s", v[i]);
        }
    }
    assert_int_equal(
        yz_rfc3339_parse((yz_span){"2026-11-21T22:00:00Z\0", 21}, &s),
        YZ_BAD_INPUT);
}

static void
moments_outside_the_range_are_told_from_malformed_ones(void **state)
{
    static const char *const v[] = {
        "1969-12-31T15:59:59Z", "1900-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
        "0000-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:60Z",
    };
    int64_t s;

    (void)state;
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        assert_int_equal(yz_rfc3339_parse(yz_span_of(v[i]), &s), YZ_FULL);
    }
    assert_int_equal(yz_rfc3339_parse(YZ_SPAN("1900-02-29T00:00:00Z"), &s),
                     YZ_BAD_INPUT);
}

static void
every_truncation_is_refused_within_its_bounds(void **state)
{
    static const char text[] = "2026-11-21T22:00:00.125+08:00";
    int64_t s;

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        char *exact = malloc(n + 1);

        assert_non_null(exact);
        memcpy(exact, text, n);
        exact = realloc(exact, n > 0 ? n : 1);
        assert_non_null(exact);
        assert_int_equal(yz_rfc3339_parse((yz_span){exact, n}, &s),
                         YZ_BAD_INPUT);
        free(exact);
    }
}

static void
months_have_their_days(void **state)
{
    (void)state;
    assert_int_equal(yz_civil_month_days(2024, 2), 29);
    assert_int_equal(yz_civil_month_days(2025, 2), 28);
    assert_int_equal(yz_civil_month_days(2000, 2), 29);
    assert_int_equal(yz_civil_month_days(2100, 2), 28);
    assert_int_equal(yz_civil_month_days(2025, 12), 31);
    assert_int_equal(yz_civil_month_days(2025, 11), 30);
    assert_int_equal(yz_civil_month_days(2025, 0), 0);
    assert_int_equal(yz_civil_month_days(2025, 13), 0);
    assert_int_equal(yz_civil_month_days(2025, -1), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_agrees_with_libc),
        cmocka_unit_test(outside_the_range_is_the_nearer_end),
        cmocka_unit_test(rfc3339_reads_every_form),
        cmocka_unit_test(rfc3339_refuses_the_rest),
        cmocka_unit_test(
            moments_outside_the_range_are_told_from_malformed_ones),
        cmocka_unit_test(every_truncation_is_refused_within_its_bounds),
        cmocka_unit_test(months_have_their_days),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
