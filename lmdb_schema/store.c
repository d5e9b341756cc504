/*
 * The door of the store: opening and closing, the writer's lock, and the
 * steps of a batch.  Runs in the writer (the command); the work is done by
 * the state, the projection and the generations.
 */
#include "lmdb_schema/store.h"
#include "core/calendar.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/place_check.h"
#include "lmdb_schema/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_POLL_MS 50

yz_status
yz_store_fail(yz_store *store, yz_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(store->why, sizeof(store->why), format, arguments);
    va_end(arguments);
    return status;
}

/* Notes a failure of the system or of stored data, with what was being
   done and, where the disk is full, that. */
static yz_status
fail_at(yz_store *store, yz_status status, const char *what)
{
    if (yz_disk_is_full(store->dir)) {
        return yz_store_fail(store, YZ_FULL, "%s: the disk is full: %.120s",
                             what, store->dir);
    }
    return yz_store_fail(store, status, "%s: %s: %.120s", what,
                         yz_status_text(status), store->dir);
}

const char *
yz_store_why(const yz_store *store)
{
    return store->why;
}

const char *
yz_store_notice(const yz_store *store)
{
    (void)store;
    return yz_env_notice();
}

/* Makes the directories that are missing. */
static yz_status
make_directories(yz_store *store)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_dir_make(store->dir, 0755);

    if (status == YZ_OK) {
        status = yz_path_join(path, store->dir, YZ_DIR_PRIVATE);
    }
    if (status == YZ_OK) {
        status = yz_dir_make(path, 0700);
    }
    if (status == YZ_OK) {
        status = yz_path_join(path, store->dir, YZ_DIR_KEYS);
    }
    if (status == YZ_OK) {
        status = yz_dir_make(path, 0750);
    }
    if (status == YZ_OK) {
        status = yz_dir_make(store->public_dir, 0750);
    }
    return status == YZ_OK ? YZ_OK
                           : fail_at(store, status, "making directories");
}

/* Says who holds the lock. */
static yz_status
fail_busy(yz_store *store)
{
    char pid[32];
    ssize_t n = pread(store->lock_fd, pid, sizeof(pid) - 1, 0);

    pid[n > 0 ? n : 0] = '\0';
    pid[strspn(pid, "0123456789")] = '\0';
    return yz_store_fail(store, YZ_BUSY,
                         "another writer has %.120s (process %s)", store->dir,
                         pid[0] != '\0' ? pid : "unknown");
}

/* Waits for the lock and writes this process's number into it. */
static yz_status
take_lock(yz_store *store, unsigned wait_s)
{
    uint64_t left = (uint64_t)wait_s * 1000 / LOCK_POLL_MS;
    const struct timespec pause = {0, LOCK_POLL_MS * 1000000L};
    char path[YZ_PATH_MAX], pid[32];
    int n;

    if (yz_path_join(path, store->dir, YZ_FILE_WRITER_LOCK) != YZ_OK) {
        return yz_store_fail(store, YZ_BAD_INPUT, "the path is too long");
    }
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0) {
        return fail_at(store, yz_status_of_errno(errno), "opening the lock");
    }
    while (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail_at(store, yz_status_of_errno(errno), "locking");
        }
        if (left-- == 0) {
            return fail_busy(store);
        }
        nanosleep(&pause, NULL);
    }
    /* For the message of a second writer only: a failure costs nothing. */
    n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(store->lock_fd, 0) != 0 ||
        pwrite(store->lock_fd, pid, (size_t)n, 0) != n) {
        return YZ_OK;
    }
    return YZ_OK;
}

/* Opens keys and key ring. */
static yz_status
open_keys(yz_store *store)
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
    return status == YZ_OK ? YZ_OK : fail_at(store, status, "opening keys");
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
        status = yz_state_each_place(&store->state, txn, cover_region,
                                     &store->keys);
    }
    yz_txn_abort(&txn);
    return status == YZ_OK ? yz_keys_flush(&store->keys) : status;
}

