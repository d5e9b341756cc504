/*
 * Protects: the next change of opening hours is exact, the answer is unknown
 * only where a holiday table would decide, broken bytes are refused, bytes
 * that pass are safe to ask, and the search ahead is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/calendar.h"
#include "core/civil_time.h"
#include "core/hours.h"
#include "core/hours_compile.h"

static const char holidays[] = "2025-01-01,off,a\n2025-12-31,off,a\n"
                               "2026-01-01,off,a\n2026-01-02,off,a\n"
                               "2026-01-03,off,a\n2026-01-04,work,a\n"
                               "2026-02-14,work,b\n2026-02-15,off,b\n"
                               "2026-02-16,off,b\n2026-02-17,off,b\n"
                               "2026-02-28,work,b\n2026-05-01,off,c\n"
                               "2026-05-02,off,c\n2026-05-09,work,c\n"
                               "2026-12-31,off,d\n"
                               "2028-01-01,off,e\n2028-02-29,off,e\n";

static uint8_t calendar[YZ_CALENDAR_BLOB_MAX];
static size_t calendar_size;

static uint64_t seed = 88172645463325252u;

static int
random_below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)((seed >> 20) % (uint64_t)n);
}

static yz_hours_state
ask(const char *text, const char *when)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;
    int64_t now_s;

    if (yz_hours_compile(yz_span_of(text), blob, &size) != YZ_OK) {
        fail_msg("not understood: %s", text);
    }
    assert_int_equal(yz_rfc3339_parse(yz_span_of(when), &now_s), YZ_OK);
    return yz_hours_at(blob, size, calendar, calendar_size, now_s);
}

static void
assert_until(const char *text, const char *when, int open, const char *until)
{
    yz_hours_state got = ask(text, when);
    char at[YZ_RFC3339_SIZE] = "";

    yz_rfc3339_write(got.until_s, at);
    if (got.open != open || strcmp(at, until) != 0 ||
        (until[0] == '\0' && got.until_s != INT64_MAX)) {
        fail_msg("%s at %s: %d until %s", text, when, got.open, at);
    }
}

static void
the_next_change_is_exact(void **state)
{
    (void)state;
    assert_until("24/7", "2026-03-02T12:00:00+08:00", 1, "");
    assert_until("off", "2026-03-02T12:00:00+08:00", 0, "");
    assert_until("Mo-Fr 08:00-17:30", "2026-03-06T17:29:59+08:00", 1,
                 "2026-03-06T17:30:00+08:00");
    assert_until("Mo-Fr 08:00-17:30", "2026-03-06T17:30:00+08:00", 0,
                 "2026-03-09T08:00:00+08:00");
    assert_until("Mo-Su 22:00-02:00", "2026-03-06T23:00:00+08:00", 1,
                 "2026-03-07T02:00:00+08:00");
    /* Midnight is no change when the next day goes on. */
    assert_until("Fr 08:00-24:00; Sa 00:00-12:00", "2026-03-06T23:00:00+08:00",
                 1, "2026-03-07T12:00:00+08:00");
    assert_until("Mo-Su 00:00-24:00; Dec 31 00:00-20:00",
                 "2026-03-06T23:00:00+08:00", 1, "2026-12-31T20:00:00+08:00");
    assert_until("Dec 24 10:00-12:00", "2026-12-24T12:00:00+08:00", 0,
                 "2027-12-24T10:00:00+08:00");
    /* Past the horizon nothing is promised. */
    assert_until("Feb 29 10:00-12:00", "2024-03-01T00:00:00+08:00", 0, "");
    assert_until("Feb 29 10:00-12:00", "2027-03-01T00:00:00+08:00", 0,
                 "2028-02-29T10:00:00+08:00");
}

static void
unknown_is_answered_only_where_it_matters(void **state)
{
    (void)state;
    /* 2027 is not in the calendar. */
    assert_until("Mo-Fr 08:00-18:00; PH off", "2027-03-01T09:00:00+08:00", -1,
                 "2027-03-01T18:00:00+08:00");
    assert_until("Mo-Fr 08:00-18:00; PH off", "2027-03-01T07:00:00+08:00", 0,
                 "2027-03-01T08:00:00+08:00");
    assert_until("Mo-Fr 08:00-18:00; PH 10:00-12:00",
                 "2027-03-01T11:00:00+08:00", 1, "2027-03-01T12:00:00+08:00");
    assert_until("Mo-Fr 08:00-18:00", "2027-03-01T09:00:00+08:00", 1,
                 "2027-03-01T18:00:00+08:00");
    assert_until("24/7; PH off", "2027-03-01T09:00:00+08:00", -1,
                 "2028-01-01T00:00:00+08:00");
    /* The last known night runs into the first unknown day. */
    assert_until("Mo-Su 20:00-03:00; PH off", "2026-12-30T23:00:00+08:00", 1,
                 "2026-12-31T03:00:00+08:00");
    assert_until("工作日 9:00-17:00", "2027-03-06T10:00:00+08:00", -1,
                 "2027-03-06T17:00:00+08:00");
    assert_until("工作日 9:00-17:00", "2026-02-14T10:00:00+08:00", 1,
                 "2026-02-14T17:00:00+08:00");
    assert_until("工作日 9:00-17:00", "2026-02-16T10:00:00+08:00", 0,
                 "2026-02-18T09:00:00+08:00");
}

