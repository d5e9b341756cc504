/*
 * The steps of a batch: begin, get, put, commit or abort, with the checks
 * that come before anything is written.  Runs in the writer (the command).
 */
#include "core/calendar.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/place_check.h"
#include "lmdb_schema/store_impl.h"

#include <inttypes.h>

/* Reads the words of the current generation, which limits start from. */
static yz_status
load_words(yz_store *store)
{
    MDB_txn *txn = NULL;
    yz_status status;

    if (store->public.env == NULL || store->public.words_loaded) {
        return YZ_OK;
    }
    status = yz_status_of_lmdb(
        mdb_txn_begin(store->public.env, NULL, MDB_RDONLY, &txn));
    if (status == YZ_OK) {
        status = yz_public_words_load(&store->public, txn);
    }
    yz_txn_abort(&txn);
    return status;
}

yz_status
yz_store_begin(yz_store *store, const yz_batch_info *info)
{
    yz_status status;

    if (store->batch.txn != NULL) {
        return yz_store_fail(store, YZ_BUSY, "a batch is already open");
    }
    if (store->read_only) {
        return yz_store_fail(store, YZ_DENIED, "it is open for reading only");
    }
    yz_txn_abort(&store->kept_read);
    store->failed = YZ_OK;
    status = yz_store_catch_up(store, false);
    if (status != YZ_OK) {
        return status;
    }
    status = load_words(store);
    if (status == YZ_CORRUPT) {
        status = yz_store_catch_up(store, true);
        status = status == YZ_OK ? load_words(store) : status;
    }
    if (status == YZ_OK) {
        status = yz_state_batch_begin(&store->state, info, &store->batch);
    }
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail_at(store, status, "starting a batch");
}

yz_status
yz_store_check_batch(yz_store *store)
{
    if (store->batch.txn == NULL) {
        return yz_store_fail(store, YZ_BAD_INPUT, "no batch is open");
    }
    return store->failed;
}

yz_status
yz_store_place_get(yz_store *store, yz_span id, yz_place *place)
{
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_state_place_get(&store->state, txn, id, place, NULL);
    }
    return status == YZ_OK ? yz_state_tally_get(&store->state, txn, place)
                           : status;
}

yz_status
yz_store_place_put(yz_store *store, const yz_place *place)
{
    yz_status status = yz_store_check_batch(store);
    const char *fault;
    yz_span word;
    bool changed;

    if (status != YZ_OK) {
        return status;
    }
    fault = yz_place_check(place);
    if (fault != NULL) {
        store->failed = YZ_BAD_INPUT;
        return yz_store_fail(store, YZ_BAD_INPUT, "the place '%.*s' %s",
                             place->id.n > 64 ? 64 : (int)place->id.n,
                             place->id.p, fault);
    }
    status = yz_word_limits_admit(&store->limits, &store->public, &store->state,
                                  store->batch.txn, place, &word);
    if (status == YZ_FULL) {
        store->failed = status;
        return yz_store_fail(store, status,
                             "'%.*s' is one word too many: there may be %d "
                             "services and %d kinds",
                             (int)word.n, word.p, YZ_SERVICES_MAX,
                             YZ_KINDS_MAX);
    }
    if (status == YZ_OK) {
        status = yz_state_batch_put(&store->batch, place, &changed);
    }
    if (status != YZ_OK) {
        store->failed = yz_store_fail_at(store, status, "writing a place");
    }
    return store->failed;
}

yz_status
yz_store_words_fit(yz_store *store, const yz_place *place, yz_span *word)
{
    yz_status status = yz_store_check_batch(store);

    return status == YZ_OK ? yz_word_limits_admit(&store->limits,
                                                  &store->public, &store->state,
                                                  store->batch.txn, place, word)
                           : status;
}

yz_status
yz_store_code_reissue(yz_store *store, yz_span id)
{
    yz_status status = yz_store_check_batch(store);

    if (status == YZ_OK) {
        status = yz_state_batch_reissue(&store->batch, id);
        if (status == YZ_NOT_FOUND) {
            return yz_store_fail(store, status, "there is no such place");
        }
        if (status != YZ_OK) {
            store->failed = yz_store_fail_at(store, status, "issuing a code");
            status = store->failed;
        }
    }
    return status;
}

