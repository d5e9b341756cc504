/*
 * What opening the store finds of public data, and mends: a generation that
 * is damaged, lost or behind, keys that are missing; everything mended is
 * noted.  Runs in the writer (the command); the store calls
 * yz_store_bring_up().
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/store_impl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Where state and public data are, before anything is mended. */
typedef struct {
    yz_state_head head;
    yz_status found;     /* of opening public data */
    uint64_t shown_seq;  /* newest log entry that public data shows, or 0 */
    uint64_t generation; /* 0: none was opened */
} positions;

/* Adds a sentence to what operators should read. */
static void __attribute__((format(printf, 2, 3)))
add_notice(yz_store *store, const char *format, ...)
{
    size_t n = strlen(store->notice);
    va_list arguments;

    if (n > 0 && n + 2 < sizeof(store->notice)) {
        memcpy(store->notice + n, "; ", 3);
        n += 2;
    }
    va_start(arguments, format);
    vsnprintf(store->notice + n, sizeof(store->notice) - n, format, arguments);
    va_end(arguments);
}

static yz_status
cover_region(void *context, const yz_place *place)
{
    yz_keys_cover(context, place->region);
    return YZ_OK;
}

/* Makes read.keys again from the whole state after it was lost. */
static yz_status
restore_keys(yz_store *store)
{
    MDB_txn *txn = NULL;
    yz_status status = yz_state_begin_read(&store->state, &txn);

    if (status == YZ_OK) {
        status =
            yz_state_each_place(&store->state, txn, cover_region, &store->keys);
    }
    yz_txn_abort(&txn);
    return status == YZ_OK ? yz_keys_flush(&store->keys) : status;
}

/* Opens keys and key ring. */
static yz_status
open_keys(yz_store *store, const positions *before)
{
    char path[YZ_PATH_MAX];
    unsigned line = 0;
    yz_status status = yz_keys_open(store->dir, &store->keys);

    if (status == YZ_OK) {
        status = yz_path_join(path, store->dir, YZ_FILE_READ_KEYS);
    }
    if (status == YZ_OK) {
        status = yz_keyring_load(path, &store->ring, &line);
    }
    if (status != YZ_OK) {
        return yz_store_fail_at(store, status, "opening keys");
    }
    if (!store->keys.lost) {
        return YZ_OK;
    }
    status = restore_keys(store);
    if (status != YZ_OK) {
        return yz_store_fail_at(store, status, "restoring keys");
    }
    if (before->head.last_seq > 0) {
        add_notice(store, YZ_FILE_READ_KEYS
                   " was missing or damaged; it was made again");
    }
    return YZ_OK;
}

/* The newest log entry that the open generation shows. */
static yz_status
read_shown(const yz_public *public, uint64_t *shown_seq)
{
    MDB_txn *txn = NULL;
    yz_status status =
        yz_status_of_lmdb(mdb_txn_begin(public->env, NULL, MDB_RDONLY, &txn));

    if (status == YZ_OK) {
        status = yz_public_meta_get(public, txn, YZ_META_APPLIED_SEQ, shown_seq,
                                    sizeof(*shown_seq));
    }
    yz_txn_abort(&txn);
    return status;
}

/*
 * Opens the generation that serves.  What has no use is built again; what the
 * system refuses is not.
 */
static yz_status
open_public(yz_store *store, positions *at)
{
    yz_public *public = &store->public;

    at->found = yz_generation_open(store->public_dir, public);
    if (at->found == YZ_OK) {
        at->generation = public->generation;
        at->found = read_shown(public, &at->shown_seq);
        if (at->found != YZ_OK) {
            yz_public_close(public);
        }
    }
    switch (at->found) {
    case YZ_OK:
    case YZ_NOT_FOUND:
    case YZ_FORMAT:
    case YZ_CORRUPT:
        return YZ_OK;
    default:
        return yz_store_fail_at(store, at->found, "opening public data");
    }
}

static yz_status
find_positions(yz_store *store, positions *at)
{
    MDB_txn *txn = NULL;
    yz_status status = yz_state_begin_read(&store->state, &txn);

    memset(at, 0, sizeof(*at));
    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, txn, &at->head);
    }
    yz_txn_abort(&txn);
    if (status != YZ_OK) {
        return yz_store_fail_at(store, status, "reading the state");
    }
    return open_public(store, at);
}

/* Notes what bringing public data up from `before` has mended. */
static void
note_mended(yz_store *store, const positions *before)
{
    uint64_t last_seq = before->head.last_seq;
    uint64_t generation = store->public.generation;

    if (last_seq == 0 || store->public.env == NULL) {
        return;
    }
    if (before->found != YZ_OK) {
        /* The first batch may have been interrupted before it showed. */
        bool lost = before->head.next_batch > 2;

        store->public_mended = before->found != YZ_NOT_FOUND || lost;
        add_notice(store,
                   "public data was %s; generation %" PRIu64
                   " was built from the state instead",
                   before->found == YZ_CORRUPT  ? "damaged"
                   : before->found == YZ_FORMAT ? "of another format"
                   : lost                       ? "lost"
                                                : "not there",
                   generation);
    } else if (before->shown_seq < last_seq) {
        add_notice(store,
                   "public data was behind the state (log %" PRIu64
                   ", public showed %" PRIu64 ") and was brought up to date",
                   last_seq, before->shown_seq);
    } else if (before->generation != generation) {
        add_notice(store,
                   "public data did not fit state and keys; generation "
                   "%" PRIu64 " was built from the state instead",
                   generation);
    }
}

yz_status
yz_store_bring_up(yz_store *store)
{
    positions before;
    yz_status status = find_positions(store, &before);
    bool older = status == YZ_OK && before.shown_seq > before.head.last_seq;

    /* Nothing of it may be projected: places would go, and codes with them. */
    if (older && !store->for_rebuild) {
        return yz_store_fail(store, YZ_CORRUPT,
                             "the state in %.100s/private is older than what "
                             "is served (log %" PRIu64 ", public shows %" PRIu64
                             "): restore %.100s/private from a backup, or, to "
                             "serve what the state holds, run yizhan rebuild",
                             store->dir, before.head.last_seq, before.shown_seq,
                             store->dir);
    }
    if (status == YZ_OK) {
        status = open_keys(store, &before);
    }
    if (status != YZ_OK || older) {
        return status;
    }
    status = yz_store_catch_up(store, false);
    if (status == YZ_OK) {
        note_mended(store, &before);
    }
    if (status == YZ_FULL) {
        /* State and history can still be read; a batch tries again. */
        add_notice(store, "%s", store->why);
        return YZ_OK;
    }
    return status;
}
