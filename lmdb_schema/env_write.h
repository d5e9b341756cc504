/*
 * Opening LMDB environments for writing, with the same map size and reader
 * slots as every reader.  Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_ENV_WRITE_H
#define YZ_SCHEMA_ENV_WRITE_H

#include "core/status.h"
#include <lmdb.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Opens or creates the environment in directory `path`, which exists.
 *
 * flags: LMDB's, beside MDB_NOTLS.
 * data_mode, lock_mode: of data.mdb and lock.mdb, whatever the umask.
 *
 * YZ_OK, or YZ_FORMAT, YZ_CORRUPT (a file cut short or not LMDB's),
 * YZ_DENIED, YZ_IO, YZ_FULL, YZ_NOMEM with *env NULL.  Close with mdb_env_close().
 */
yz_status yz_env_open_write(const char *path, unsigned flags, mode_t data_mode,
                            mode_t lock_mode, MDB_env **env);

/*
 * Starts a write transaction after clearing the slots of dead readers, which
 * would hold old pages back.  *txn is NULL on failure.
 */
yz_status yz_env_begin_write(MDB_env *env, MDB_txn **txn);

/*
 * Commits; *txn is NULL afterwards, whatever comes out.  A write that failed
 * because the disk is full gives YZ_FULL: LMDB itself says EIO.
 */
yz_status yz_txn_commit(MDB_txn **txn);

/* Aborts *txn, which may be NULL, and sets it NULL. */
void yz_txn_abort(MDB_txn **txn);

/*
 * A sentence when the LMDB in use has a known bug that can lose data, else
 * NULL; static storage.
 */
const char *yz_env_notice(void);

#endif
