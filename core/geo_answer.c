/*
 * Keeps the best hits of a search.  What is near enough is only noted down,
 * in any order, while a ranking of rounded keys says how near is near enough;
 * the exact order is made once, of the few that are left.  Called by
 * geo_search.c.
 */
#include "core/geo_answer.h"
#include <math.h>
#include <string.h>

/* Rounding moves a key by at most half of this part of it. */
#define FLOAT_STEP 1.2e-7

/* Where a hit lies, in one word: user addresses have at most 56 bits.  Its
   number is fetched once it counts. */
static inline uint64_t
spot_of(const yz_geo_chunk *chunk, uint32_t index)
{
    return (uint64_t)(uintptr_t)chunk << 8 | index;
}

static inline const yz_geo_chunk *
spot_chunk(uint64_t spot)
{
    return (const yz_geo_chunk *)(uintptr_t)(spot >> 8);
}

static inline uint32_t
spot_index(uint64_t spot)
{
    return (uint32_t)spot & 255;
}

static uint32_t
spot_number(uint64_t spot)
{
    return spot_chunk(spot)->number[spot_index(spot)];
}

void
yz_geo_answer_init(yz_geo_answer *answer, const yz_geo_query *query,
                   const yz_geo_kernels *kernels)
{
    answer->query = query;
    answer->kernels = kernels;
    answer->bound = query->radius_m < INFINITY
                        ? yz_geo_key_of_m(query->radius_m)
                        : INFINITY;
    uint32_t lanes =
        (query->limit + YZ_RANK_LANES - 1) / YZ_RANK_LANES * YZ_RANK_LANES;
    answer->room = 2 * lanes + 2 * YZ_CHUNK_BLOCK;
    answer->found.count = 0;
    answer->found.lanes = lanes;
    for (uint32_t i = 0; i < lanes; i++) {
        answer->found.ranking[i] = INFINITY;
    }
}

static bool
after_cursor(const yz_geo_query *query, double key, uint32_t number)
{
    if (key != query->after_key) {
        return key > query->after_key;
    }
    return query->order_cursor(query->order_context, number) > 0;
}

/* Those of `bits` whose points come after the cursor. */
static uint32_t
bits_after_cursor(const yz_geo_query *query, const yz_geo_chunk *chunk,
                  uint32_t first, const double keys[static YZ_CHUNK_BLOCK],
                  uint32_t bits)
{
    uint32_t after = 0;

    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        after |=
            (uint32_t)after_cursor(query, keys[i], chunk->number[first + i])
            << i;
    }
    return after;
}

/* Those found within the bound move to the front. */
static void
found_narrow(yz_geo_found *found, double bound)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < found->count; i++) {
        double key = found->keys[i];
        found->keys[count] = key;
        found->spots[count] = found->spots[i];
        count += key <= bound;
    }
    found->count = count;
}

/* Brings spots of equal keys, `from` to `end`, into the order of the query. */
static void
equals_sort(const yz_geo_query *query, uint64_t *spots, uint32_t from,
            uint32_t end)
{
    for (uint32_t i = from + 1; i < end; i++) {
        uint64_t spot = spots[i];
        uint32_t number = spot_number(spot);
        uint32_t low = from, high = i;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            bool before = query->order(query->order_context, number,
                                       spot_number(spots[middle])) < 0;
            low = before ? low : middle + 1;
            high = before ? middle : high;
        }
        memmove(spots + low + 1, spots + low, (i - low) * sizeof(*spots));
        spots[low] = spot;
    }
}

/* Puts what was found into its order. */
static void
found_sort(yz_geo_answer *answer)
{
    yz_geo_found *found = &answer->found;
    uint32_t count = found->count;
    uint32_t places[YZ_FOUND_MAX];
    double keys[YZ_FOUND_MAX];
    uint64_t spots[YZ_FOUND_MAX];

    answer->kernels->places(found->keys, count, places);
    for (uint32_t i = 0; i < count; i++) {
        spots[i] = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = places[i];
        while (spots[at] != 0) { /* of an equal key */
            at++;
        }
        keys[at] = found->keys[i];
        spots[at] = found->spots[i];
    }
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && keys[end] == keys[i]; end++) {
        }
        equals_sort(answer->query, spots, i, end);
    }
    memcpy(found->keys, keys, count * sizeof(*keys));
    memcpy(found->spots, spots, count * sizeof(*spots));
}

/* Keeps the best of what was found, at most `limit`, in their order. */
static void
found_settle(yz_geo_answer *answer)
{
    yz_geo_found *found = &answer->found;
    uint32_t limit = answer->query->limit;

    found_narrow(found, answer->bound);
    found_sort(answer);
    found->count = found->count < limit ? found->count : limit;
}

void
yz_geo_answer_add(yz_geo_answer *answer, const yz_geo_chunk *chunk,
                  uint32_t first, const double keys[static YZ_CHUNK_BLOCK],
                  uint32_t bits)
{
    const yz_geo_query *query = answer->query;

    if (query->after_key >= 0) {
        bits = bits_after_cursor(query, chunk, first, keys, bits);
    }
    if (answer->found.count + YZ_CHUNK_BLOCK > answer->room) {
        found_settle(answer);
    }
    answer->kernels->take(&answer->found, keys, spot_of(chunk, first), bits);
    /* What the last of the ranking was rounded from may be a little more. */
    double last = (double)answer->found.ranking[query->limit - 1];
    last *= 1 + FLOAT_STEP;
    answer->bound = last < answer->bound ? last : answer->bound;
}

uint32_t
yz_geo_answer_write(yz_geo_answer *answer, yz_geo_hit *hits)
{
    const yz_geo_found *found = &answer->found;

    found_settle(answer);
    for (uint32_t i = 0; i < found->count; i++) {
        const yz_geo_chunk *chunk = spot_chunk(found->spots[i]);
        uint32_t at = spot_index(found->spots[i]);
        hits[i] = (yz_geo_hit){
            .key = found->keys[i],
            .number = chunk->number[at],
            .lat_e7 = chunk->shape[yz_geo_lat_at(at)],
            .lng_e7 = chunk->shape[yz_geo_lng_at(at)],
        };
    }
    return found->count;
}
