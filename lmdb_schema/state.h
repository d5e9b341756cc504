/*
 * State and log: the private environment, its databases, and looking things
 * up in them.  Only the writer opens it.
 */
#ifndef YZ_SCHEMA_STATE_H
#define YZ_SCHEMA_STATE_H

#include "lmdb_schema/archive.h"
#include "lmdb_schema/chain.h"
#include "lmdb_schema/log_entry.h"
#include "lmdb_schema/place.h"
#include "lmdb_schema/private_layout.h"
#include "lmdb_schema/record.h"
#include <lmdb.h>

typedef struct {
    MDB_env *env;
    MDB_dbi meta;
    MDB_dbi place;
    MDB_dbi number;
    MDB_dbi code;
    MDB_dbi batch;
    MDB_dbi log;
    MDB_dbi reference;
    MDB_dbi records[YZ_TABLE_END]; /* of the tables that are known */
    yz_chain *chain;
    yz_archive *archive; /* entries that have left `log` */
} yz_state;

/*
 * Opens or creates the private environment in the directory `path`, which
 * exists.  YZ_OK, or YZ_FORMAT (another version), YZ_CORRUPT, YZ_FULL, YZ_IO,
 * YZ_NOMEM; *state is then all zeros.
 */
yz_status yz_state_open(const char *path, yz_state *state);
/*
 * Opens it for reading beside a writer.  Also YZ_NOT_FOUND: there is none;
 * YZ_FORMAT too when a database is missing: this version has not opened it for
 * writing yet.
 */
yz_status yz_state_open_read(const char *path, yz_state *state);
void yz_state_close(yz_state *state); /* all zeros is allowed */

/* Starts a read; end with mdb_txn_abort(). */
yz_status yz_state_begin_read(const yz_state *state, MDB_txn **txn);

/* What the next batch continues.  YZ_OK, YZ_CORRUPT or YZ_IO. */
yz_status yz_state_head_get(const yz_state *state, MDB_txn *txn,
                            yz_state_head *head);

/*
 * Log entry `seq`, in the environment or in a segment file; it is valid as
 * long as the transaction and until its next write.  YZ_OK, YZ_NOT_FOUND,
 * YZ_CORRUPT, YZ_IO or YZ_NOMEM.
 */
yz_status yz_log_get(const yz_state *state, MDB_txn *txn, uint64_t seq,
                     yz_log_entry *entry);

/* The newest entry that has left the environment, 0 for none.  YZ_OK,
   YZ_CORRUPT or YZ_IO. */
yz_status yz_state_archived_get(const yz_state *state, MDB_txn *txn,
                                uint64_t *seq);

/*
 * A place by id or number; *bytes (may be NULL) is its encoding.  All lies in
 * the map until the transaction ends or writes.  YZ_OK, YZ_NOT_FOUND,
 * YZ_CORRUPT or YZ_IO.
 */
yz_status yz_state_place_get(const yz_state *state, MDB_txn *txn, yz_span id,
                             yz_place *place, yz_span *bytes);
yz_status yz_state_number_get(const yz_state *state, MDB_txn *txn,
                              uint32_t number, yz_place *place);

/* Reference data by name, in the map.  YZ_OK, YZ_NOT_FOUND or YZ_IO. */
yz_status yz_state_reference_get(const yz_state *state, MDB_txn *txn,
                                 yz_span name, yz_span *bytes);

/*
 * Calls visit for every place in the order of ids; a visit that returns not
 * YZ_OK ends the walk with it.  `visit` must not write.
 */
yz_status yz_state_each_place(const yz_state *state, MDB_txn *txn,
                              yz_status (*visit)(void *context,
                                                 const yz_place *place),
                              void *context);

/*
 * A record of a table; *seq (may be NULL) is the log entry that made it, 0
 * where the table is not logged.  YZ_OK, YZ_NOT_FOUND, YZ_BAD_INPUT (table or
 * size of the key), YZ_CORRUPT or YZ_IO.
 */
yz_status yz_state_record_get(const yz_state *state, MDB_txn *txn,
                              yz_table table, yz_span key, yz_span *value,
                              uint64_t *seq);

/* The walk that yz_store_record_each() promises. */
typedef struct {
    yz_table table;
    yz_span prefix;
    yz_span from; /* n 0: from the start */
    bool newest_first;
} yz_record_range;

yz_status yz_state_record_each(const yz_state *state, MDB_txn *txn,
                               const yz_record_range *range,
                               yz_record_visit *visit, void *context);

/* Fills in a place's ratings; none is no fault.  YZ_OK, YZ_CORRUPT, YZ_IO. */
yz_status yz_state_tally_get(const yz_state *state, MDB_txn *txn,
                             yz_place *place);

/* Takes a batch record apart; spans lie in `value`.  YZ_OK or YZ_CORRUPT. */
yz_status yz_batch_decode(yz_span value, yz_batch_record *record, yz_span *kind,
                          yz_span *source, yz_span *actor);

/* The batch with that number, or YZ_NOT_FOUND, YZ_CORRUPT, YZ_IO. */
yz_status yz_state_batch_get(const yz_state *state, MDB_txn *txn,
                             uint64_t number, yz_batch_record *record,
                             yz_span *value);

#endif
