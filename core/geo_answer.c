/*
 * Keeps the best hits of a search in order.  Called by geo_search.c.
 */
#include "core/geo_answer.h"
#include <math.h>

/* Where a hit lies, in one word, so that hits are moved by whole stores: user
   addresses have at most 56 bits.  Its number is fetched once it counts. */
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

void
yz_geo_answer_init(yz_geo_answer *answer, const yz_geo_query *query)
{
    answer->query = query;
    answer->count = 0;
    answer->bound = query->radius_m < INFINITY
                        ? yz_geo_key_of_m(query->radius_m)
                        : INFINITY;
}

static bool
after_cursor(const yz_geo_answer *answer, double key, uint32_t number)
{
    const yz_geo_query *query = answer->query;

    if (key != query->after_key) {
        return key > query->after_key;
    }
    return query->order_cursor(query->order_context, number) > 0;
}

static uint32_t
spot_number(uint64_t spot)
{
    return spot_chunk(spot)->number[spot_index(spot)];
}

/* Is the hit at `at` behind (key, number) in the order of the answer? */
static bool
hit_behind(const yz_geo_answer *answer, uint32_t at, double key,
           uint32_t number)
{
    if (answer->keys[at] != key) {
        return answer->keys[at] > key;
    }
    return answer->query->order(answer->query->order_context,
                                spot_number(answer->spots[at]), number) > 0;
}

void
yz_geo_answer_add(yz_geo_answer *answer, double key, const yz_geo_chunk *chunk,
                  uint32_t i)
{
    uint32_t limit = answer->query->limit;
    uint32_t at = answer->count;

    if (answer->query->after_key >= 0 &&
        !after_cursor(answer, key, chunk->number[i])) {
        return;
    }
    if (at == limit) {
        if (!hit_behind(answer, at - 1, key, chunk->number[i])) {
            return;
        }
        at--;
    } else {
        answer->count++;
    }
    for (; at > 0 && answer->keys[at - 1] >= key; at--) {
        if (answer->keys[at - 1] == key &&
            !hit_behind(answer, at - 1, key, chunk->number[i])) {
            break;
        }
        answer->keys[at] = answer->keys[at - 1];
        answer->spots[at] = answer->spots[at - 1];
    }
    answer->keys[at] = key;
    answer->spots[at] = spot_of(chunk, i);
    if (answer->count == limit) {
        answer->bound = answer->keys[limit - 1];
    }
}

uint32_t
yz_geo_answer_write(const yz_geo_answer *answer, yz_geo_hit *hits)
{
    for (uint32_t i = 0; i < answer->count; i++) {
        uint64_t spot = answer->spots[i];
        const int32_t *shape = spot_chunk(spot)->shape;
        hits[i] = (yz_geo_hit){
            .key = answer->keys[i],
            .number = spot_number(spot),
            .lat_e7 = shape[yz_geo_lat_at(spot_index(spot))],
            .lng_e7 = shape[yz_geo_lng_at(spot_index(spot))],
        };
    }
    return answer->count;
}
