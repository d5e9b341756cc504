/*
 * The answer of a nearest search while it grows: the best hits so far, in
 * order, and the key that a further one has to beat.
 */
#ifndef YZ_CORE_GEO_ANSWER_H
#define YZ_CORE_GEO_ANSWER_H

#include "core/geo_page.h"
#include "core/geo_search.h"

typedef struct {
    const yz_geo_query *query;
    double bound;                     /* only keys up to here are wanted */
    uint32_t count;                   /* of hits */
    double keys[YZ_LIMIT_MAX + 1];    /* ascending */
    uint64_t spots[YZ_LIMIT_MAX + 1]; /* where they lie, see the .c */
} yz_geo_answer;

/* An empty answer to `query`, whose limit is 1..YZ_LIMIT_MAX + 1. */
void yz_geo_answer_init(yz_geo_answer *answer, const yz_geo_query *query);

/* Offers point i of a chunk, whose key is at most the bound.  The chunk must
   stay where it is until the hits are written. */
void yz_geo_answer_add(yz_geo_answer *answer, double key,
                       const yz_geo_chunk *chunk, uint32_t i);

/* Writes the hits; returns how many there are. */
uint32_t yz_geo_answer_write(const yz_geo_answer *answer, yz_geo_hit *hits);

#endif
