/*
 * Protects opening states that are kept over lookups from going stale: with
 * time, with another calendar, with new and damaged records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/calendar.h"
#include "core/hours_compile.h"
#include "lmdb_schema/reader.h"
#include "t/unit/public_fixture.h"

static const fixture_place places[] = {{.id = NULL}};

static fixture f;
static yz_reader *reader;

static void
put_hours(fixture_txn *t, uint32_t number, const char *text)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size = 0;

    t->failed |= yz_hours_compile(yz_span_of(text), blob, &size) != YZ_OK;
    fixture_hours(t, number, blob, (uint16_t)size);
}

static void
start(fixture_txn *t, const void *argument)
{
    (void)argument;
    put_hours(t, 1, "24/7");
    put_hours(t, 2, "Mo-Su 08:00-20:00");
    fixture_hours(t, 3, (const uint8_t *)"", 0); /* not understood */
}

static int
make(void **state)
{
    (void)state;
    if (fixture_make(&f, places) != 0 || fixture_write(&f, start, NULL) != 0 ||
        yz_reader_open(f.public, 0, &reader) != YZ_OK) {
        return -1;
    }
    return yz_reader_begin(reader) == YZ_OK ? 0 : -1;
}

static int
drop(void **state)
{
    (void)state;
    yz_reader_end(reader);
    yz_reader_close(reader);
    fixture_remove(&f);
    return 0;
}

static void
write_and_look_again(fixture_change *change, const void *argument)
{
    assert_int_equal(0, fixture_write(&f, change, argument));
    yz_reader_end(reader);
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
}

/* Noon of a Wednesday in China, 2026-11-25. */
#define NOON INT64_C(1795579200)
#define HOUR 3600

static void
states_hold_until_they_change(void **state)
{
    (void)state;
    for (int again = 0; again < 3; again++) {
        for (int64_t h = -30; h <= 30; h++) {
            int64_t now = NOON + h * HOUR;
            int64_t hour = ((h + 12) % 24 + 24) % 24;
            yz_hours_state s = yz_reader_hours(reader, 2, now);
            assert_int_equal(hour >= 8 && hour < 20, s.open);
            assert_true(s.until_s > now && s.until_s <= now + 12 * HOUR);
        }
        assert_int_equal(1, yz_reader_hours(reader, 1, NOON).open);
    }
}

static void
what_is_not_known_is_unknown(void **state)
{
    static const uint16_t ids[] = {0, 3, 4, 65535};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(-1, yz_reader_hours(reader, ids[i], NOON).open);
    }
    assert_int_equal(-1, yz_reader_hours(reader, 1, INT64_MIN).open);
    assert_int_equal(-1, yz_reader_hours(reader, 1, INT64_MAX).open);
    assert_int_equal(1, yz_reader_hours(reader, 1, NOON).open);
}

static void
add_hours(fixture_txn *t, const void *number)
{
    put_hours(t, *(const uint32_t *)number, "24/7");
}

static void
damage_hours(fixture_txn *t, const void *number)
{
    fixture_put(t, YZ_DB_HOURS, number, 4, "\x09\x00H\x01", 4);
}

static void
new_and_damaged_ids_are_seen(void **state)
{
    uint32_t four = 4, two = 2;

    (void)state;
    write_and_look_again(add_hours, &four);
    assert_int_equal(1, yz_reader_hours(reader, 4, NOON).open);
    write_and_look_again(damage_hours, &two);
    assert_int_equal(-1, yz_reader_hours(reader, 2, NOON).open);
}

static void
set_calendar(fixture_txn *t, const void *csv)
{
    static uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    size_t size = 0, line;

    t->failed |= yz_calendar_compile(yz_span_of(csv), blob, sizeof(blob), &size,
                                     &line) != YZ_OK;
    put_hours(t, 4, "Mo-Su 08:00-20:00; PH off");
    fixture_meta(t, YZ_META_CALENDAR, blob, size);
}

static void
break_calendar(fixture_txn *t, const void *argument)
{
    (void)argument;
    fixture_meta(t, YZ_META_CALENDAR, "YZC1?", 5);
}

static void
another_calendar_makes_states_void(void **state)
{
    yz_geo_filter filter = yz_geo_filter_any();

    (void)state;
    write_and_look_again(set_calendar, "2026-01-01,off,x\n");
    assert_int_equal(1, yz_reader_hours(reader, 4, NOON).open);
    yz_reader_filter_open(reader, NOON, &filter);
    assert_true(yz_geo_filter_open(&filter, 4));
    write_and_look_again(set_calendar, "2026-01-01,off,x\n2026-11-25,off,y\n");
    assert_int_equal(0, yz_reader_hours(reader, 4, NOON).open);
    yz_reader_filter_open(reader, NOON, &filter);
    assert_false(yz_geo_filter_open(&filter, 4));
    write_and_look_again(break_calendar, NULL);
    assert_int_equal(-1, yz_reader_hours(reader, 4, NOON).open);
    assert_int_equal(1, yz_reader_hours(reader, 1, NOON).open);
}

static void
a_filter_lets_in_what_is_open_then(void **state)
{
    yz_geo_filter filter = yz_geo_filter_any();
    uint32_t four = 4;

    (void)state;
    for (int again = 0; again < 2; again++) {
        for (int night = 0; night < 2; night++) {
            yz_reader_filter_open(reader, NOON + night * 12 * HOUR + again,
                                  &filter);
            assert_int_equal(4, filter.open_count);
            assert_false(yz_geo_filter_open(&filter, 0));
            assert_true(yz_geo_filter_open(&filter, 1));
            assert_int_equal(!night, yz_geo_filter_open(&filter, 2));
            assert_false(yz_geo_filter_open(&filter, 3));
            assert_false(yz_geo_filter_open(&filter, 4));
        }
    }
    write_and_look_again(add_hours, &four);
    yz_reader_filter_open(reader, NOON + 12 * HOUR + 1, &filter);
    assert_true(yz_geo_filter_open(&filter, 4));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(states_hold_until_they_change),
        TEST(what_is_not_known_is_unknown),
        TEST(new_and_damaged_ids_are_seen),
        TEST(another_calendar_makes_states_void),
        TEST(a_filter_lets_in_what_is_open_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
