/*
 * Protects what the reader adds to the geo layer: filters by region, ties
 * ordered by id, and a list that hands out each place exactly once, with
 * those without a position.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "core/hours_compile.h"
#include "lmdb_schema/reader.h"
#include "t/unit/public_fixture.h"

#define E7 10000000

/* Around 36 N 120 E; kind 2 and hours 2 are rare. */
static const fixture_place places[] = {
    {10, "p", 370202, 1, 1, 0, 1, true, 360000000, 1200000000},
    {11, "c", 370202, 1, 1, 1, 3, true, 360010000, 1200000000},
    {12, "a", 370202, 1, 2, 0, 1, true, 360010000, 1200000000},
    {13, "b", 370203, 2, 2, 0, 2, true, 360010000, 1200000000},
    {14, "bb", 370203, 1, 3, 0, 1, true, 360010000, 1200000000},
    {15, "far", 420500, 1, 0, 3, 1, true, 307000000, 1112000000},
    {16, "south", 110101, 2, 1, 0, 1, true, -900000000, 1800000000},
    {20, "u1", 370202, 1, 1, 0, 1, false, 0, 0},
    {21, "u2", 370203, 2, 2, 0, 1, false, 0, 0},
    {22, "u3", 530100, 1, 0, 0, 1, false, 0, 0},
    {.id = NULL},
};

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
    fixture_region(t, 370000, 7, 120 * E7, 36 * E7, 120 * E7, 360010000);
    fixture_region(t, 370200, 7, 120 * E7, 36 * E7, 120 * E7, 360010000);
    fixture_region(t, 370202, 4, 120 * E7, 36 * E7, 120 * E7, 360010000);
    fixture_region(t, 370203, 3, 120 * E7, 360010000, 120 * E7, 360010000);
    fixture_region(t, 420000, 1, 1112000000, 307000000, 1112000000, 307000000);
    fixture_region(t, 530000, 1, 180 * E7, 90 * E7, -180 * E7, -90 * E7);
    fixture_region(t, 540000, 0, 180 * E7, 90 * E7, -180 * E7, -90 * E7);
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

/* The ids of the nearest places, joined by spaces. */
static const char *
nearest(const yz_geo_filter *filter, uint32_t limit, double after_key,
        const char *after_id, double *last_key)
{
    static char ids[256];
    yz_geo_hit hits[YZ_LIMIT_MAX];
    yz_geo_query query = {.lat_e7 = 36 * E7,
                          .lng_e7 = 120 * E7,
                          .limit = limit,
                          .radius_m = INFINITY,
                          .after_key = after_key,
                          .filter = filter};
    uint32_t count;
    yz_place_view view;

    ids[0] = '\0';
    assert_int_equal(
        YZ_OK,
        yz_reader_nearest(reader, &query, yz_span_of(after_id), hits, &count));
    assert_ptr_equal(filter, query.filter);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(YZ_OK, yz_reader_place(reader, hits[i].number, &view));
        sprintf(ids + strlen(ids), "%s%.*s", i == 0 ? "" : " ", (int)view.id.n,
                view.id.p);
        *last_key = hits[i].key;
    }
    return ids;
}

static const char *
nearest_all(const yz_geo_filter *filter)
{
    double key;

    return nearest(filter, 100, -1, "", &key);
}

static void
what_is_equally_far_comes_by_id(void **state)
{
    yz_geo_filter any = yz_geo_filter_any();

    (void)state;
    assert_string_equal("p a b bb c far south", nearest_all(&any));
}

static void
pages_of_any_size_join_to_the_whole(void **state)
{
    static const char *const order[] = {"p", "a",   "b",    "bb",
                                        "c", "far", "south"};
    yz_geo_filter any = yz_geo_filter_any();

    (void)state;
    for (uint32_t limit = 1; limit <= 7; limit++) {
        double key = -1;
        const char *after = "";
        for (size_t from = 0; from < 7; from += limit) {
            char want[64] = "";
            size_t to = from + limit < 7 ? from + limit : 7;
            for (size_t i = from; i < to; i++) {
                sprintf(want + strlen(want), "%s%s", i == from ? "" : " ",
                        order[i]);
            }
            assert_string_equal(want, nearest(&any, limit, key, after, &key));
            after = order[to - 1];
        }
        assert_string_equal("", nearest(&any, limit, key, after, &key));
    }
}

static void
remove_place(fixture_txn *t, const void *number)
{
    MDB_val key = {4, (void *)(uintptr_t)number};

    t->failed |= mdb_del(t->txn, fixture_dbi(t, YZ_DB_PLACE), &key, NULL) != 0;
}