static void
moments_outside_the_calendar_of_the_world_are_unknown(void **state)
{
    static const int64_t v[] = {INT64_MIN, YZ_UNIX_MIN_S - 1, YZ_UNIX_MAX_S + 1,
                                INT64_MAX};
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;
    yz_hours_state got;

    (void)state;
    assert_int_equal(
        yz_hours_compile(YZ_SPAN("Mo-Su 20:00-03:00"), blob, &size), YZ_OK);
    for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
        got = yz_hours_at(blob, size, NULL, 0, v[i]);
        assert_int_equal(got.open, -1);
        assert_true(got.until_s == INT64_MAX);
    }
    got = yz_hours_at(blob, size, NULL, 0, YZ_UNIX_MIN_S);
    assert_int_equal(got.open, 1);
    got = yz_hours_at(blob, size, NULL, 0, YZ_UNIX_MAX_S);
    assert_int_equal(got.open, 1);
    assert_true(got.until_s == INT64_MAX);
}

static const char busy[] =
    "Apr-Sep Mo-Fr 08:00-12:00,13:00-18:00; Oct-Mar Mo-Fr 09:00-17:00; "
    "Sa 22:00-03:00; PH 10:00-12:00; 2026 Feb 10-20 off; Dec 24 off";

static void
cut_bytes_are_corrupt(void **state)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;

    (void)state;
    assert_int_equal(yz_hours_compile(yz_span_of(busy), blob, &size), YZ_OK);
    assert_int_equal(yz_hours_check(blob, size), YZ_OK);
    for (size_t n = 0; n < size; n++) {
        uint8_t *exact = malloc(n > 0 ? n : 1);

        assert_non_null(exact);
        memcpy(exact, blob, n);
        assert_int_equal(yz_hours_check(exact, n), YZ_CORRUPT);
        free(exact);
    }
}

static void
changed_bytes_are_corrupt_or_safe(void **state)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;
    int refused = 0;

    (void)state;
    assert_int_equal(yz_hours_compile(yz_span_of(busy), blob, &size), YZ_OK);
    for (size_t i = 0; i < size; i++) {
        for (int v = 0; v < 256; v += 1 + random_below(3)) {
            uint8_t *exact = malloc(size);

            assert_non_null(exact);
            memcpy(exact, blob, size);
            exact[i] = (uint8_t)v;
            if (yz_hours_check(exact, size) == YZ_OK) {
                int64_t now_s = 1770000000 + random_below(1 << 26);
                yz_hours_state got =
                    yz_hours_at(exact, size, calendar, calendar_size, now_s);

                assert_true(got.open >= -1 && got.open <= 1);
                assert_true(got.until_s > now_s);
            } else {
                refused++;
            }
            free(exact);
        }
    }
    assert_true(refused > 1000);
}

/*
 * The slowest bytes that pass the check: always open by the night before,
 * three different profiles a day, no calendar.  The search has to give up.
 */
static void
the_search_is_bounded(void **state)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX] = {'H', 1, 3, 1, 1, 0};
    uint8_t *p = blob + 12;
    int64_t now_s = 1770000000;
    yz_hours_state got;

    (void)state;
    for (int i = 0; i < 4; i++) {
        blob[8 + i] = (uint8_t)(8 * i);
    }
    for (int i = 0; i < 3; i++) {
        for (int s = 0; s < 8; s++) {
            int first = s < 7 ? 10 + s * 50 + i : 1439;
            int end = s < 7 ? first + 20 : 2879;

            *p++ = (uint8_t)(first & 255);
            *p++ = (uint8_t)(first >> 8);
            *p++ = (uint8_t)(end & 255);
            *p++ = (uint8_t)(end >> 8);
        }
    }
    for (int i = 0; i < 21; i++) {
        *p++ = (uint8_t)(i % 3);
    }
    p += 3;
    blob[6] = (uint8_t)((p - blob) & 255);
    blob[7] = (uint8_t)((p - blob) >> 8);
    assert_int_equal(yz_hours_check(blob, (size_t)(p - blob)), YZ_OK);
    got = yz_hours_at(blob, (size_t)(p - blob), NULL, 0, now_s);
    assert_int_equal(got.open, 1);
    assert_true(got.until_s > now_s && got.until_s < INT64_MAX);
    assert_int_equal(got.until_s % 60, 0);
}

static int
calendar_make(void **state)
{
    size_t bad_line;

    (void)state;
    return yz_calendar_compile(YZ_SPAN(holidays), calendar, sizeof(calendar),
                               &calendar_size, &bad_line) == YZ_OK
               ? 0
               : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_change_is_exact),
        cmocka_unit_test(unknown_is_answered_only_where_it_matters),
        cmocka_unit_test(moments_outside_the_calendar_of_the_world_are_unknown),
        cmocka_unit_test(cut_bytes_are_corrupt),
        cmocka_unit_test(changed_bytes_are_corrupt_or_safe),
        cmocka_unit_test(the_search_is_bounded),
    };

    return cmocka_run_group_tests(tests, calendar_make, NULL);
}
