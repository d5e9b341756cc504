/*
 * The answer of a nearest search while it grows: what was found so far, and
 * the key that a further hit must not exceed.
 */
#ifndef YZ_CORE_GEO_ANSWER_H
#define YZ_CORE_GEO_ANSWER_H

#include "core/geo_kernels.h"
#include "core/geo_search.h"

typedef struct {
    const yz_geo_query *query;
    const yz_geo_kernels *kernels;
    double bound;  /* only keys up to here are wanted */
    uint32_t room; /* of found, for this limit */
    yz_geo_found found;
} yz_geo_answer;

/* An empty answer to `query`, whose limit is 1..YZ_LIMIT_MAX + 1. */
void yz_geo_answer_init(yz_geo_answer *answer, const yz_geo_query *query,
                        const yz_geo_kernels *kernels);

/* Offers those points from `first` on of a chunk that `bits` has a bit for;
   their keys are at most the bound.  The chunk must stay where it is until
   the hits are written. */
void yz_geo_answer_add(yz_geo_answer *answer, const yz_geo_chunk *chunk,
                       uint32_t first, const double keys[static YZ_CHUNK_BLOCK],
                       uint32_t bits);

/* True when there are as many hits as wanted. */
static inline bool
yz_geo_answer_full(const yz_geo_answer *answer)
{
    return answer->found.count >= answer->query->limit;
}

/* Writes the hits; returns how many there are. */
uint32_t yz_geo_answer_write(yz_geo_answer *answer, yz_geo_hit *hits);

#endif
