/*
 * The store as a second process sees it: opened for reading, beside a writer
 * or without one.  Runs in the command; others call yz_store_open_read() and
 * yz_store_refresh(), and verify.c yz_store_read_pair().
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/store_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How long the two snapshots are looked for, and the pause in between. */
#define PAIR_TRIES 5000
#define PAIR_PAUSE_NS 2000000L

static yz_status
open_state(yz_store *store)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, store->dir, YZ_DIR_PRIVATE);

    if (status == YZ_OK) {
        status = yz_state_open_read(path, &store->state);
    }
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail(store, status, "opening the state: %s: %.120s",
                               yz_status_text(status), store->dir);
}

yz_status
yz_store_open_read(const char *dir, yz_store **store, yz_store_error *error)
{
    yz_store *opened = calloc(1, sizeof(*opened));
    size_t n = strlen(dir);
    yz_status status;

    *store = NULL;
    error->text[0] = '\0';
    if (opened == NULL) {
        snprintf(error->text, sizeof(error->text), "no memory");
        return YZ_NOMEM;
    }
    opened->lock_fd = -1;
    opened->read_only = true;
    while (n > 1 && dir[n - 1] == '/') {
        n--;
    }
    status = n == 0 || n >= sizeof(opened->dir) ? YZ_BAD_INPUT : YZ_OK;
    if (status == YZ_OK) {
        memcpy(opened->dir, dir, n);
        status = yz_path_join(opened->public_dir, opened->dir, YZ_DIR_PUBLIC);
    }
    status = status == YZ_OK
                 ? open_state(opened)
                 : yz_store_fail(opened, status,
                                 "the directory's name is empty or too long");
    if (status != YZ_OK) {
        snprintf(error->text, sizeof(error->text), "%s", opened->why);
        yz_store_close(opened);
        return status;
    }
    *store = opened;
    return YZ_OK;
}

void
yz_store_refresh(yz_store *store)
{
    yz_txn_abort(&store->kept_read);
}

yz_status
yz_store_last_seq(yz_store *store, uint64_t *seq)
{
    yz_state_head head;
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, txn, &head);
    }
    *seq = status == YZ_OK ? head.last_seq : 0;
    return status;
}

/* Reads the key ring, and from it which regions have a key. */
static yz_status
read_keys(yz_store *store)
{
    char path[YZ_PATH_MAX];
    uint8_t tag[YZ_TAG_SIZE];
    uint8_t key_id;
    unsigned line = 0;
    uint32_t code;
    yz_status status = yz_path_join(path, store->dir, YZ_FILE_READ_KEYS);

    yz_keyring_free(store->ring);
    store->ring = NULL;
    if (status == YZ_OK) {
        status = yz_keyring_load(path, &store->ring, &line);
    }
    for (code = 0; status == YZ_OK && code < YZ_REGIONS4; code++) {
        store->keys.has[code] =
            yz_keyring_scan_tag(store->ring, code * 100, (yz_span){"", 0},
                                &key_id, tag) == YZ_OK;
    }
    return status;
}

/* What a generation that was opened shows, and whether it still serves. */
static yz_status
begin_public(yz_store *store, MDB_txn **txn, uint64_t *shown_seq)
{
    uint64_t successor;
    yz_status status = yz_status_of_lmdb(
        mdb_txn_begin(store->public.env, NULL, MDB_RDONLY, txn));

    if (status == YZ_OK) {
        status = yz_public_meta_get(&store->public, *txn, YZ_META_APPLIED_SEQ,
                                    shown_seq, sizeof(*shown_seq));
    }
    if (status == YZ_OK &&
        yz_public_meta_get(&store->public, *txn, YZ_META_SUPERSEDED_BY,
                           &successor, sizeof(successor)) == YZ_OK) {
        status = YZ_BUSY;
    }
    if (status != YZ_OK) {
        yz_txn_abort(txn);
    }
    return status;
}

/* Opens the generation that serves, unless it is open. */
static yz_status
open_public(yz_store *store)
{
    yz_status status;

    if (store->public.env != NULL) {
        return YZ_OK;
    }
    status = yz_generation_open_read(store->public_dir, &store->public);
    return status == YZ_OK ? read_keys(store) : status;
}

/*
 * One attempt: state first, then public data, which may show more by then.
 * YZ_BUSY: another attempt may do.
 */
static yz_status
try_pair(yz_store *store, MDB_txn **state_txn, MDB_txn **public_txn)
{
    yz_state_head head = {0};
    uint64_t shown_seq = 0;
    yz_status status = open_public(store);

    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    if (status == YZ_NOT_FOUND) {
        return yz_state_begin_read(&store->state, state_txn);
    }
    status = yz_state_begin_read(&store->state, state_txn);
    if (status == YZ_OK) {
        status = begin_public(store, public_txn, &shown_seq);
        if (status != YZ_OK) {
            yz_public_close(&store->public);
        }
    }
    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, *state_txn, &head);
    }
    if (status == YZ_OK && shown_seq != head.last_seq) {
        status = YZ_BUSY;
    }
    if (status != YZ_OK) {
        yz_txn_abort(public_txn);
        yz_txn_abort(state_txn);
    }
    return status;
}

yz_status
yz_store_read_pair(yz_store *store, MDB_txn **state_txn, MDB_txn **public_txn)
{
    const struct timespec pause = {0, PAIR_PAUSE_NS};
    yz_status status = YZ_BUSY;
    int i;

    *state_txn = NULL;
    *public_txn = NULL;
    yz_txn_abort(&store->kept_read);
    for (i = 0; status == YZ_BUSY && i < PAIR_TRIES; i++) {
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        status = try_pair(store, state_txn, public_txn);
    }
    return status;
}
