/*
 * Changing records of the private environment, each with its log entry where
 * the table has one.  Runs in the writer only; called by the store.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/state_write.h"

/*
 * Puts a record that is not logged.  Key and value pass through the buffer:
 * the caller's may lie in pages that writing moves.
 */
static yz_status
put_plain(yz_state_batch *batch, yz_table table, yz_span key, yz_span value)
{
    uint8_t *copy = yz_log_payload(&batch->buffer, key.n + value.n);
    MDB_val at = {key.n, copy}, bytes = {value.n, NULL};

    if (copy == NULL) {
        return YZ_NOMEM;
    }
    memcpy(copy, key.p, key.n);
    if (value.n > 0) {
        memcpy(copy + key.n, value.p, value.n);
    }
    bytes.mv_data = copy + key.n;
    batch->unlogged = true;
    return yz_status_of_lmdb(
        mdb_put(batch->txn, batch->state->records[table], &at, &bytes, 0));
}

/*
 * Puts the head of a log entry's payload, the key and room for the value
 * into the buffer; NULL without memory.
 */
static uint8_t *
begin_payload(yz_state_batch *batch, yz_table table, yz_span key, size_t room)
{
    yz_log_record head = {(uint16_t)table, (uint16_t)key.n};
    uint8_t *payload =
        yz_log_payload(&batch->buffer, sizeof(head) + key.n + room);

    if (payload != NULL) {
        memcpy(payload, &head, sizeof(head));
        memcpy(payload + sizeof(head), key.p, key.n);
    }
    return payload;
}

/*
 * Logs a record and puts it.  Key and value are taken from the payload: the
 * caller's may lie in pages that writing moves.
 */
static yz_status
put_logged(yz_state_batch *batch, yz_table table, yz_span key, yz_span value,
           uint64_t prev_seq)
{
    uint64_t seq = batch->head.last_seq + 1;
    size_t head_size = sizeof(yz_log_record) + key.n;
    uint8_t *payload = begin_payload(batch, table, key, value.n);
    MDB_val at, bytes = {sizeof(seq) + value.n, NULL};
    yz_status status;

    if (payload == NULL) {
        return YZ_NOMEM;
    }
    if (value.n > 0) {
        memcpy(payload + head_size, value.p, value.n);
    }
    status = yz_state_batch_append(batch, YZ_LOG_RECORD, prev_seq,
                                   head_size + value.n);
    if (status != YZ_OK) {
        return status;
    }
    at = (MDB_val){key.n, payload + sizeof(yz_log_record)};
    status = yz_status_of_lmdb(mdb_put(batch->txn, batch->state->records[table],
                                       &at, &bytes, MDB_RESERVE));
    if (status == YZ_OK) {
        memcpy(bytes.mv_data, &seq, sizeof(seq));
        memcpy((uint8_t *)bytes.mv_data + sizeof(seq), payload + head_size,
               value.n);
    }
    return status;
}

yz_status
yz_state_record_put(yz_state_batch *batch, yz_table table, yz_span key,
                    yz_span value)
{
    yz_span old;
    uint64_t prev_seq = 0;
    yz_status status;

    if (value.n > YZ_RECORD_VALUE_MAX) {
        return YZ_BAD_INPUT;
    }
    status = yz_state_record_get(batch->state, batch->txn, table, key, &old,
                                 &prev_seq);
    if (status == YZ_OK && yz_span_equal(old, value)) {
        return YZ_OK;
    }
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    return yz_table_logged(table)
               ? put_logged(batch, table, key, value, prev_seq)
               : put_plain(batch, table, key, value);
}

yz_status
yz_state_record_delete(yz_state_batch *batch, yz_table table, yz_span key)
{
    uint8_t copy[YZ_RECORD_KEY_MAX];
    MDB_val at = {key.n, copy};
    yz_span old;
    uint64_t prev_seq = 0;
    yz_status status = yz_state_record_get(batch->state, batch->txn, table, key,
                                           &old, &prev_seq);

    if (status != YZ_OK) {
        return status;
    }
    memcpy(copy, key.p, key.n);
    if (yz_table_logged(table)) {
        if (begin_payload(batch, table, key, 0) == NULL) {
            return YZ_NOMEM;
        }
        status = yz_state_batch_append(batch, YZ_LOG_GONE, prev_seq,
                                       sizeof(yz_log_record) + key.n);
        if (status != YZ_OK) {
            return status;
        }
    } else {
        batch->unlogged = true;
    }
    status = yz_status_of_lmdb(
        mdb_del(batch->txn, batch->state->records[table], &at, NULL));
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

yz_status
yz_state_tally_add(yz_state_batch *batch, uint32_t number, int32_t count,
                   int32_t sum)
{
    yz_place place;
    yz_tally_value tally;
    uint8_t key[4];
    int64_t new_count, new_sum;
    yz_status status =
        yz_state_number_get(batch->state, batch->txn, number, &place);

    if (status == YZ_OK) {
        status = yz_state_tally_get(batch->state, batch->txn, &place);
    }
    if (status != YZ_OK) {
        return status;
    }
    new_count = (int64_t)place.rating_count + count;
    new_sum = (int64_t)place.rating_sum + sum;
    if (new_count < 0 || new_count > UINT32_MAX || new_sum < new_count ||
        new_sum > 5 * new_count || new_sum > UINT32_MAX) {
        return YZ_BAD_INPUT;
    }
    tally = (yz_tally_value){(uint32_t)new_count, (uint32_t)new_sum};
    yz_put_u32_be(key, number);
    return put_plain(batch, YZ_TABLE_TALLY, (yz_span){(char *)key, sizeof(key)},
                     (yz_span){(char *)&tally, sizeof(tally)});
}
