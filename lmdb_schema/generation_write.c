/*
 * Builds generations and switches between them.  Runs in the writer only;
 * called by the store.
 *
 * The order of a switch: the new generation is whole and on disk; `current`
 * names it; only then the old one says that it is superseded, so that a
 * reader who meets that finds the new one behind `current`.
 */
#include "lmdb_schema/generation_write.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_pages_write.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/state_write.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 32 /* gen- and 20 digits */

/* The number in `gen-N`; 0 when `name` is not such a name. */
static uint64_t
number_of(const char *name)
{
    char again[NAME_SIZE];
    uint64_t number;

    if (sscanf(name, "gen-%" SCNu64, &number) != 1) {
        return 0;
    }
    snprintf(again, sizeof(again), "gen-%" PRIu64, number);
    return strcmp(again, name) == 0 ? number : 0;
}

/* `public_dir`/gen-N. */
static yz_status
path_of(const char *public_dir, uint64_t generation,
        char path[static YZ_PATH_MAX])
{
    char name[NAME_SIZE];

    snprintf(name, sizeof(name), "gen-%" PRIu64, generation);
    return yz_path_join(path, public_dir, name);
}

/* What `current` names.  YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT or YZ_IO. */
static yz_status
read_current(const char *public_dir, uint64_t *generation)
{
    char path[YZ_PATH_MAX], name[NAME_SIZE];
    ssize_t n;

    if (yz_path_join(path, public_dir, YZ_FILE_CURRENT) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    n = readlink(path, name, sizeof(name) - 1);
    if (n < 0) {
        return errno == EINVAL ? YZ_CORRUPT : yz_status_of_errno(errno);
    }
    name[n] = '\0';
    *generation = number_of(name);
    return *generation == 0 ? YZ_CORRUPT : YZ_OK;
}

/* Calls `act` for each generation's directory there is. */
static yz_status
each_generation(const char *public_dir,
                yz_status (*act)(void *context, uint64_t generation),
                void *context)
{
    DIR *dir = opendir(public_dir);
    yz_status status = YZ_OK;
    struct dirent *entry;

    if (dir == NULL) {
        return yz_status_of_errno(errno);
    }
    while (status == YZ_OK && (entry = readdir(dir)) != NULL) {
        uint64_t generation = number_of(entry->d_name);

        if (generation != 0) {
            status = act(context, generation);
        }
    }
    closedir(dir);
    return status;
}

static yz_status
take_largest(void *context, uint64_t generation)
{
    uint64_t *largest = context;

    *largest = generation > *largest ? generation : *largest;
    return YZ_OK;
}

/* Removes a generation's files and directory. */
static yz_status
remove_generation(const char *public_dir, uint64_t generation)
{
    const char *files[] = {YZ_FILE_DATA, YZ_FILE_LOCK};
    char path[YZ_PATH_MAX], file[YZ_PATH_MAX];
    yz_status status = path_of(public_dir, generation, path);
    size_t i;

    for (i = 0; status == YZ_OK && i < 2; i++) {
        status = yz_path_join(file, path, files[i]);
        if (status == YZ_OK && unlink(file) != 0 && errno != ENOENT) {
            status = yz_status_of_errno(errno);
        }
    }
    if (status == YZ_OK && rmdir(path) != 0) {
        status = yz_status_of_errno(errno);
    }
    return status;
}

/* Tells the readers of an old generation which one serves now. */
static yz_status
write_superseded(yz_public *old, uint64_t by)
{
    MDB_txn *txn = NULL;
    uint64_t known;
    yz_status status = yz_env_begin_write(old->env, &txn);

    if (status == YZ_OK) {
        status = yz_public_meta_get(old, txn, YZ_META_SUPERSEDED_BY, &known,
                                    sizeof(known));
        if (status == YZ_OK && known == by) {
            yz_txn_abort(&txn);
            return YZ_OK;
        }
        status = yz_public_meta_put(old, txn, YZ_META_SUPERSEDED_BY, &by,
                                    sizeof(by));
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    return status;
}

/* What tidying needs to know. */
typedef struct {
    const char *public_dir;
    uint64_t current;
    uint64_t previous; /* 0: none was found */
} tidying;

static yz_status
take_previous(void *context, uint64_t generation)
{
    tidying *work = context;

    if (generation < work->current && generation > work->previous) {
        work->previous = generation;
    }
    return YZ_OK;
}

/* Removes what is neither current nor previous; what resists may stay. */
static yz_status
remove_other(void *context, uint64_t generation)
{
    tidying *work = context;

    if (generation != work->current && generation != work->previous) {
        (void)remove_generation(work->public_dir, generation);
    }
    return YZ_OK;
}

/*
 * After a switch, or one that was interrupted: the generation before learns
 * that it is superseded, all others go.  Faults of old generations change
 * nothing for the one that serves: what the note needs is looked at first,
 * and one that is damaged there goes without it.  Its readers then find the
 * new one when they look at `current`, which they do every second.
 */
static void
tidy(const char *public_dir, uint64_t current)
{
    tidying work = {.public_dir = public_dir, .current = current};
    char path[YZ_PATH_MAX];
    yz_public old;

    if (each_generation(public_dir, take_previous, &work) != YZ_OK) {
        return;
    }
    if (work.previous != 0 &&
        path_of(public_dir, work.previous, path) == YZ_OK &&
        yz_env_pages_check(path, YZ_DB_META) == YZ_OK &&
        yz_public_open(path, work.previous, false, &old) == YZ_OK) {
        (void)write_superseded(&old, current);
        yz_public_close(&old);
    }
    (void)each_generation(public_dir, remove_other, &work);
}

yz_status
yz_generation_open(const char *public_dir, yz_public *public)
{
    char path[YZ_PATH_MAX];
    uint64_t generation = 0;
    yz_status status = read_current(public_dir, &generation);

    memset(public, 0, sizeof(*public));
    if (status == YZ_OK) {
        status = path_of(public_dir, generation, path);
    }
    if (status == YZ_OK) {
        status = yz_env_pages_check(path, NULL);
    }
    if (status == YZ_OK) {
        status = yz_public_open(path, generation, false, public);
    }
    if (status == YZ_OK) {
        tidy(public_dir, generation);
    }
    return status;
}

/* Makes the directory of generation N and fills it. */
static yz_status
build(const char *public_dir, uint64_t generation, yz_projection *projection,
      yz_public *new)
{
    char path[YZ_PATH_MAX];
    yz_status status = path_of(public_dir, generation, path);

    if (status == YZ_OK) {
        status = yz_dir_make(path, 0750);
    }
    if (status == YZ_OK) {
        status = yz_public_open(path, generation, true, new);
    }
    if (status == YZ_OK) {
        status = yz_project_all(projection, new);
    }
    if (status == YZ_OK) {
        status = yz_dir_sync(path);
    }
    if (status == YZ_OK) {
        status = yz_dir_sync(public_dir);
    }
    return status;
}

yz_status
yz_generation_build(const char *public_dir, yz_state *state,
                    yz_projection *projection, yz_public *public)
{
    uint64_t largest = 0, generation = 0;
    char name[NAME_SIZE];
    yz_public new = {0};
    yz_status status = each_generation(public_dir, take_largest, &largest);

    if (status == YZ_OK) {
        status = yz_state_generation_take(state, largest + 1, &generation);
    }
    if (status == YZ_OK) {
        status = build(public_dir, generation, projection, &new);
    }
    if (status == YZ_OK) {
        snprintf(name, sizeof(name), "gen-%" PRIu64, generation);
        status = yz_link_replace(public_dir, YZ_FILE_CURRENT, name);
    }
    /* A switch that only failed to reach the disk has happened. */
    if (status != YZ_OK && (read_current(public_dir, &largest) != YZ_OK ||
                            largest != generation)) {
        yz_public_close(&new);
        if (generation != 0) {
            (void)remove_generation(public_dir, generation);
        }
        return status;
    }
    if (public->env != NULL) {
        (void)write_superseded(public, generation);
    }
    yz_public_close(public);
    *public = new;
    tidy(public_dir, generation);
    return YZ_OK;
}
