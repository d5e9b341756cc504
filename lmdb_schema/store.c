/*
 * The door of the store: opening and closing, the writer's lock, projecting
 * the state.  Runs in the writer (the command); the work is
 * done by the state, the projection and the generations.
 */
#include "lmdb_schema/store.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
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

yz_status
yz_store_fail_at(yz_store *store, yz_status status, const char *what)
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
    return store->notice[0] != '\0' ? store->notice : NULL;
}

bool
yz_store_public_mended(const yz_store *store)
{
    return store->public_mended;
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
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail_at(store, status, "making directories");
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
        return yz_store_fail_at(store, yz_status_of_errno(errno),
                                "opening the lock");
    }
    while (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return yz_store_fail_at(store, yz_status_of_errno(errno),
                                    "locking");
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

yz_status
yz_store_project(yz_store *store, bool anew, yz_store_progress *progress,
                 void *context)
{
    yz_projection projection;
    yz_status status =
        yz_projection_begin(&store->state, store->ring, &store->keys,
                            &store->region_names, &projection);

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

yz_status
yz_store_catch_up(yz_store *store, bool anew)
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
         !yz_public_is_current(&store->public, store->ring, head.last_seq))) {
        status = yz_store_project(store, anew, NULL, NULL);
    }
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail_at(store, status,
                                  "bringing public data up to date");
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
        return yz_store_fail_at(store, status, "opening the state");
    }
    return yz_store_bring_up(store);
}

static yz_status
open_store(const char *dir, unsigned wait_s, bool for_rebuild, yz_store **store,
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
    opened->for_rebuild = for_rebuild;
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

yz_status
yz_store_open(const char *dir, unsigned wait_s, yz_store **store,
              yz_store_error *error)
{
    return open_store(dir, wait_s, false, store, error);
}

yz_status
yz_store_open_for_rebuild(const char *dir, unsigned wait_s, yz_store **store,
                          yz_store_error *error)
{
    return open_store(dir, wait_s, true, store, error);
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
    yz_region_names_free(&store->region_names);
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
    return status == YZ_OK ? YZ_OK : yz_store_fail_at(store, status, "reading");
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
    if (store->read_only) {
        return yz_store_fail(store, YZ_DENIED, "it is open for reading only");
    }
    yz_txn_abort(&store->kept_read);
    status = yz_store_project(store, true, NULL, NULL);
    return status == YZ_OK
               ? YZ_OK
               : yz_store_fail_at(store, status, "building a generation");
}
