/*
 * Records, tallies and actors of the open batch.  Runs in the writer; called
 * by the daemon's rules.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/store_impl.h"

#include <time.h>

void
yz_store_act(yz_store *store, const yz_actor *actor)
{
    store->batch.actor = *actor;
}

int64_t
yz_store_now_s(const yz_store *store)
{
    return store->batch.txn != NULL ? store->batch.head.last_time_s
                                    : (int64_t)time(NULL);
}

yz_status
yz_store_record_get(yz_store *store, yz_table table, yz_span key,
                    yz_span *value, uint64_t *seq)
{
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    return status == YZ_OK
               ? yz_state_record_get(&store->state, txn, table, key, value, seq)
               : status;
}

/* What a failed put makes of the batch. */
static yz_status
note(yz_store *store, yz_status status, const char *what)
{
    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        return status;
    }
    if (status == YZ_BAD_INPUT) {
        return yz_store_fail(store, status, "%s: it breaks a rule", what);
    }
    store->failed = yz_store_fail_at(store, status, what);
    return store->failed;
}

yz_status
yz_store_record_put(yz_store *store, yz_table table, yz_span key, yz_span value)
{
    yz_status status = yz_store_check_batch(store);

    return status == YZ_OK
               ? note(store,
                      yz_state_record_put(&store->batch, table, key, value),
                      "writing a record")
               : status;
}

yz_status
yz_store_record_delete(yz_store *store, yz_table table, yz_span key)
{
    yz_status status = yz_store_check_batch(store);

    return status == YZ_OK
               ? note(store, yz_state_record_delete(&store->batch, table, key),
                      "deleting a record")
               : status;
}

yz_status
yz_store_record_each(yz_store *store, yz_table table, yz_span prefix,
                     yz_span from, bool newest_first, yz_record_visit *visit,
                     void *context)
{
    const yz_record_range range = {table, prefix, from, newest_first};
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    return status == YZ_OK ? yz_state_record_each(&store->state, txn, &range,
                                                  visit, context)
                           : status;
}

/* The largest key's leading number. */
typedef struct {
    bool four;
    uint64_t number;
} largest;

static yz_status
take_largest(void *context, yz_span key, yz_span value, uint64_t seq)
{
    largest *found = context;

    (void)value;
    (void)seq;
    if (key.n < (found->four ? 4u : 8u)) {
        return YZ_CORRUPT;
    }
    found->number = found->four ? yz_get_u32_be(key.p) : yz_get_u64_be(key.p);
    return YZ_BUSY; /* one is enough */
}

yz_status
yz_store_record_next(yz_store *store, yz_table table, bool four,
                     uint64_t *number)
{
    largest found = {four, 0};
    yz_status status = yz_store_record_each(
        store, table, YZ_SPAN(""), YZ_SPAN(""), true, take_largest, &found);

    if (status != YZ_OK && status != YZ_BUSY) {
        return status;
    }
    if (found.number >= (four ? UINT32_MAX : UINT64_MAX)) {
        return YZ_FULL;
    }
    *number = found.number + 1;
    return YZ_OK;
}

yz_status
yz_store_tally_add(yz_store *store, uint32_t number, int32_t count, int32_t sum)
{
    yz_status status = yz_store_check_batch(store);

    return status == YZ_OK
               ? note(store,
                      yz_state_tally_add(&store->batch, number, count, sum),
                      "counting a rating")
               : status;
}

yz_status
yz_store_place_by_number(yz_store *store, uint32_t number, yz_place *place)
{
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_state_number_get(&store->state, txn, number, place);
    }
    return status == YZ_OK ? yz_state_tally_get(&store->state, txn, place)
                           : status;
}
