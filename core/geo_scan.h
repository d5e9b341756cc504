/*
 * What of a node or a chunk may matter, and the summaries of both.
 */
#ifndef YZ_CORE_GEO_SCAN_H
#define YZ_CORE_GEO_SCAN_H

#include "core/geo_kernels.h"

/* A filter in the terms of a node's summaries. */
typedef struct {
    uint64_t kinds;    /* any of these bits; all ones: any */
    uint64_t services; /* all of these */
    uint64_t regions;  /* any of these */
    uint32_t levels;   /* any of these */
    bool any;          /* nothing to look at */
} yz_geo_sieve;

yz_geo_sieve yz_geo_sieve_of(const yz_geo_filter *filter);

/* Bit i is set when child i meets the window and may hold what passes. */
uint64_t yz_geo_node_children(const yz_geo_kernels *kernels,
                              const yz_geo_node *node,
                              const yz_geo_window *window,
                              const yz_geo_sieve *sieve);

/* Bit i is set when point i passes the filter, its box included, whether it
   is open or not. */
void yz_geo_chunk_passing(const yz_geo_kernels *kernels,
                          const yz_geo_chunk *chunk,
                          const yz_geo_filter *filter, const yz_geo_window *box,
                          uint64_t bits[static YZ_CHUNK_WORDS]);

/* All points of a chunk. */
void yz_geo_chunk_whole(const yz_geo_chunk *chunk,
                        uint64_t bits[static YZ_CHUNK_WORDS]);

/* The bits of block b. */
static inline uint32_t
yz_geo_block_bits(const uint64_t bits[static YZ_CHUNK_WORDS], uint32_t b)
{
    return (uint32_t)(bits[b / 4] >> (b % 4 * YZ_CHUNK_BLOCK)) & 0xffff;
}

/* Those of 16 points from `first` on that are open. */
static inline uint32_t
yz_geo_points_open(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                   uint32_t first, uint32_t bits)
{
    uint32_t open = 0;

    if (filter->open == NULL) {
        return bits;
    }
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        open |= (uint32_t)yz_geo_filter_open(filter, chunk->hours[first + i])
                << i;
    }
    return open;
}

/* The union of a chunk's points, of a node's children. */
void yz_geo_chunk_summary(const yz_geo_chunk *chunk, yz_geo_summary *summary);
void yz_geo_node_summary(const yz_geo_node *node, yz_geo_summary *summary);

#endif
