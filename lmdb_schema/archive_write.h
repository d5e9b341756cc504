/*
 * Moving old log entries into segment files.  Write half: never linked by the
 * module.
 */
#ifndef YZ_SCHEMA_ARCHIVE_WRITE_H
#define YZ_SCHEMA_ARCHIVE_WRITE_H

#include "lmdb_schema/store.h"

#define YZ_ARCHIVE_DAYS 90    /* entries stay that long */
#define YZ_ARCHIVE_MOST 32768 /* entries of one segment */

/*
 * In an open batch: writes the oldest entries before time before_s, at most
 * YZ_ARCHIVE_MOST, to a segment file, durably, and takes them out of the
 * environment; they are found in the file from then on.  The newest entry
 * always stays.
 *
 * least: fewer than that many are left for another time.
 * moved: how many went.
 *
 * YZ_OK, YZ_FULL, YZ_IO, YZ_DENIED, YZ_CORRUPT, YZ_NOMEM; after an error only
 * abort is possible.
 */
yz_status yz_store_archive(yz_store *store, int64_t before_s, uint64_t least,
                           uint64_t *moved);

#endif