/* Whether the bytes are what the name says. */
static yz_status
check_reference(yz_store *store, yz_span name, yz_span bytes)
{
    uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    yz_region_names names;
    size_t line = 0, size;
    yz_status status;

    if (yz_span_equal(name, YZ_SPAN("regions"))) {
        status = yz_region_names_parse(bytes, &names, &line);
        yz_region_names_free(&names);
    } else if (yz_span_equal(name, YZ_SPAN("holidays"))) {
        status = yz_calendar_compile(bytes, blob, sizeof(blob), &size, &line);
    } else {
        return yz_store_fail(store, YZ_BAD_INPUT,
                             "no reference data has that name");
    }
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail(store, YZ_BAD_INPUT,
                               "reference data %.*s: line %zu is malformed",
                               (int)name.n, name.p, line);
}

yz_status
yz_store_reference_put(yz_store *store, yz_span name, yz_span bytes)
{
    const yz_batch_info info = {.kind = YZ_SPAN("reference"), .source = name};
    yz_batch_result result;
    yz_status status = check_reference(store, name, bytes);

    if (status != YZ_OK) {
        return status;
    }
    if (store->batch.txn == NULL) {
        status = yz_store_begin(store, &info);
        if (status == YZ_OK) {
            status = yz_store_reference_put(store, name, bytes);
            if (status == YZ_OK) {
                return yz_store_commit(store, &result, NULL, NULL);
            }
            yz_store_abort(store);
        }
        return status;
    }
    status = yz_store_check_batch(store);
    if (status == YZ_OK) {
        status = yz_state_batch_reference(&store->batch, name, bytes);
        if (status != YZ_OK) {
            store->failed =
                yz_store_fail_at(store, status, "writing reference data");
            status = store->failed;
        }
    }
    return status;
}

yz_status
yz_store_reference_get(yz_store *store, yz_span name, yz_span *bytes)
{
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    return status == YZ_OK
               ? yz_state_reference_get(&store->state, txn, name, bytes)
               : status;
}

/*
 * Refuses a batch for which the disk is plainly too small, before anything
 * is accepted that then could not be shown.  Measured on 200,000 new places,
 * state, log and public data take 8.5 bytes for each byte logged.
 */
static yz_status
check_room(yz_store *store)
{
    const yz_state_batch *batch = &store->batch;
    uint64_t entries = batch->head.last_seq + 1 - batch->record.first_seq;
    uint64_t need = batch->logged_bytes * 8 + entries * 200;
    uint64_t room;

    if (entries == 0 || !yz_disk_room(store->dir, &room) || room > need) {
        return YZ_OK;
    }
    return yz_store_fail(store, YZ_FULL,
                         "the disk is full: about %" PRIu64 " MB are needed, "
                         "%" PRIu64 " MB are left: %.120s",
                         need / 1000000 + 1, room / 1000000, store->dir);
}

yz_status
yz_store_commit(yz_store *store, yz_batch_result *result,
                yz_store_progress *progress, void *context)
{
    yz_status status = yz_store_check_batch(store);
    char reason[sizeof(store->why)];

    memset(result, 0, sizeof(*result));
    if (status == YZ_OK) {
        status = check_room(store);
    }
    if (status != YZ_OK) {
        yz_store_abort(store);
        return status;
    }
    status = yz_state_batch_commit(&store->batch, result);
    yz_word_limits_free(&store->limits);
    if (status != YZ_OK) {
        return yz_store_fail_at(store, status, "writing the batch");
    }
    if (result->last_seq == 0) {
        return YZ_OK;
    }
    status = yz_store_project(store, false, progress, context);
    if (status != YZ_OK) {
        status = yz_store_fail_at(store, status, "showing it");
        memcpy(reason, store->why, sizeof(reason));
        return yz_store_fail(
            store, status,
            "%s %" PRIu64 " is accepted and will be "
            "shown later; now it failed: %.150s",
            result->batch != 0 ? "batch" : "log entry",
            result->batch != 0 ? result->batch : result->last_seq, reason);
    }
    return YZ_OK;
}

void
yz_store_abort(yz_store *store)
{
    if (store->batch.txn != NULL) {
        yz_state_batch_abort(&store->batch);
    }
    yz_word_limits_free(&store->limits);
    store->failed = YZ_OK;
}
