/*
 * Appends entries to the log, each chained to the one before.  Runs in the
 * writer only; called by the state's batches.
 */
#include "lmdb_schema/log_write.h"
#include "lmdb_schema/env.h"

#include <stdlib.h>

uint8_t *
yz_log_payload(yz_log_buffer *buffer, size_t cap)
{
    size_t all = sizeof(yz_log_head) + cap + YZ_HASH_SIZE;

    if (buffer->cap < all) {
        uint8_t *grown = realloc(buffer->bytes, all);

        if (grown == NULL) {
            return NULL;
        }
        buffer->bytes = grown;
        buffer->cap = all;
    }
    return buffer->bytes + sizeof(yz_log_head);
}

yz_status
yz_log_append(const yz_state *state, MDB_txn *txn, yz_state_head *head,
              yz_log_buffer *buffer, yz_log_head entry, size_t size)
{
    size_t hashed = sizeof(entry) + size;
    uint8_t key_bytes[8];
    MDB_val key = {sizeof(key_bytes), key_bytes};
    MDB_val value = {hashed + YZ_HASH_SIZE, buffer->bytes};
    yz_status status;

    entry.seq = head->last_seq + 1;
    entry.at_s = head->last_time_s;
    entry.payload_size = (uint32_t)size;
    memcpy(buffer->bytes, &entry, sizeof(entry));
    status = yz_chain_step(state->chain, head->chain, buffer->bytes, hashed,
                           head->chain);
    if (status != YZ_OK) {
        return status;
    }
    memcpy(buffer->bytes + hashed, head->chain, YZ_HASH_SIZE);
    yz_log_key(entry.seq, key_bytes);
    status =
        yz_status_of_lmdb(mdb_put(txn, state->log, &key, &value, MDB_APPEND));
    if (status == YZ_OK) {
        head->last_seq = entry.seq;
    }
    return status;
}

void
yz_log_buffer_free(yz_log_buffer *buffer)
{
    free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->cap = 0;
}
