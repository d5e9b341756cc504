/*
 * Reading one geo layer from LMDB: hands pages of the map to the search in
 * core/.  Read half.  Layout of the pages: core/geo_page.h.
 */
#ifndef YZ_SCHEMA_GEO_READ_H
#define YZ_SCHEMA_GEO_READ_H

#include "core/geo_search.h"
#include "core/status.h"
#include <lmdb.h>

typedef struct yz_geo_reader yz_geo_reader;

/*
 * Opens layer `name` inside the (committed soon) read transaction `txn`, in
 * which its database handle is made.  YZ_NOT_FOUND: the layer does not exist.
 * Owned by the caller: yz_geo_reader_free() before the environment closes.
 */
yz_status yz_geo_reader_open(MDB_txn *txn, const char *name,
                             yz_geo_reader **reader);
void yz_geo_reader_free(yz_geo_reader *reader); /* NULL is allowed */

/*
 * The nearest points in the snapshot of `txn`, sorted by (key, order()).
 * YZ_OK, YZ_CORRUPT (a page breaks its format) or YZ_IO.
 */
yz_status yz_geo_reader_nearest(yz_geo_reader *reader, MDB_txn *txn,
                                const yz_geo_query *query, yz_geo_hit *hits,
                                uint32_t *count);

/*
 * Points that pass `filter` in the order of (hilbert, number), after
 * (hilbert, number) exclusive when `after` is true, at most `limit` of them.
 * hits[i].key is unused; hilberts[i] is the Hilbert number.
 */
yz_status yz_geo_reader_walk(yz_geo_reader *reader, MDB_txn *txn,
                             const yz_geo_filter *filter, bool after,
                             uint64_t hilbert, uint32_t number, uint32_t limit,
                             yz_geo_hit *hits, uint64_t *hilberts,
                             uint32_t *count);

#endif