/* What the public data shows; 0 when it can't be read. */
static uint64_t
applied_seq(yz_store *store)
{
    MDB_txn *txn = NULL;
    uint64_t applied = 0;

    if (mdb_txn_begin(store->public.env, NULL, MDB_RDONLY, &txn) == 0) {
        if (yz_public_meta_get(&store->public, txn, YZ_META_APPLIED_SEQ,
                               &applied, sizeof(applied)) != YZ_OK) {
            applied = 0;
        }
        mdb_txn_abort(txn);
    }
    return applied;
}

/* Projects what is missing; with `anew` builds a generation in any case. */
static yz_status
project(yz_store *store, bool anew, yz_store_progress *progress, void *context)
{
    yz_projection projection;
    yz_status status = yz_projection_begin(&store->state, store->ring,
                                           &store->keys, &projection);

    projection.progress = progress;
    projection.progress_context = context;
    anew = anew || store->public.env == NULL;
    if (status == YZ_OK && !anew) {
        status = yz_project_touched(&projection, &store->public, &anew);
    }
    if (status == YZ_OK && anew) {
        status = yz_generation_build(store->public_dir, &store->state,
                                     &projection, &store->public);
    }
    yz_projection_end(&projection);
    return status;
}

/* Brings public data up to the state, if it is behind. */
static yz_status
catch_up(yz_store *store, bool anew)
{
    MDB_txn *txn = NULL;
    yz_state_head head = {0};
    yz_status status = yz_state_begin_read(&store->state, &txn);

    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, txn, &head);
    }
    yz_txn_abort(&txn);
    if (status == YZ_OK && head.last_seq > 0 &&
        (anew || store->public.env == NULL ||
         applied_seq(store) != head.last_seq)) {
        status = project(store, anew, NULL, NULL);
    }
    return status == YZ_OK
               ? YZ_OK
               : fail_at(store, status, "bringing public data up to date");
}

/* Opens the generation that serves and shows what is not shown yet. */
static yz_status
open_public(yz_store *store)
{
    yz_status status = yz_generation_open(store->public_dir, &store->public);

    /* What has no use is built again; what the system refuses is not. */
    if (status != YZ_OK && status != YZ_NOT_FOUND && status != YZ_FORMAT &&
        status != YZ_CORRUPT) {
        return fail_at(store, status, "opening public data");
    }
    if (store->keys.lost) {
        status = restore_keys(store);
        if (status != YZ_OK) {
            return fail_at(store, status, "restoring keys");
        }
    }
    /* Other masters make every code hash of an old generation worthless. */
    return catch_up(store, store->keys.made);
}

static yz_status
open_all(yz_store *store, unsigned wait_s)
{
    char path[YZ_PATH_MAX];
    yz_status status = make_directories(store);

    if (status == YZ_OK) {
        status = take_lock(store, wait_s);
    }
    if (status != YZ_OK) {
        return status;
    }
    status = yz_path_join(path, store->dir, YZ_DIR_PRIVATE);
    if (status == YZ_OK) {
        status = yz_state_open(path, &store->state);
    }
    if (status != YZ_OK) {
        return fail_at(store, status, "opening the state");
    }
    status = open_keys(store);
    return status == YZ_OK ? open_public(store) : status;
}

yz_status
yz_store_open(const char *dir, unsigned wait_s, yz_store **store,
              yz_store_error *error)
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
    while (n > 1 && dir[n - 1] == '/') {
        n--;
    }
    if (n == 0 || n >= sizeof(opened->dir)) {
        status = yz_store_fail(opened, YZ_BAD_INPUT,
                               "the directory's name is empty or too long");
    } else {
        memcpy(opened->dir, dir, n);
        status = yz_path_join(opened->public_dir, opened->dir, YZ_DIR_PUBLIC);
        status = status == YZ_OK ? open_all(opened, wait_s) : status;
    }
    if (status != YZ_OK) {
        snprintf(error->text, sizeof(error->text), "%s", opened->why);
        yz_store_close(opened);
        return status;
    }
    *store = opened;
    return YZ_OK;
}

void
yz_store_close(yz_store *store)
{
    if (store == NULL) {
        return;
    }
    yz_store_abort(store);
    yz_txn_abort(&store->kept_read);
    yz_public_close(&store->public);
    yz_keyring_free(store->ring);
    yz_keys_close(&store->keys);
    yz_state_close(&store->state);
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
    }
    free(store);
}

