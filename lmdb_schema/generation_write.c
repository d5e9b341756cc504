/*
 * Builds generations and switches between them.  Runs in the writer only;
 * called by the store.
 *
 * The order of a switch: the new generation is whole and on disk; the old one
 * says which one supersedes it, which every reader learns at its next lookup;
 * then `current` names the new one.  The other way round a reader that looks
 * at `current` early would answer from the new one while others, who have not
 * heard of it, still answer from the old one.
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

#define NAME_SIZE 32      /* gen- and 20 digits */
#define SUCCESSORS_MAX 16 /* as many as a reader follows, and more */

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

/* Looks at every page of a generation, then opens it for writing. */
static yz_status
open_checked(const char *public_dir, uint64_t generation, yz_public *public)
{
    char path[YZ_PATH_MAX];
    yz_status status = path_of(public_dir, generation, path);

    if (status == YZ_OK) {
        status = yz_env_pages_check(path, NULL);
    }
    if (status == YZ_OK) {
        status = yz_public_open(path, generation, false, public);
    }
    return status;
}

yz_status
yz_generation_open_read(const char *public_dir, yz_public *public)
{
    char path[YZ_PATH_MAX];
    uint64_t generation = 0;
    yz_status status = read_current(public_dir, &generation);

    memset(public, 0, sizeof(*public));
    if (status == YZ_OK) {
        status = path_of(public_dir, generation, path);
    }
    return status == YZ_OK ? yz_public_open_read(path, generation, public)
                           : status;
}

/* Which generation supersedes this one, 0 for none. */
static yz_status
read_successor(const yz_public *public, uint64_t *successor)
{
    MDB_txn *txn = NULL;
    yz_status status =
        yz_status_of_lmdb(mdb_txn_begin(public->env, NULL, MDB_RDONLY, &txn));

    *successor = 0;
    if (status == YZ_OK) {
        status = yz_public_meta_get(public, txn, YZ_META_SUPERSEDED_BY,
                                    successor, sizeof(*successor));
    }
    yz_txn_abort(&txn);
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

/*
 * Goes on from *public to the generation that supersedes it in the end, as
 * readers do.  One that is not there is damage: readers have nothing then.
 */
static yz_status
follow_successors(const char *public_dir, yz_public *public)
{
    uint64_t successor = 0;
    yz_status status = read_successor(public, &successor);
    int i;

    for (i = 0; status == YZ_OK && successor != 0; i++) {
        if (i == SUCCESSORS_MAX || successor <= public->generation) {
            return YZ_CORRUPT;
        }
        yz_public_close(public);
        status = open_checked(public_dir, successor, public);
        if (status == YZ_OK) {
            status = read_successor(public, &successor);
        }
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

/*
 * Ends a switch: `current` names the generation, what nobody needs goes.  As
 * long as the link can't be made readers follow what the old one says, which
 * has to stay then.
 */
static void
finish_switch(const char *public_dir, uint64_t generation)
{
    uint64_t named = 0;

    if (read_current(public_dir, &named) != YZ_OK || named != generation) {
        char name[NAME_SIZE];

        snprintf(name, sizeof(name), "gen-%" PRIu64, generation);
        (void)yz_link_replace(public_dir, YZ_FILE_CURRENT, name);
    }
    if (read_current(public_dir, &named) == YZ_OK && named == generation) {
        tidy(public_dir, generation);
    }
}

yz_status
yz_generation_open(const char *public_dir, yz_public *public)
{
    uint64_t generation = 0;
    yz_status status = read_current(public_dir, &generation);

    memset(public, 0, sizeof(*public));
    if (status == YZ_OK) {
        status = open_checked(public_dir, generation, public);
    }
    if (status == YZ_OK) {
        status = follow_successors(public_dir, public);
    }
    if (status != YZ_OK) {
        yz_public_close(public);
        return status;
    }
    finish_switch(public_dir, public->generation);
    return YZ_OK;
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

/*
 * Makes the whole generation the one that serves.  An old one that can't be
 * written to is left to its readers' look at `current`.  YZ_OK when either
 * way leads to the new one, otherwise why `current` could not be changed.
 */
static yz_status
switch_to(const char *public_dir, yz_public *old, uint64_t generation)
{
    char name[NAME_SIZE];
    uint64_t named = 0;
    yz_status told = YZ_NOT_FOUND, status;

    if (old->env != NULL) {
        told = write_superseded(old, generation);
    }
    snprintf(name, sizeof(name), "gen-%" PRIu64, generation);
    status = yz_link_replace(public_dir, YZ_FILE_CURRENT, name);
    /* A switch that only failed to reach the disk has happened. */
    if (told == YZ_OK ||
        (read_current(public_dir, &named) == YZ_OK && named == generation)) {
        return YZ_OK;
    }
    return status;
}

yz_status
yz_generation_build(const char *public_dir, yz_state *state,
                    yz_projection *projection, yz_public *public)
{
    uint64_t largest = 0, generation = 0;
    yz_public new = {0};
    yz_status status = each_generation(public_dir, take_largest, &largest);

    if (status == YZ_OK) {
        status = yz_state_generation_take(state, largest + 1, &generation);
    }
    if (status == YZ_OK) {
        status = build(public_dir, generation, projection, &new);
    }
    if (status == YZ_OK) {
        status = switch_to(public_dir, public, generation);
    }
    if (status != YZ_OK) {
        yz_public_close(&new);
        if (generation != 0) {
            (void)remove_generation(public_dir, generation);
        }
        return status;
    }
    yz_public_close(public);
    *public = new;
    finish_switch(public_dir, generation);
    return YZ_OK;
}
