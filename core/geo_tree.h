/*
 * The two ways through the tree of a geo layer: nearest first, and in
 * Hilbert order.  Both ask a yz_geo_source for pages; lmdb_schema/geo_read.c
 * is the one that serves.
 */
#ifndef YZ_CORE_GEO_TREE_H
#define YZ_CORE_GEO_TREE_H

#include "core/geo_page.h"
#include "core/geo_search.h"

/*
 * The query->limit nearest points of the layer that pass the filter, sorted
 * by (key, order).  `hits` has room for query->limit.  YZ_OK, or YZ_CORRUPT
 * when a page is missing or malformed.
 */
yz_status yz_geo_tree_nearest(yz_geo_source *source, const yz_geo_head *head,
                              const yz_geo_query *query, yz_geo_hit *hits,
                              uint32_t *count);

/*
 * The first `limit` points in (hilbert, number) order that pass the filter,
 * after (hilbert, number) exclusive when `after`; hits[i].key is 0.
 */
yz_status yz_geo_tree_walk(yz_geo_source *source, const yz_geo_head *head,
                           const yz_geo_filter *filter, bool after,
                           uint64_t hilbert, uint32_t number, uint32_t limit,
                           yz_geo_hit *hits, uint64_t *hilberts,
                           uint32_t *count);

/* Index of the last child whose first point is at or before (hilbert,
   number); 0 when there is none. */
uint32_t yz_geo_node_find(const yz_geo_node *node, uint64_t hilbert,
                          uint32_t number);

#endif