/* What is nearest, by number: a damaged record has no id. */
static void
assert_hits(uint32_t limit, double after_key, const char *after_id,
            const uint32_t *want, uint32_t want_count)
{
    yz_geo_filter any = yz_geo_filter_any();
    yz_geo_hit hits[10];
    uint32_t count;
    yz_geo_query query = {.lat_e7 = 36 * E7,
                          .lng_e7 = 120 * E7,
                          .limit = limit,
                          .radius_m = 500,
                          .after_key = after_key,
                          .filter = &any};

    assert_int_equal(
        YZ_OK,
        yz_reader_nearest(reader, &query, yz_span_of(after_id), hits, &count));
    assert_int_equal(want_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(want[i], hits[i].number);
    }
}

static void
a_tie_with_a_damaged_record_costs_that_record_only(void **state)
{
    uint32_t number = 12;
    double key;
    yz_geo_filter any = yz_geo_filter_any();

    (void)state;
    assert_string_equal("p a", nearest(&any, 2, -1, "", &key));
    write_and_look_again(remove_place, &number);
    assert_hits(10, -1, "", (uint32_t[]){10, 13, 14, 11, 12}, 5);
    assert_hits(3, -1, "", (uint32_t[]){10, 13, 14}, 3);
    assert_hits(10, key, "b", (uint32_t[]){14, 11, 12}, 3);
    number = 14;
    write_and_look_again(remove_place, &number);
    assert_hits(10, -1, "", (uint32_t[]){10, 13, 11, 12, 14}, 5);
}

static void
a_distance_to_go_on_from_wants_an_id(void **state)
{
    yz_geo_filter any = yz_geo_filter_any();
    yz_geo_hit hits[1];
    uint32_t count;
    yz_geo_query query = {.lat_e7 = 36 * E7,
                          .lng_e7 = 120 * E7,
                          .limit = 1,
                          .radius_m = INFINITY,
                          .after_key = 1,
                          .filter = &any};

    (void)state;
    assert_int_equal(
        YZ_BAD_INPUT,
        yz_reader_nearest(reader, &query, YZ_SPAN(""), hits, &count));
}

static yz_geo_filter
in_region(uint32_t region, int digits)
{
    yz_geo_filter filter = yz_geo_filter_any();

    assert_int_equal(YZ_OK,
                     yz_reader_filter_region(reader, region, digits, &filter));
    return filter;
}

static void
a_region_narrows_the_nearest(void **state)
{
    yz_geo_filter filter = in_region(37, 2);

    (void)state;
    assert_string_equal("p a b bb c", nearest_all(&filter));
    filter = in_region(3702, 4);
    assert_string_equal("p a b bb c", nearest_all(&filter));
    filter = in_region(370202, 6);
    assert_string_equal("p a c", nearest_all(&filter));
    filter = in_region(42, 2);
    assert_string_equal("far", nearest_all(&filter));
    filter = in_region(53, 2); /* places, but none in the layer */
    assert_string_equal("", nearest_all(&filter));
}

static void
a_region_without_places_is_not_found(void **state)
{
    yz_geo_filter filter = yz_geo_filter_any();

    (void)state;
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_filter_region(reader, 54, 2, &filter));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_filter_region(reader, 99, 2, &filter));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_reader_filter_region(reader, 0, 2, &filter));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_filter_region(reader, 100, 2, &filter));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_filter_region(reader, 37, 3, &filter));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_filter_region(reader, UINT32_MAX, 6, &filter));
}

