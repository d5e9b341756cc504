/*
 * Changing the inside of one chunk or node.  Pure; for the writer of a layer.
 */
#ifndef YZ_SCHEMA_GEO_EDIT_H
#define YZ_SCHEMA_GEO_EDIT_H

#include "core/geo_page.h"

/* Point i of a chunk, and the other way. */
yz_geo_point yz_geo_chunk_point(const yz_geo_chunk *chunk, uint32_t i);
void yz_geo_chunk_set(yz_geo_chunk *chunk, uint32_t i,
                      const yz_geo_point *point);

/* Index of the first point not before (hilbert, number), 0..count. */
uint32_t yz_geo_chunk_place(const yz_geo_chunk *chunk, uint64_t hilbert,
                            uint32_t number);

/* Opens a gap of `by` points at `at` (room must be there), or closes one. */
void yz_geo_chunk_open(yz_geo_chunk *chunk, uint32_t at, uint32_t by);
void yz_geo_chunk_close(yz_geo_chunk *chunk, uint32_t at, uint32_t by);

/* Copies `count` points between chunks; counts and boxes are left alone. */
void yz_geo_chunk_copy(yz_geo_chunk *to, uint32_t to_at,
                       const yz_geo_chunk *from, uint32_t from_at,
                       uint32_t count);

/* Sets the boxes of all blocks. */
void yz_geo_chunk_boxes(yz_geo_chunk *chunk);

/* Where to cut `count` points in two: the widest gap of their Hilbert
   numbers between `low` and `high` (indices of the second part's first). */
uint32_t yz_geo_chunk_cut(const yz_geo_chunk *chunk, uint32_t low,
                          uint32_t high);

/* Entry i of a node. */
void yz_geo_node_set(yz_geo_node *node, uint32_t i, uint32_t child,
                     uint32_t version, const yz_geo_summary *summary);
void yz_geo_node_open(yz_geo_node *node, uint32_t at, uint32_t by);
void yz_geo_node_close(yz_geo_node *node, uint32_t at, uint32_t by);
void yz_geo_node_copy(yz_geo_node *to, uint32_t to_at, const yz_geo_node *from,
                      uint32_t from_at, uint32_t count);

#endif
