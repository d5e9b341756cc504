/*
 * What a nearest search has reached: its bound, the window that follows from
 * it, the answer so far, and the blocks of points that are still to be
 * measured.  geo_search.c brings it chunks.
 */
#ifndef YZ_CORE_GEO_NEAREST_H
#define YZ_CORE_GEO_NEAREST_H

#include "core/geo_answer.h"
#include "core/geo_scan.h"

#define YZ_BLOCKS_AHEAD 64

/* Points of a block to measure. */
typedef struct {
    double bound; /* of their keys */
    const yz_geo_chunk *chunk;
    uint32_t first;
    uint32_t bits;
} yz_geo_block_ahead;

typedef struct {
    const yz_geo_kernels *kernels;
    const yz_geo_filter *filter;
    yz_geo_sieve sieve;
    yz_geo_origin origin;
    yz_geo_window base;   /* of the filter */
    yz_geo_window window; /* base narrowed to window_key */
    double window_key;
    bool plain; /* the filter lets everything in */
    uint32_t block_count;
    yz_geo_block_ahead blocks[YZ_BLOCKS_AHEAD];
    yz_geo_answer answer;
} yz_geo_nearest;

/* The state before the first chunk.  The query must stay. */
void yz_geo_nearest_init(yz_geo_nearest *s, const yz_geo_query *query);

/* Brings the window up to date when the bound has become much smaller. */
void yz_geo_nearest_narrow(yz_geo_nearest *s);

/* Puts those blocks of a chunk ahead that may matter; measures what is too
   little to be put off. */
void yz_geo_nearest_chunk(yz_geo_nearest *s, const yz_geo_chunk *chunk);

/* Measures the blocks ahead that still matter, nearest first. */
void yz_geo_nearest_blocks(yz_geo_nearest *s);

#endif