yz_status
yz_store_view(yz_store *store, MDB_txn **txn)
{
    yz_status status = YZ_OK;

    if (store->batch.txn != NULL) {
        *txn = store->batch.txn;
        return YZ_OK;
    }
    if (store->kept_read == NULL) {
        status = yz_state_begin_read(&store->state, &store->kept_read);
    }
    *txn = store->kept_read;
    return status == YZ_OK ? YZ_OK : fail_at(store, status, "reading");
}

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
    yz_txn_abort(&store->kept_read);
    store->failed = YZ_OK;
    status = catch_up(store, false);
    if (status != YZ_OK) {
        return status;
    }
    status = load_words(store);
    if (status == YZ_CORRUPT) {
        status = catch_up(store, true);
        status = status == YZ_OK ? load_words(store) : status;
    }
    if (status == YZ_OK) {
        status = yz_state_batch_begin(&store->state, info, &store->batch);
    }
    return status == YZ_OK ? YZ_OK
                           : fail_at(store, status, "starting a batch");
}

/* Whether the batch can go on. */
static yz_status
check_batch(yz_store *store)
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

    return status == YZ_OK
               ? yz_state_place_get(&store->state, txn, id, place, NULL)
               : status;
}

yz_status
yz_store_place_put(yz_store *store, const yz_place *place)
{
    yz_status status = check_batch(store);
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
    status = yz_word_limits_admit(&store->limits, &store->public,
                                  &store->state, store->batch.txn, place,
                                  &word);
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
        store->failed = fail_at(store, status, "writing a place");
    }
    return store->failed;
}

yz_status
yz_store_code_reissue(yz_store *store, yz_span id)
{
    yz_status status = check_batch(store);

    if (status == YZ_OK) {
        status = yz_state_batch_reissue(&store->batch, id);
        if (status == YZ_NOT_FOUND) {
            return yz_store_fail(store, status, "there is no such place");
        }
        if (status != YZ_OK) {
            store->failed = fail_at(store, status, "issuing a code");
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
        status =
            yz_calendar_compile(bytes, blob, sizeof(blob), &size, &line);
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
    status = check_batch(store);
    if (status == YZ_OK) {
        status = yz_state_batch_reference(&store->batch, name, bytes);
        if (status != YZ_OK) {
            store->failed = fail_at(store, status, "writing reference data");
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

yz_status
yz_store_commit(yz_store *store, yz_batch_result *result,
                yz_store_progress *progress, void *context)
{
    yz_status status = check_batch(store);
    char reason[sizeof(store->why)];

    memset(result, 0, sizeof(*result));
    if (status != YZ_OK) {
        yz_store_abort(store);
        return status;
    }
    status = yz_state_batch_commit(&store->batch, result);
    yz_word_limits_free(&store->limits);
    if (status != YZ_OK) {
        return fail_at(store, status, "writing the batch");
    }
    if (result->batch == 0) {
        return YZ_OK;
    }
    status = project(store, false, progress, context);
    if (status != YZ_OK) {
        status = fail_at(store, status, "showing it");
        memcpy(reason, store->why, sizeof(reason));
        return yz_store_fail(store, status,
                             "batch %" PRIu64 " is accepted and will be "
                             "shown later; now it failed: %.150s",
                             result->batch, reason);
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

yz_status
yz_store_each_place(yz_store *store, yz_place_visit *visit, void *context)
{
    MDB_txn *txn;
    yz_status status = yz_store_view(store, &txn);

    return status == YZ_OK
               ? yz_state_each_place(&store->state, txn, visit, context)
               : status;
}

yz_status
yz_store_rebuild(yz_store *store)
{
    yz_status status;

    if (store->batch.txn != NULL) {
        return yz_store_fail(store, YZ_BUSY, "a batch is open");
    }
    yz_txn_abort(&store->kept_read);
    status = project(store, true, NULL, NULL);
    return status == YZ_OK ? YZ_OK
                           : fail_at(store, status, "building a generation");
}
