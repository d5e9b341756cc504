/*
 * The store's past: its batches, and what each of them changed.  Runs in the
 * writer (the command); called for yizhan log, diff and rollback.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/store_impl.h"

#include <stdlib.h>

/* Tells the visitor of one batch. */
static yz_status
visit_batch(const MDB_val *value, yz_batch_visit *visit, void *context)
{
    yz_batch_record record;
    yz_batch batch;
    yz_status status =
        yz_batch_decode((yz_span){value->mv_data, value->mv_size}, &record,
                        &batch.kind, &batch.source, &batch.actor);

    if (status != YZ_OK) {
        return status;
    }
    batch.number = record.number;
    batch.first_seq = record.first_seq;
    batch.last_seq = record.last_seq;
    batch.at_s = record.at_s;
    batch.undoes = record.undoes;
    batch.undone_by = record.undone_by;
    batch.added = record.added;
    batch.changed = record.changed;
    batch.closed = record.closed;
    return visit(context, &batch);
}

yz_status
yz_store_each_batch(yz_store *store, uint32_t limit, yz_batch_visit *visit,
                    void *context)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    MDB_txn *txn;
    uint32_t i;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_cursor_open(txn, store->state.batch, &cursor));
    }
    for (i = 0; status == YZ_OK && i < limit; i++) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_PREV);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        status = rc == 0 ? visit_batch(&value, visit, context)
                         : yz_status_of_lmdb(rc);
    }
    mdb_cursor_close(cursor);
    return status;
}

/* A version of a place with bytes of its own: a visit may put. */
typedef struct {
    uint8_t bytes[YZ_PLACE_ENCODED_MAX];
    yz_place place;
} version;

static yz_status
keep_version(version *kept, const void *bytes, size_t size)
{
    if (size > sizeof(kept->bytes)) {
        return YZ_CORRUPT;
    }
    memcpy(kept->bytes, bytes, size);
    return yz_place_decode(kept->bytes, size, &kept->place);
}

/* The three versions that a visit sees. */
typedef struct {
    version before;
    version made;
    version now;
    bool added; /* there is no before */
} change;

/*
 * Goes back from entry `seq` of a place to its newest version at or before
 * `last`.  YZ_NOT_FOUND: there was none yet.
 */
static yz_status
find_version(yz_store *store, MDB_txn *txn, uint64_t seq, uint64_t last,
             yz_log_entry *entry)
{
    while (seq > last) {
        yz_status status = yz_log_get(&store->state, txn, seq, entry);

        if (status != YZ_OK) {
            return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
        }
        seq = entry->head.prev_seq;
    }
    if (seq == 0) {
        return YZ_NOT_FOUND;
    }
    return yz_log_get(&store->state, txn, seq, entry);
}

/*
 * Fills *found for the place of log entry `entry` when that is the last one
 * of the batch for it; YZ_NOT_FOUND when it is not.
 */
static yz_status
read_change(yz_store *store, MDB_txn *txn, const yz_batch_record *record,
            const yz_log_entry *entry, change *found)
{
    yz_log_entry other;
    yz_span bytes = {"", 0};
    yz_place place, now;
    yz_status status = yz_log_place(entry, &place);

    found->added = false;
    if (status == YZ_OK) {
        status = yz_state_place_get(&store->state, txn, place.id, &now, &bytes);
        status = status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }
    if (status == YZ_OK) {
        status = keep_version(&found->now, bytes.p, bytes.n);
    }
    if (status == YZ_OK) {
        status =
            find_version(store, txn, now.changed_seq, record->last_seq, &other);
    }
    if (status != YZ_OK || other.head.seq != entry->head.seq) {
        return status == YZ_OK ? YZ_NOT_FOUND : status;
    }
    status =
        keep_version(&found->made, entry->payload, entry->head.payload_size);
    if (status == YZ_OK) {
        status = find_version(store, txn, entry->head.seq,
                              record->first_seq - 1, &other);
        found->added = status == YZ_NOT_FOUND;
        if (status == YZ_OK) {
            status = keep_version(&found->before, other.payload,
                                  other.head.payload_size);
        }
    }
    return found->added ? YZ_OK : status;
}

/* Visits the change that one log entry made, if it made one. */
static yz_status
visit_entry(yz_store *store, MDB_txn *txn, const yz_batch_record *record,
            uint64_t seq, change *found, yz_change_visit *visit, void *context)
{
    yz_log_entry entry;
    yz_status status = yz_log_get(&store->state, txn, seq, &entry);

    if (status == YZ_NOT_FOUND) {
        return YZ_CORRUPT;
    }
    if (status != YZ_OK ||
        (entry.head.op != YZ_LOG_PLACE && entry.head.op != YZ_LOG_CODE)) {
        return status;
    }
    status = read_change(store, txn, record, &entry, found);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    return visit(context, found->added ? NULL : &found->before.place,
                 &found->made.place, &found->now.place);
}

yz_status
yz_store_each_change(yz_store *store, uint64_t batch, yz_change_visit *visit,
                     void *context)
{
    change *found = malloc(sizeof(*found));
    yz_batch_record record;
    yz_span value;
    MDB_txn *txn = NULL;
    uint64_t seq;
    yz_status status = found == NULL ? YZ_NOMEM : yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_state_batch_get(&store->state, txn, batch, &record, &value);
    }
    for (seq = status == YZ_OK ? record.first_seq : 1;
         status == YZ_OK && seq <= record.last_seq; seq++) {
        status = visit_entry(store, txn, &record, seq, found, visit, context);
    }
    free(found);
    return status;
}

yz_status
yz_store_changed_since(yz_store *store, uint64_t seq, uint64_t *count)
{
    yz_log_entry entry;
    uint64_t last_seq;
    MDB_txn *txn;
    yz_status status = yz_store_last_seq(store, &last_seq);

    *count = 0;
    if (status == YZ_OK) {
        status = yz_store_view(store, &txn);
    }
    while (status == YZ_OK && seq < last_seq) {
        status = yz_log_get(&store->state, txn, ++seq, &entry);
        if (status == YZ_OK &&
            (entry.head.op == YZ_LOG_PLACE || entry.head.op == YZ_LOG_CODE)) {
            (*count)++;
        }
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}
