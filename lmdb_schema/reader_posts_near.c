/*
 * The nearest posts: the geo layer's search, again for as long as what it
 * finds has expired.  Runs in nginx workers and the command; others call
 * yz_reader_posts_nearest().
 */
#include "lmdb_schema/reader_posts_impl.h"
#include <math.h>

/* A search with what its filter points to. */
typedef struct {
    yz_geo_query query;
    yz_geo_filter filter;
    uint8_t open[YZ_POST_TOPIC_COUNT]; /* topics stand where hours do */
    uint32_t after_number;
} search;

/* The newest first. */
static int
compare_numbers(void *context, uint32_t number_a, uint32_t number_b)
{
    (void)context;
    return number_a > number_b ? -1 : number_a < number_b;
}

static int
compare_with_cursor(void *context, uint32_t number)
{
    const search *at = context;

    return compare_numbers(NULL, number, at->after_number);
}

static void
set_region(const yz_post_ask *ask, yz_geo_filter *filter)
{
    uint32_t span = ask->region_digits == 2   ? 10000
                    : ask->region_digits == 4 ? 100
                                              : 1;

    if (ask->region_digits > 0) {
        filter->region_low = ask->region * span;
        filter->region_high = filter->region_low + span - 1;
    }
}

static void
set_topics(const yz_post_ask *ask, search *at)
{
    unsigned topics = ask->topics & YZ_POST_TOPICS_ALL;

    if (topics == YZ_POST_TOPICS_ALL) {
        return;
    }
    for (int i = 0; i < YZ_POST_TOPIC_COUNT; i++) {
        at->open[i] = topics >> i & 1;
        if (topics == 1u << i) {
            at->filter.level = i; /* prunes, unlike hours */
            return;
        }
    }
    at->filter.open = at->open;
    at->filter.open_count = YZ_POST_TOPIC_COUNT;
}

/* Fills the filter; *none tells that nothing can pass. */
static yz_status
set_filter(yz_reader *reader, const yz_post_ask *ask, search *at, bool *none)
{
    at->filter = yz_geo_filter_any();
    set_region(ask, &at->filter);
    set_topics(ask, at);
    at->filter.services = yz_post_day_bit(ask->now_s);
    yz_status status = yz_reader_find_items(reader, ask, at->filter.kinds,
                                            &at->filter.kind_count);
    *none = (ask->item_count > 0 && at->filter.kind_count == 0) ||
            (ask->region_digits > 0 && ask->region == 0) ||
            (ask->topics & YZ_POST_TOPICS_ALL) == 0;
    return status;
}

/*
 * Keeps the hits that have not expired.  What can't be read stays: telling of
 * it is left to who reads it.
 */
static uint32_t
drop_expired(yz_reader *reader, int64_t now_s, yz_geo_hit *hits, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        yz_post_view view;

        if (yz_reader_post(reader, hits[i].number, &view) != YZ_OK ||
            view.head.expires_s > now_s) {
            hits[kept++] = hits[i];
        }
    }
    return kept;
}

static yz_status
run(yz_reader *reader, const yz_post_ask *ask, search *at, yz_geo_hit *hits,
    uint32_t *count)
{
    yz_status status;
    uint32_t wanted, found;

    do {
        wanted = ask->limit - *count;
        at->query.limit = wanted;
        status = yz_geo_reader_nearest(reader->geo_posts, reader->txn,
                                       &at->query, hits + *count, &found);
        if (status == YZ_OK && found == wanted) {
            at->query.after_key = hits[*count + found - 1].key;
            at->after_number = hits[*count + found - 1].number;
        }
        if (status == YZ_OK) {
            *count += drop_expired(reader, ask->now_s, hits + *count, found);
        }
    } while (status == YZ_OK && found == wanted && *count < ask->limit);
    return status;
}

yz_status
yz_reader_posts_nearest(yz_reader *reader, const yz_post_ask *ask,
                        const yz_post_from *from, yz_geo_hit *hits,
                        uint32_t *count)
{
    search at = {.after_number = from->after_number};
    bool none;

    *count = 0;
    if (!yz_post_ask_ok(ask)) {
        return YZ_BAD_INPUT;
    }
    if (!reader->has_posts) {
        return YZ_OK;
    }
    yz_status status = set_filter(reader, ask, &at, &none);
    if (status != YZ_OK || none) {
        return status;
    }
    at.query = (yz_geo_query){
        .lat_e7 = from->lat_e7,
        .lng_e7 = from->lng_e7,
        .radius_m = INFINITY,
        .after_key = from->after_key,
        .filter = &at.filter,
        .order = compare_numbers,
        .order_cursor = compare_with_cursor,
        .order_context = &at,
    };
    return run(reader, ask, &at, hits, count);
}
