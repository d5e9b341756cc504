/*
 * The projection: the rule that makes public data from state.  The same rule
 * for one place serves the places that a batch touched and all of them, so
 * that both ways lead to the same answers.  Write half.
 */
#ifndef YZ_SCHEMA_PROJECT_WRITE_H
#define YZ_SCHEMA_PROJECT_WRITE_H

#include "lmdb_schema/keys_write.h"
#include "lmdb_schema/public_write.h"
#include "lmdb_schema/state.h"
#include "lmdb_schema/store.h"

/* What the projection reads and whom it tells. */
typedef struct {
    const yz_state *state;
    MDB_txn *state_txn;           /* a read of the state as of last_seq */
    yz_keyring *ring;             /* has a code key */
    yz_keys *keys;                /* gets a key for each region that shows */
    const yz_region_names *names; /* of the state */
    yz_store_progress *progress;  /* NULL: nobody */
    void *progress_context;
} yz_projection;

/*
 * Starts a projection of the newest state.  `names` is the caller's, kept
 * from one projection to the next; the names of regions are read into it
 * when they have changed.  YZ_OK, or why not; end with yz_projection_end()
 * in both cases.
 */
yz_status yz_projection_begin(const yz_state *state, yz_keyring *ring,
                              yz_keys *keys, yz_region_names *names,
                              yz_projection *projection);
void yz_projection_end(yz_projection *projection);

/*
 * True when the generation shows everything up to log entry `last_seq`, with
 * codes hashed under the key of `ring`.
 */
bool yz_public_is_current(const yz_public *public, yz_keyring *ring,
                          uint64_t last_seq);

/*
 * Fills a new generation with everything, in one transaction, and writes it
 * to disk.  YZ_OK, or why not; the generation is then of no use.
 */
yz_status yz_project_all(yz_projection *projection, yz_public *public);

/*
 * Brings the generation from its applied_seq up to the state, in one
 * transaction: readers see all of it or nothing.  *anew is set, and nothing
 * changed, when only a new generation can show the state (other names of
 * regions, another code key, a vocabulary without room, damaged data).  YZ_OK or why
 * not.
 */
yz_status yz_project_touched(yz_projection *projection, yz_public *public,
                             bool *anew);

#endif
