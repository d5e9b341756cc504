/*
 * Protects the board's two orders: newest first and nearest first, with every
 * filter, page by page, are exactly what a walk over all posts gives, also at
 * the poles, on the antimeridian, at shared points, and for posts that have
 * expired and still stand in the data.  And verify finds what was put wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/reader_posts.h"
#include "t/unit/post_fixture.h"

#define POSTS 3000

static char dir[SCRATCH_SIZE];
static yz_post posts[POSTS + 1];

static int
fill_store(void **state)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    fixture_random random = {7};
    yz_store_error error;
    yz_batch_result result;
    yz_store *store;

    (void)state;
    if (scratch_make(dir) != 0 ||
        yz_store_open(dir, 0, &store, &error) != YZ_OK ||
        yz_store_begin(store, &info) != YZ_OK) {
        return -1;
    }
    for (uint32_t i = 1; i <= POSTS; i++) {
        fixture_random_post(&random, i, &posts[i]);
        if (fixture_draw(&random, 3) != 0) {
            posts[i].state = YZ_POST_OPEN;
            posts[i].shown = posts[i].text_open = true;
        }
        if (fixture_put_post(store, &posts[i]) != YZ_OK) {
            return -1;
        }
    }
    int failed = yz_store_commit(store, &result, NULL, NULL) != YZ_OK;
    yz_store_close(store);
    return failed;
}

static int
remove_store(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

static yz_reader *
open_reader(void)
{
    char path[SCRATCH_SIZE + 8];
    yz_reader *reader;

    snprintf(path, sizeof(path), "%s/public", dir);
    assert_int_equal(YZ_OK, yz_reader_open(path, 0, &reader));
    assert_int_equal(YZ_OK, yz_reader_begin(reader));
    return reader;
}

static bool
region_passes(const yz_post_ask *ask, uint32_t region)
{
    switch (ask->region_digits) {
    case 0:
        return true;
    case 2:
        return region / 10000 == ask->region;
    case 4:
        return region / 100 == ask->region;
    default:
        return region == ask->region;
    }
}

static bool
passes(const yz_post_ask *ask, const yz_post *post)
{
    bool item = ask->item_count == 0;

    for (uint32_t i = 0; i < ask->item_count; i++) {
        item |= yz_span_equal(ask->items[i], post->item);
    }
    return item && post->state == YZ_POST_OPEN &&
           post->expires_s > ask->now_s && (ask->topics >> post->topic & 1) &&
           region_passes(ask, post->region);
}

static yz_post_ask
random_ask(fixture_random *random)
{
    static const char *const items[] = {"ibuprofen", "bandage", "wine",
                                        "unheard"};
    static const struct {
        uint32_t region;
        int digits;
    } regions[] = {{0, 0},      {0, 0},      {37, 2}, {3702, 4},
                   {370202, 6}, {370200, 6}, {81, 2}, {420503, 6}};
    uint32_t region = fixture_draw(random, 8);
    yz_post_ask ask = {
        .topics = 1 + fixture_draw(random, YZ_POST_TOPICS_ALL),
        .item_count = fixture_draw(random, 3),
        .region = regions[region].region,
        .region_digits = regions[region].digits,
        .now_s = FIXTURE_NOW_S + (int64_t)fixture_draw(random, 20 * 86400),
        .limit = 1 + fixture_draw(random, 101),
    };

    for (uint32_t i = 0; i < ask.item_count; i++) {
        ask.items[i] = yz_span_of(items[fixture_draw(random, 4)]);
    }
    if (ask.item_count == 2 && yz_span_equal(ask.items[0], ask.items[1])) {
        ask.item_count = 1;
    }
    return ask;
}

static void
newest_first_is_what_a_walk_gives(void **state)
{
    fixture_random random = {11};
    yz_reader *reader = open_reader();
    uint32_t seen = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        yz_post_ask ask = random_ask(&random);
        uint32_t numbers[YZ_LIMIT_MAX + 1], count, before = 0;
        uint32_t next = POSTS;

        do {
            assert_int_equal(YZ_OK, yz_reader_posts_newest(reader, &ask, before,
                                                           numbers, &count));
            for (uint32_t i = 0; i < count; i++, seen++) {
                while (next > 0 && !passes(&ask, &posts[next])) {
                    next--;
                }
                assert_int_equal(next, numbers[i]);
                before = next--;
            }
        } while (count == ask.limit);
        while (next > 0) {
            assert_false(passes(&ask, &posts[next--]));
        }
    }
    assert_true(seen > 1000);
    yz_reader_close(reader);
}

typedef struct {
    double key;
    uint32_t number;
} ranked;

static int
compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->number > y->number ? -1 : 1;
}

/* All posts that pass, as they should come. */
static uint32_t
rank_all(const yz_post_ask *ask, const yz_post_from *from, ranked *all)
{
    uint32_t count = 0;

    for (uint32_t i = 1; i <= POSTS; i++) {
        if (passes(ask, &posts[i])) {
            all[count++] =
                (ranked){yz_geo_key(from->lat_e7, from->lng_e7, posts[i].lat_e7,
                                    posts[i].lng_e7),
                         i};
        }
    }
    qsort(all, count, sizeof(*all), compare_ranked);
    return count;
}

