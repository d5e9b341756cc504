/*
 * Changing one geo layer inside a write transaction.  Write half: never
 * linked by the module.
 */
#ifndef YZ_SCHEMA_GEO_WRITE_H
#define YZ_SCHEMA_GEO_WRITE_H

#include "core/geo_point.h"
#include "core/status.h"
#include <lmdb.h>
#include <stddef.h>

typedef struct yz_geo_writer yz_geo_writer;

/*
 * Starts changing layer `name` (created when absent) in `txn`.  On failure
 * *writer is NULL.  Owned by the caller: end it with yz_geo_writer_finish()
 * and yz_geo_writer_free() before the transaction ends.
 */
yz_status yz_geo_writer_open(MDB_txn *txn, const char *name,
                             yz_geo_writer **writer);

/*
 * Fills an empty layer; sorts `points` in place.  Numbers must be distinct.
 * YZ_BAD_INPUT when the layer is not empty.
 */
yz_status yz_geo_writer_build(yz_geo_writer *writer, yz_geo_point *points,
                              size_t count);

/*
 * Replaces `before` (NULL: not there yet) by `after` (NULL: remove).  The
 * position and number of `before` must be those that were put; YZ_NOT_FOUND
 * when it is not there.  Errors are sticky: after one nothing happens and
 * finish returns it.
 */
yz_status yz_geo_writer_put(yz_geo_writer *writer, const yz_geo_point *before,
                            const yz_geo_point *after);

/* Writes what is still held back.  The first error of the writer, or YZ_OK. */
yz_status yz_geo_writer_finish(yz_geo_writer *writer);
void yz_geo_writer_free(yz_geo_writer *writer); /* NULL is allowed */

/*
 * Checks every page of the layer against every rule of its format and calls
 * `visit` (may be NULL) for each point in (hilbert, number) order; a visit
 * that returns not YZ_OK ends it.  *bytes (may be NULL) is what the layer's
 * pages take.  YZ_CORRUPT with a text in `why` when a rule is broken.
 */
yz_status
yz_geo_layer_check(MDB_txn *txn, const char *name,
                   yz_status (*visit)(void *context, const yz_geo_point *point),
                   void *context, size_t *bytes, char why[static 160]);

#endif
