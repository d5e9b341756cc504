/*
 * Copies of the state, made while a writer works, and what is told of them.
 * Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_BACKUP_WRITE_H
#define YZ_SCHEMA_BACKUP_WRITE_H

#include "lmdb_schema/private_layout.h"
#include "lmdb_schema/store.h"

typedef struct {
    uint64_t last_seq;   /* newest log entry, 0 for none */
    int64_t last_time_s; /* its time */
    uint64_t places;
    uint8_t chain[YZ_HASH_SIZE]; /* hash of that entry */
} yz_store_facts;

/* Of the snapshot, or of the last commit.  YZ_OK, YZ_CORRUPT or YZ_IO. */
yz_status yz_store_facts_get(yz_store *store, yz_store_facts *facts);

/* The chain's hash at log entry `seq`; zeros for 0.  YZ_OK, YZ_NOT_FOUND,
   YZ_CORRUPT or YZ_IO. */
yz_status yz_store_log_hash(yz_store *store, uint64_t seq,
                            uint8_t hash[static YZ_HASH_SIZE]);

/*
 * Writes the newest commit, without what is free, as `path`/data.mdb, mode
 * 0600 and synced; `path` is a directory without such a file.  A writer goes
 * on meanwhile.  YZ_OK, YZ_FULL, YZ_DENIED, YZ_IO, YZ_CORRUPT.
 */
yz_status yz_store_copy(yz_store *store, const char *path);

/* Looks at every page of the state in directory `path`, at rest; statuses as
   yz_env_pages_check(). */
yz_status yz_state_pages_check(const char *path);

#endif
