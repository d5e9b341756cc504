/*
 * What the parts of the store share; not for others.
 */
#ifndef YZ_SCHEMA_STORE_IMPL_H
#define YZ_SCHEMA_STORE_IMPL_H

#include "lmdb_schema/files_write.h"
#include "lmdb_schema/generation_write.h"
#include "lmdb_schema/state_write.h"
#include "lmdb_schema/store.h"
#include "lmdb_schema/word_limits.h"

struct yz_store {
    char dir[YZ_PATH_MAX];
    char public_dir[YZ_PATH_MAX];
    int lock_fd; /* -1: not held */
    yz_state state;
    yz_keys keys;
    yz_keyring *ring;
    yz_public public; /* all zeros: there is no generation yet */
    yz_state_batch batch;
    yz_word_limits limits;
    yz_region_names region_names; /* kept from one projection to the next */
    MDB_txn *kept_read; /* what gets outside a batch point into; NULL inside */
    yz_status failed;   /* first failure inside the open batch */
    char why[sizeof(((yz_store_error *)0)->text)];
    char notice[512]; /* sentences, empty for none */
    bool read_only;   /* of yz_store_open_read(): lock and keys are not held */
    bool for_rebuild; /* a state older than public data is no fault */
    bool public_mended; /* public data was of no use and was built again */
};

/* Notes why and returns `status`; `what` follows no rule but is one line. */
yz_status yz_store_fail(yz_store *store, yz_status status, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/*
 * Notes a failure of the system or of stored data while doing `what`; says so
 * when it is because the disk is full, and returns YZ_FULL then.
 */
yz_status yz_store_fail_at(yz_store *store, yz_status status, const char *what);

/*
 * Projects what is missing; with `anew` builds a generation in any case.
 * progress may be NULL.  Does not note why it failed.
 */
yz_status yz_store_project(yz_store *store, bool anew,
                           yz_store_progress *progress, void *context);

/*
 * Opens public data and keys, mends what is damaged, lost or behind, and
 * notes what it mended.  YZ_CORRUPT when the state is older than what is
 * served, except for a rebuild; otherwise as yz_store_open().
 */
yz_status yz_store_bring_up(yz_store *store);

/*
 * Begins a read of the state and one of public data that shows just that
 * state, however busy the writer is; opens public data for it.  YZ_OK, with
 * *public_txn NULL when there is no public data; YZ_BUSY (they never met);
 * YZ_CORRUPT (public data can't be opened; *why says so) or as opening.
 */
yz_status yz_store_read_pair(yz_store *store, MDB_txn **state_txn,
                             MDB_txn **public_txn);

/* Brings public data up to the state if it is behind, or `anew`. */
yz_status yz_store_catch_up(yz_store *store, bool anew);

/* Whether the open batch can go on: YZ_OK, or its first failure. */
yz_status yz_store_check_batch(yz_store *store);

/*
 * A transaction that sees the open batch, or the last commit; valid until
 * the next begin, commit or abort.
 */
yz_status yz_store_view(yz_store *store, MDB_txn **txn);

#endif
