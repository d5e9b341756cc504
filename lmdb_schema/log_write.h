/*
 * Appending to the log.  Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_LOG_WRITE_H
#define YZ_SCHEMA_LOG_WRITE_H

#include "lmdb_schema/state.h"

/* Room for one entry: head, payload and hash in one piece. */
typedef struct {
    uint8_t *bytes;
    size_t cap;
} yz_log_buffer;

/*
 * Where to write a payload of up to `cap` bytes before yz_log_append(); NULL
 * without memory.  Valid until the next call with the same buffer.
 */
uint8_t *yz_log_payload(yz_log_buffer *buffer, size_t cap);

/*
 * Appends the entry whose payload of `size` bytes is in `buffer`: number,
 * time and hash follow *head, which moves on.
 *
 * entry: op, batch, prev_seq and actor are the caller's; the rest is filled.
 * YZ_OK, YZ_FULL, YZ_IO or YZ_NOMEM.
 */
yz_status yz_log_append(const yz_state *state, MDB_txn *txn,
                        yz_state_head *head, yz_log_buffer *buffer,
                        yz_log_head entry, size_t size);

void yz_log_buffer_free(yz_log_buffer *buffer);

#endif
