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
    answer->count = 0;
    answer->bound = query->radius_m < INFINITY
                        ? yz_geo_key_of_m(query->radius_m)
                        : INFINITY;
    answer->lanes =
        (query->limit + YZ_RANK_LANES - 1) / YZ_RANK_LANES * YZ_RANK_LANES;
    answer->room = 2 * answer->lanes + 2 * YZ_CHUNK_BLOCK;
    for (uint32_t i = 0; i < answer->lanes; i++) {
        answer->ranking[i] = INFINITY;
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

static bool
found_before(const yz_geo_query *query, const yz_geo_found *a,
             const yz_geo_found *b)
{
    if (a->key != b->key) {
        return a->key < b->key;
    }
    return query->order(query->order_context, spot_number(a->spot),
                        spot_number(b->spot)) < 0;
}

/* Where `next` belongs among the first `count`, which are in order. */
static uint32_t
found_place(const yz_geo_answer *answer, uint32_t count,
            const yz_geo_found *next)
{
    uint32_t low = 0;

    while (low < count) {
        uint32_t middle = (low + count) / 2;
        if (found_before(answer->query, next, &answer->found[middle])) {
            count = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Keeps the best of what was found, at most `limit`, in their order. */
static void
found_settle(yz_geo_answer *answer)
{
    uint32_t limit = answer->query->limit;
    yz_geo_found *found = answer->found;
    uint32_t count = 0;

    for (uint32_t i = 0; i < answer->count; i++) {
        yz_geo_found next = found[i];
        if (next.key > answer->bound) {
            continue;
        }
        uint32_t at = found_place(answer, count, &next);
        memmove(found + at + 1, found + at, (count - at) * sizeof(*found));
        found[at] = next;
        count++;
    }
    answer->count = count < limit ? count : limit;
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
    if (answer->count + YZ_CHUNK_BLOCK > answer->room) {
        found_settle(answer);
    }
    answer->kernels->rank(answer->ranking, answer->lanes, keys, bits);
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        answer->found[answer->count++] =
            (yz_geo_found){keys[i], spot_of(chunk, first + i)};
    }
    /* What the last of the ranking was rounded from may be a little more. */
    double last = (double)answer->ranking[query->limit - 1] * (1 + FLOAT_STEP);
    answer->bound = last < answer->bound ? last : answer->bound;
}

uint32_t
yz_geo_answer_write(yz_geo_answer *answer, yz_geo_hit *hits)
{
    found_settle(answer);
    for (uint32_t i = 0; i < answer->count; i++) {
        uint64_t spot = answer->found[i].spot;
        const int32_t *shape = spot_chunk(spot)->shape;
        hits[i] = (yz_geo_hit){
            .key = answer->found[i].key,
            .number = spot_number(spot),
            .lat_e7 = shape[yz_geo_lat_at(spot_index(spot))],
            .lng_e7 = shape[yz_geo_lng_at(spot_index(spot))],
        };
    }
    return answer->count;
}