static void
compare_nearest(yz_reader *reader, const yz_post_ask *ask, yz_post_from from)
{
    static ranked all[POSTS];
    yz_geo_hit hits[YZ_LIMIT_MAX + 1];
    uint32_t wanted = rank_all(ask, &from, all), at = 0, count;

    do {
        assert_int_equal(
            YZ_OK, yz_reader_posts_nearest(reader, ask, &from, hits, &count));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(at < wanted);
            assert_int_equal(all[at].number, hits[i].number);
            assert_true(all[at++].key == hits[i].key);
        }
        if (count > 0) {
            from.after_key = hits[count - 1].key;
            from.after_number = hits[count - 1].number;
        }
    } while (count == ask->limit);
    assert_int_equal(wanted, at);
}

static void
nearest_first_is_what_a_walk_gives(void **state)
{
    static const int32_t places[][2] = {
        {360600000, 1203800000}, {900000000, 0},   {-900000000, 5},
        {0, 1800000000},         {1, -1800000000}, {380000000, 1220000000}};
    fixture_random random = {13};
    yz_reader *reader = open_reader();

    (void)state;
    for (int round = 0; round < 200; round++) {
        yz_post_ask ask = random_ask(&random);
        uint32_t i = fixture_draw(&random, 6);
        yz_post_from from = {
            .lat_e7 = places[i][0], .lng_e7 = places[i][1], .after_key = -1};

        compare_nearest(reader, &ask, from);
    }
    yz_reader_close(reader);
}

static void
a_post_is_on_the_board_or_gone_or_unknown(void **state)
{
    yz_reader *reader = open_reader();
    int open = 0, gone = 0, unknown = 0;

    (void)state;
    for (uint32_t i = 1; i <= POSTS; i++) {
        yz_post_view view;
        yz_status status = yz_reader_post(reader, i, &view);

        if (posts[i].state == YZ_POST_MODERATED) {
            assert_int_equal(YZ_NOT_FOUND, status);
            unknown++;
            continue;
        }
        assert_int_equal(YZ_OK, status);
        assert_int_equal(posts[i].state == YZ_POST_OPEN, view.head.open);
        open += view.head.open == 1;
        gone += view.head.open == 0;
    }
    assert_true(open > 100 && gone > 100 && unknown > 100);
    yz_reader_close(reader);
}

static void
a_question_out_of_range_is_refused(void **state)
{
    yz_post_ask ask = {.topics = YZ_POST_TOPICS_ALL, .limit = 0};
    yz_post_from from = {.after_key = -1};
    yz_reader *reader = open_reader();
    yz_geo_hit hit;
    uint32_t number, count;

    (void)state;
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_posts_newest(reader, &ask, 0, &number, &count));
    ask.limit = YZ_LIMIT_MAX + 2;
    assert_int_equal(YZ_BAD_INPUT, yz_reader_posts_nearest(reader, &ask, &from,
                                                           &hit, &count));
    ask.limit = 1;
    ask.region_digits = 3;
    assert_int_equal(YZ_BAD_INPUT,
                     yz_reader_posts_newest(reader, &ask, 0, &number, &count));
    yz_reader_close(reader);
}

/* After long without the writer most bits of days have come round. */
static void
days_are_those_before_the_end(void **state)
{
    (void)state;
    for (int64_t day = 20000; day < 20200; day++) {
        uint64_t days = yz_post_days(day * 86400 + 5);

        for (int64_t other = day - 31; other <= day + 32; other++) {
            bool bit = (days & yz_post_day_bit(other * 86400 + 86399)) != 0;

            assert_int_equal(other <= day, bit);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_first_is_what_a_walk_gives),
        cmocka_unit_test(nearest_first_is_what_a_walk_gives),
        cmocka_unit_test(a_post_is_on_the_board_or_gone_or_unknown),
        cmocka_unit_test(a_question_out_of_range_is_refused),
        cmocka_unit_test(days_are_those_before_the_end),
    };
    return cmocka_run_group_tests(tests, fill_store, remove_store);
}
