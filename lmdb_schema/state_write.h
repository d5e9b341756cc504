/*
 * A batch of changes of the state, with their log entries, in one write
 * transaction.  Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_STATE_WRITE_H
#define YZ_SCHEMA_STATE_WRITE_H

#include "lmdb_schema/log_write.h"
#include "lmdb_schema/state.h"
#include "lmdb_schema/store.h"

#define YZ_RANDOM_KEPT 512 /* codes' worth of random bytes per system call */

typedef struct {
    yz_state *state;
    MDB_txn *txn; /* NULL: no batch is open */
    yz_state_head head;
    yz_batch_record record;
    char texts[YZ_BATCH_KIND_MAX + YZ_BATCH_SOURCE_MAX + YZ_BATCH_ACTOR_MAX];
    yz_log_buffer buffer;
    yz_actor actor;        /* of what is put next */
    bool unmarked;         /* requests: no record, batch 0 in the log */
    bool unlogged;         /* records were written that no entry tells of */
    uint64_t logged_bytes; /* of payloads */
    uint8_t random[YZ_RANDOM_KEPT * 8];
    uint32_t random_left; /* codes' worth */
} yz_state_batch;

/*
 * Starts a batch.  info's texts are copied, and cut at a whole character.
 * YZ_OK, or why not, with batch->txn NULL.
 */
yz_status yz_state_batch_begin(yz_state *state, const yz_batch_info *info,
                               yz_state_batch *batch);

/*
 * Appends what lies in the batch's buffer, `size` bytes of payload, as an
 * entry of this batch.
 */
yz_status yz_state_batch_append(yz_state_batch *batch, yz_log_op op,
                                uint64_t prev_seq, size_t size);

/*
 * Adds or changes a place as yz_store_place_put() says; *changed tells
 * whether there was anything to do.  After an error only abort is possible.
 */
yz_status yz_state_batch_put(yz_state_batch *batch, const yz_place *place,
                             bool *changed);

/*
 * Revokes the code of the place `id` and draws another.  YZ_OK, YZ_NOT_FOUND
 * (nothing happened) or an error after which only abort is possible.
 */
yz_status yz_state_batch_reissue(yz_state_batch *batch, yz_span id);

/*
 * Records, as yz_store_record_put(), _delete() and yz_store_tally_add() say.
 * After an error but YZ_NOT_FOUND and YZ_BAD_INPUT only abort is possible.
 */
yz_status yz_state_record_put(yz_state_batch *batch, yz_table table,
                              yz_span key, yz_span value);
yz_status yz_state_record_delete(yz_state_batch *batch, yz_table table,
                                 yz_span key);
yz_status yz_state_tally_add(yz_state_batch *batch, uint32_t number,
                             int32_t count, int32_t sum);

/* Keeps reference data; the same bytes as before are not logged. */
yz_status yz_state_batch_reference(yz_state_batch *batch, yz_span name,
                                   yz_span bytes);

/*
 * Writes the batch to disk, or nothing when nothing changed; *result says
 * what became of it.  No batch is open afterwards, whatever comes out.
 */
yz_status yz_state_batch_commit(yz_state_batch *batch, yz_batch_result *result);
void yz_state_batch_abort(yz_state_batch *batch);

/*
 * Takes the number of the next generation, durably, so that none is used
 * twice; it is at least `least`.  No batch may be open.
 */
yz_status yz_state_generation_take(yz_state *state, uint64_t least,
                                   uint64_t *generation);

#endif