static void
a_region_and_a_box_meet(void **state)
{
    static const struct {
        int32_t box[4]; /* degrees: west, south, east, north */
        const char *ids;
    } cases[] = {
        {{100, 30, 121, 37}, "p a b bb c"},
        {{100, 36, 121, 36}, "p"},
        {{121, 30, 125, 40}, ""},
        {{100, 37, 121, 38}, ""},
        {{119, 30, -170, 40}, "p a b bb c"}, /* over the antimeridian */
        {{170, 30, 121, 40}, "p a b bb c"},  /* its western piece */
        {{121, 30, 119, 40}, ""},            /* round the other side */
        {{-10, 30, -20, 40}, "p a b bb c"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        yz_geo_filter filter = in_region(37, 2);
        filter.has_box = true;
        for (int k = 0; k < 4; k++) {
            filter.box_e7[k] = cases[i].box[k] * E7;
        }
        assert_string_equal(cases[i].ids, nearest_all(&filter));
    }
}

/* The numbers of a list in pages of `limit`, joined by spaces. */
static const char *
list_all(const yz_geo_filter *filter, uint32_t limit)
{
    static char numbers[256];
    yz_list_position page[YZ_LIMIT_MAX + 1], last;
    const yz_list_position *after = NULL;
    uint32_t count, pages = 0;

    numbers[0] = '\0';
    do {
        assert_int_equal(
            YZ_OK, yz_reader_list(reader, filter, after, limit, page, &count));
        assert_true(count <= limit && ++pages < 30);
        for (uint32_t i = 0; i < count; i++) {
            if (after != NULL || i > 0) {
                assert_true(page[i].hilbert > last.hilbert ||
                            (page[i].hilbert == last.hilbert &&
                             page[i].number > last.number));
            }
            last = page[i];
            after = &last;
            sprintf(numbers + strlen(numbers), "%s%u",
                    numbers[0] == '\0' ? "" : " ", page[i].number);
        }
    } while (count == limit);
    return numbers;
}

static int
occurs(const char *numbers, const char *number)
{
    const char *at = strstr(numbers, number);

    return at != NULL && strstr(at + 1, number) == NULL;
}

static void
a_list_hands_out_each_place_once(void **state)
{
    static const char *const all[] = {"10", "11", "12", "13", "14",
                                      "15", "16", "20", "21", "22"};
    yz_geo_filter any = yz_geo_filter_any();
    char whole[256];

    (void)state;
    strcpy(whole, list_all(&any, 100));
    for (size_t i = 0; i < 10; i++) {
        assert_true(occurs(whole, all[i]));
    }
    assert_int_equal(10 * 3 - 1, strlen(whole));
    assert_string_equal("20 21 22", whole + strlen(whole) - 8);
    for (uint32_t limit = 1; limit <= 12; limit++) {
        assert_string_equal(whole, list_all(&any, limit));
    }
}

static void
filters_hold_for_places_without_a_position(void **state)
{
    yz_geo_filter filter = in_region(53, 2);

    (void)state;
    assert_string_equal("22", list_all(&filter, 3));
    filter = in_region(370203, 6);
    filter.kind_count = 1;
    filter.kinds[0] = 2;
    assert_string_equal("13 21", list_all(&filter, 3));
    filter = yz_geo_filter_any();
    filter.services = 2;
    assert_string_equal("11 13", list_all(&filter, 3));
    filter = yz_geo_filter_any();
    filter.level = 3;
    assert_string_equal("15", list_all(&filter, 3));
    filter = in_region(370202, 6);
    yz_reader_filter_open(reader, NOON + 12 * HOUR, &filter);
    assert_string_equal("10 11 20", list_all(&filter, 3));
}

static void
a_box_lets_no_place_without_a_position_in(void **state)
{
    yz_geo_filter filter = yz_geo_filter_any();

    (void)state;
    filter.has_box = true;
    filter.box_e7[0] = -180 * E7;
    filter.box_e7[1] = -90 * E7;
    filter.box_e7[2] = 180 * E7;
    filter.box_e7[3] = 0;
    assert_string_equal("16", list_all(&filter, 3));
}

static void
damage_unplaced(fixture_txn *t, const void *number)
{
    fixture_put(t, YZ_DB_UNPLACED, number, 4, "short", 5);
}

static void
the_ends_of_a_list(void **state)
{
    yz_geo_filter any = yz_geo_filter_any();
    yz_list_position page[4];
    yz_list_position last = {UINT64_MAX, UINT32_MAX};
    uint32_t count, number = 21;

    (void)state;
    assert_int_equal(YZ_OK,
                     yz_reader_list(reader, &any, &last, 4, page, &count));
    assert_int_equal(0, count);
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_list(reader, &any, NULL, 0, page, &count));
    assert_int_equal(
        YZ_BAD_INPUT,
        yz_reader_list(reader, &any, NULL, YZ_LIMIT_MAX + 2, page, &count));
    last.number = 20;
    write_and_look_again(damage_unplaced, &number);
    assert_int_equal(YZ_CORRUPT,
                     yz_reader_list(reader, &any, &last, 4, page, &count));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_equally_far_comes_by_id),
        TEST(pages_of_any_size_join_to_the_whole),
        TEST(a_tie_with_a_damaged_record_costs_that_record_only),
        TEST(a_distance_to_go_on_from_wants_an_id),
        TEST(a_region_narrows_the_nearest),
        TEST(a_region_without_places_is_not_found),
        TEST(a_region_and_a_box_meet),
        TEST(a_list_hands_out_each_place_once),
        TEST(filters_hold_for_places_without_a_position),
        TEST(a_box_lets_no_place_without_a_position_in),
        TEST(the_ends_of_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
