/*
 * What takes a batch back: the inverse of each change that no later batch
 * touched.
 */
#ifndef YZ_ADMIN_INVERSE_H
#define YZ_ADMIN_INVERSE_H

#include "admin/memory/arena.h"
#include "lmdb_schema/store.h"

#define YZ_INVERSE_KEPT_NAMED 50

typedef struct {
    uint64_t batch; /* that is taken back; 0: there is none to take back */
    bool undone;    /* it is taken back already, and there is no more here */
    yz_place *puts; /* what places become again; texts in the arena */
    size_t count;
    size_t cap;
    size_t kept; /* places that a later batch changed: they stay */
    yz_place named[YZ_INVERSE_KEPT_NAMED]; /* the first of them */
    yz_arena arena;
} yz_inverse;

/*
 * Finds the batch and what takes it back.
 *
 * batch: its number; 0: the newest load that is not taken back.
 * inverse: filled; freed by yz_inverse_free() whatever the answer is.
 *
 * YZ_OK, also when there is none; YZ_NOMEM or as the store.
 */
yz_status yz_inverse_make(yz_inverse *inverse, yz_store *store, uint64_t batch);

/*
 * Puts it into a batch of its own and commits that; *result says what became
 * of it.  An error with result->batch 0: nothing was changed.
 *
 * login: who does it, for the batch's record; actor: for the log.
 */
yz_status yz_inverse_commit(const yz_inverse *inverse, yz_store *store,
                            yz_span login, const yz_actor *actor,
                            yz_batch_result *result,
                            yz_store_progress *progress, void *context);

void yz_inverse_free(yz_inverse *inverse);

#endif
