/*
 * Reading records of the private environment.  Runs in the writer and in
 * commands that read; called by the store, the projection and verify.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/state.h"

/* Takes the number of the log entry off a value of a logged table. */
static yz_status
take_seq(yz_table table, const MDB_val *stored, yz_span *value, uint64_t *seq)
{
    uint64_t made = 0;

    *value = (yz_span){stored->mv_data, stored->mv_size};
    if (yz_table_logged(table)) {
        if (value->n < sizeof(made)) {
            return YZ_CORRUPT;
        }
        memcpy(&made, value->p, sizeof(made));
        value->p += sizeof(made);
        value->n -= sizeof(made);
    }
    if (seq != NULL) {
        *seq = made;
    }
    return YZ_OK;
}

yz_status
yz_state_record_get(const yz_state *state, MDB_txn *txn, yz_table table,
                    yz_span key, yz_span *value, uint64_t *seq)
{
    MDB_val at = {key.n, (void *)key.p}, stored;
    int rc;

    if (!yz_table_known(table) || key.n == 0 || key.n > YZ_RECORD_KEY_MAX) {
        return YZ_BAD_INPUT;
    }
    rc = mdb_get(txn, state->records[table], &at, &stored);
    return rc == 0 ? take_seq(table, &stored, value, seq)
                   : yz_status_of_lmdb(rc);
}

/* The largest key that begins with `prefix`, plus one; false: there is none
   larger. */
static bool
end_of_prefix(yz_span prefix, uint8_t *end)
{
    size_t n = prefix.n;

    memcpy(end, prefix.p, n);
    while (n > 0 && ++end[n - 1] == 0) {
        n--;
    }
    return n > 0;
}

/* Places the cursor on the last record that may come; rc of LMDB. */
static int
seek_last(MDB_cursor *cursor, const yz_record_range *range, MDB_val *key,
          MDB_val *value)
{
    uint8_t end[YZ_RECORD_KEY_MAX];
    bool exact = range->from.n > 0;
    int rc = MDB_NOTFOUND;

    if (exact) {
        *key = (MDB_val){range->from.n, (void *)range->from.p};
        rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
        if (rc == 0 &&
            yz_span_equal((yz_span){key->mv_data, key->mv_size}, range->from)) {
            return 0;
        }
    } else if (range->prefix.n > 0 && end_of_prefix(range->prefix, end)) {
        *key = (MDB_val){range->prefix.n, end};
        rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    }
    if (rc != 0 && rc != MDB_NOTFOUND) {
        return rc;
    }
    return mdb_cursor_get(cursor, key, value, rc == 0 ? MDB_PREV : MDB_LAST);
}

static int
seek_first(MDB_cursor *cursor, const yz_record_range *range, MDB_val *key,
           MDB_val *value)
{
    yz_span from = range->from.n > 0 ? range->from : range->prefix;

    if (from.n == 0) {
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    }
    *key = (MDB_val){from.n, (void *)from.p};
    return mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
}

yz_status
yz_state_record_each(const yz_state *state, MDB_txn *txn,
                     const yz_record_range *range, yz_record_visit *visit,
                     void *context)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, stored;
    yz_status status;
    int rc;

    if (!yz_table_known(range->table) || range->prefix.n > YZ_RECORD_KEY_MAX ||
        range->from.n > YZ_RECORD_KEY_MAX) {
        return YZ_BAD_INPUT;
    }
    rc = mdb_cursor_open(txn, state->records[range->table], &cursor);
    if (rc == 0) {
        rc = range->newest_first ? seek_last(cursor, range, &key, &stored)
                                 : seek_first(cursor, range, &key, &stored);
    }
    status = YZ_OK;
    while (rc == 0 && status == YZ_OK) {
        yz_span value;
        uint64_t seq;

        if (key.mv_size < range->prefix.n ||
            !yz_span_equal((yz_span){key.mv_data, range->prefix.n},
                           range->prefix)) {
            break;
        }
        status = take_seq(range->table, &stored, &value, &seq);
        if (status == YZ_OK) {
            status =
                visit(context, (yz_span){key.mv_data, key.mv_size}, value, seq);
        }
        if (status == YZ_OK) {
            rc = mdb_cursor_get(cursor, &key, &stored,
                                range->newest_first ? MDB_PREV : MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    return rc == 0 || rc == MDB_NOTFOUND ? status : yz_status_of_lmdb(rc);
}

yz_status
yz_state_tally_get(const yz_state *state, MDB_txn *txn, yz_place *place)
{
    yz_tally_value tally;
    uint8_t key[4];
    yz_span value;
    yz_status status;

    yz_put_u32_be(key, place->number);
    status =
        yz_state_record_get(state, txn, YZ_TABLE_TALLY,
                            (yz_span){(char *)key, sizeof(key)}, &value, NULL);
    place->rating_count = 0;
    place->rating_sum = 0;
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    if (value.n != sizeof(tally)) {
        return YZ_CORRUPT;
    }
    memcpy(&tally, value.p, sizeof(tally));
    place->rating_count = tally.count;
    place->rating_sum = tally.sum;
    return YZ_OK;
}
