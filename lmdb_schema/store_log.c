/*
 * Reading the log and the issued codes.  Runs in the writer; called by the
 * daemon for the audit and for the history of codes.
 */
#include "lmdb_schema/store_log.h"

#include "lmdb_schema/env.h"
#include "lmdb_schema/store_impl.h"

/* The name in front of reference data. */
static yz_status
take_reference(const yz_log_entry *raw, yz_store_entry *entry)
{
    uint16_t size;

    if (raw->head.payload_size < sizeof(size)) {
        return YZ_CORRUPT;
    }
    memcpy(&size, raw->payload, sizeof(size));
    if (size > raw->head.payload_size - sizeof(size)) {
        return YZ_CORRUPT;
    }
    entry->key = (yz_span){(const char *)raw->payload + sizeof(size), size};
    return YZ_OK;
}

static yz_status
take_record(const yz_log_entry *raw, yz_store_entry *entry)
{
    yz_log_record record;
    yz_status status =
        yz_log_record_of(raw, &record, &entry->key, &entry->value);

    entry->table = (yz_table)record.table;
    return status;
}

static yz_status
take_batch(const yz_log_entry *raw, yz_store_entry *entry)
{
    const yz_span value = {(const char *)raw->payload, raw->head.payload_size};
    yz_batch_record record;
    yz_span source, actor;

    return yz_batch_decode(value, &record, &entry->kind, &source, &actor);
}

static yz_status
take_apart(const yz_log_entry *raw, yz_store_entry *entry)
{
    *entry = (yz_store_entry){.seq = raw->head.seq,
                              .at_s = raw->head.at_s,
                              .batch = raw->head.batch,
                              .op = (yz_log_op)raw->head.op,
                              .actor = raw->head.actor};
    switch (entry->op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        return yz_log_place(raw, &entry->place);
    case YZ_LOG_REFERENCE:
        return take_reference(raw, entry);
    case YZ_LOG_BATCH:
        return take_batch(raw, entry);
    case YZ_LOG_RECORD:
    case YZ_LOG_GONE:
        return take_record(raw, entry);
    }
    return YZ_CORRUPT;
}

/* The numbers of the oldest and of the newest entry; both 0 for none. */
static yz_status
bounds(yz_store *store, MDB_txn *txn, uint64_t *first, uint64_t *last)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_state_head head;
    yz_status status = YZ_OK;
    int rc = mdb_cursor_open(txn, store->state.log, &cursor);

    *first = *last = 0;
    rc = rc == 0 ? mdb_cursor_get(cursor, &key, &value, MDB_FIRST) : rc;
    if (rc == 0 && key.mv_size == 8) {
        *first = yz_get_u64_be(key.mv_data);
    }
    mdb_cursor_close(cursor);
    if (rc != 0 || *first == 0) {
        return rc == MDB_NOTFOUND ? YZ_OK
               : rc != 0          ? yz_status_of_lmdb(rc)
                                  : YZ_CORRUPT;
    }
    if (*first > 1) {
        status = yz_archive_first(store->state.archive, *first - 1, first);
    }
    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, txn, &head);
    }
    *last = status == YZ_OK ? head.last_seq : 0;
    return status;
}

/* An entry that must be there. */
static yz_status
get(yz_store *store, MDB_txn *txn, uint64_t seq, yz_log_entry *raw)
{
    yz_status status = yz_log_get(&store->state, txn, seq, raw);

    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

yz_status
yz_store_each_entry(yz_store *store, uint64_t from, yz_entry_visit *visit,
                    void *context)
{
    uint64_t first, last;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = bounds(store, txn, &first, &last);
    }
    if (status != YZ_OK || last == 0) {
        return status;
    }
    for (uint64_t seq = from > first ? from : first;
         status == YZ_OK && seq <= last; seq++) {
        yz_store_entry entry;
        yz_log_entry raw;

        status = get(store, txn, seq, &raw);
        if (status == YZ_OK) {
            status = take_apart(&raw, &entry);
        }
        if (status == YZ_OK) {
            status = visit(context, &entry);
        }
    }
    return status;
}

/* Times never go back in the log. */
yz_status
yz_store_entry_since(yz_store *store, int64_t at_s, uint64_t *seq)
{
    uint64_t low, last, high;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    *seq = 1;
    if (status == YZ_OK) {
        status = bounds(store, txn, &low, &last);
    }
    if (status != YZ_OK || last == 0) {
        return status;
    }
    high = last + 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        yz_log_entry raw;

        status = get(store, txn, middle, &raw);
        if (status != YZ_OK) {
            return status;
        }
        if (raw.head.at_s < at_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *seq = low;
    return YZ_OK;
}

static yz_status
visit_code(const MDB_val *key, const MDB_val *value, yz_span id,
           yz_code_visit *visit, void *context)
{
    yz_issued_code issued;
    yz_store_code code;

    if (key->mv_size != YZ_CODE_LENGTH || value->mv_size <= sizeof(issued)) {
        return YZ_CORRUPT;
    }
    if (!yz_span_equal(id,
                       (yz_span){(const char *)value->mv_data + sizeof(issued),
                                 value->mv_size - sizeof(issued)})) {
        return YZ_OK;
    }
    memcpy(&issued, value->mv_data, sizeof(issued));
    memcpy(code.code, key->mv_data, YZ_CODE_LENGTH);
    code.code[YZ_CODE_LENGTH] = '\0';
    code.issued_at_s = issued.issued_at_s;
    code.revoked = issued.revoked != 0;
    return visit(context, &code);
}

yz_status
yz_store_each_code(yz_store *store, yz_span id, yz_code_visit *visit,
                   void *context)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status =
            yz_status_of_lmdb(mdb_cursor_open(txn, store->state.code, &cursor));
    }
    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        status = rc == 0 ? visit_code(&key, &value, id, visit, context)
                         : yz_status_of_lmdb(rc);
    }
    mdb_cursor_close(cursor);
    return status;
}
