/*
 * `yizhan restore BACKUP --dir DIR`: puts a backup in the place of what DIR
 * holds.  What was there is moved aside, never removed; a state that is newer
 * than the backup, or of another history, is replaced with --force only.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "admin/command/client.h"
#include "admin/command/command_backup.h"
#include "admin/command/commands.h"
#include "admin/command/copy.h"
#include "core/civil_time.h"
#include "lmdb_schema/backup_write.h"
#include "lmdb_schema/env.h"

#define NEW_DIR "restoring"     /* in DIR: what is being copied */
#define LOCK_NAME "writer.lock" /* in DIR/private */
#define PROBLEMS_SHOWN 20

const yz_choice_option yz_restore_options[] = {
    {"force", NULL},
    {NULL, NULL},
};

/* One restore on its way. */
typedef struct {
    const char *from;
    const char *dir;
    bool force;
    char *text; /* of the manifest */
    size_t size;
    yz_manifest_facts facts;
    char fresh[YZ_PATH_MAX];       /* DIR/restoring */
    char fresh_state[YZ_PATH_MAX]; /* DIR/restoring/private */
    char state[YZ_PATH_MAX];       /* DIR/private */
    char aside[YZ_PATH_MAX];       /* where that goes; "" while it is there */
    yz_owner owner;
    bool replaces;  /* there is a DIR/private */
    int lock_fd[2]; /* of what is there, and of what comes; -1 */
    bool settings;  /* DIR has none, the backup has */
} restore;

static bool
refuse(const char *what, yz_status status)
{
    fprintf(stderr, "yizhan: nothing was restored: %s: %s\n", what,
            yz_status_text(status));
    return false;
}

static bool
read_manifest(restore *r)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, r->from, YZ_MANIFEST_NAME);

    r->text = malloc(YZ_MANIFEST_MAX);
    if (r->text == NULL) {
        return refuse("reading the backup", YZ_NOMEM);
    }
    if (status == YZ_OK) {
        status = yz_file_read(path, r->text, YZ_MANIFEST_MAX, &r->size);
    }
    if (status == YZ_OK) {
        status = yz_manifest_read((yz_span){r->text, r->size}, &r->facts, NULL,
                                  NULL);
    }
    if (status == YZ_NOT_FOUND) {
        fprintf(stderr, "yizhan: %s is no backup\n", r->from);
        return false;
    }
    return status == YZ_OK || refuse("reading the backup's manifest", status);
}

static yz_status
name_paths(restore *r)
{
    yz_status status = yz_path_join(r->state, r->dir, YZ_DIR_PRIVATE);

    if (status == YZ_OK) {
        status = yz_path_join(r->fresh, r->dir, NEW_DIR);
    }
    return status == YZ_OK
               ? yz_path_join(r->fresh_state, r->fresh, YZ_DIR_PRIVATE)
               : status;
}

/* Takes the writer's lock in the directory `state`, which exists. */
static yz_status
take_lock(const char *state, const yz_owner *owner, int *fd)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, state, LOCK_NAME);

    if (status != YZ_OK) {
        return status;
    }
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return yz_status_of_errno(errno);
    }
    if (fchown(*fd, owner->uid, owner->gid) != 0 && errno != EPERM) {
        return yz_status_of_errno(errno);
    }
    return flock(*fd, LOCK_EX | LOCK_NB) == 0 ? YZ_OK
                                              : yz_status_of_errno(errno);
}

/* Nobody else may write; whom the files belong to is learnt here too. */
static bool
prepare_dir(restore *r)
{
    struct stat st;
    yz_status status = name_paths(r);

    if (status == YZ_OK) {
        status = yz_dir_make(r->dir, 0755);
    }
    if (status == YZ_OK && stat(r->dir, &st) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (status != YZ_OK) {
        return refuse("looking at the directory", status);
    }
    if (yz_client_finds(r->dir)) {
        fprintf(stderr,
                "yizhan: a daemon serves %s; stop it first (scripts/stop)\n",
                r->dir);
        return false;
    }
    r->replaces = stat(r->state, &st) == 0;
    if (!r->replaces && errno != ENOENT) {
        return refuse("looking at the state", yz_status_of_errno(errno));
    }
    r->owner = (yz_owner){st.st_uid, st.st_gid};
    if (r->replaces) {
        status = take_lock(r->state, &r->owner, &r->lock_fd[0]);
    } else if (stat(r->dir, &st) == 0) {
        r->owner = (yz_owner){st.st_uid, st.st_gid};
    }
    if (status == YZ_BUSY) {
        fprintf(stderr, "yizhan: another writer has %s\n", r->dir);
        return false;
    }
    return status == YZ_OK || refuse("locking the state", status);
}

/* What the state that is there says of itself, for whoever is refused. */
static void
tell_newer(const restore *r, const yz_store_facts *there, bool branched)
{
    char at[YZ_RFC3339_SIZE] = "-";

    yz_rfc3339_write(there->last_time_s, at);
    fprintf(stderr,
            "yizhan: %s holds %s (log %" PRIu64 " of %s, the backup ends at "
            "%" PRIu64 "); --force restores all the same and keeps what is "
            "there aside\n",
            r->dir,
            branched ? "another history than the backup"
                     : "newer changes than the backup",
            there->last_seq, at, r->facts.last_seq);
}

/* Whether the log of the backup goes through what is there. */
static yz_status
is_continued(const restore *r, const yz_store_facts *there, bool *continued)
{
    uint8_t hash[YZ_HASH_SIZE];
    yz_store_error error;
    yz_store *copy = NULL;
    yz_status status = yz_store_open_read(r->fresh, &copy, &error);

    *continued = false;
    if (status == YZ_OK) {
        status = yz_store_log_hash(copy, there->last_seq, hash);
    }
    if (status == YZ_OK) {
        *continued = memcmp(hash, there->chain, sizeof(hash)) == 0;
    }
    yz_store_close(copy);
    return status;
}

/*
 * A state that cannot be read may be replaced: that is what backups are for.
 * One that can must not hold what the backup lacks.
 */
static bool
may_replace(const restore *r)
{
    yz_store_facts there = {0};
    yz_store_error error;
    yz_store *store = NULL;
    bool continued = false;
    yz_status status;

    if (!r->replaces || r->force) {
        return true;
    }
    status = yz_state_pages_check(r->state);
    if (status == YZ_OK) {
        status = yz_store_open_read(r->dir, &store, &error);
    }
    if (status == YZ_OK) {
        status = yz_store_facts_get(store, &there);
    }
    yz_store_close(store);
    if (status != YZ_OK) {
        return status != YZ_DENIED || refuse("reading the state", status);
    }
    if (there.last_seq > r->facts.last_seq) {
        tell_newer(r, &there, false);
        return false;
    }
    status = is_continued(r, &there, &continued);
    if (status != YZ_OK) {
        return refuse("reading the backup", status);
    }
    if (!continued) {
        tell_newer(r, &there, true);
    }
    return continued;
}

static yz_status
copy_one(void *context, const yz_manifest_file *listed)
{
    restore *r = context;
    yz_manifest_file file = *listed;
    yz_status status = yz_copy_file(r->from, r->fresh, &r->owner, &file);

    if (strcmp(file.name, YZ_BACKUP_SETTINGS) == 0) {
        r->settings = true;
    }
    if (status == YZ_OK &&
        (file.size != listed->size ||
         memcmp(file.hash, listed->hash, sizeof(file.hash)) != 0)) {
        status = YZ_CORRUPT;
    }
    if (status != YZ_OK) {
        fprintf(stderr, "yizhan: nothing was restored: %s: %s\n", file.name,
                status == YZ_CORRUPT      ? "it is not what the manifest says"
                : yz_disk_is_full(r->dir) ? "the disk is full"
                                          : yz_status_text(status));
    }
    return status;
}

/* Copies the backup beside what is there, and looks at it. */
static bool
copy_all(restore *r)
{
    yz_manifest_facts facts;
    yz_status status = yz_tree_remove(r->fresh);

    if (status == YZ_OK) {
        status = yz_dir_make(r->fresh, 0700);
    }
    if (status != YZ_OK) {
        return refuse("making room", status);
    }
    if (yz_manifest_read((yz_span){r->text, r->size}, &facts, copy_one, r) !=
        YZ_OK) {
        return false;
    }
    status = yz_state_pages_check(r->fresh_state);
    return status == YZ_OK || refuse("the state in the backup", status);
}

/* A name that nothing has: DIR/private.before-20261128-011400. */
static yz_status
name_aside(restore *r)
{
    time_t now = time(NULL);
    struct tm parts;

    if (gmtime_r(&now, &parts) == NULL) {
        return YZ_IO;
    }
    for (int i = 0; i < 100; i++) {
        char stamp[32], more[8] = "";
        int n;

        strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &parts);
        if (i > 0) {
            snprintf(more, sizeof(more), "-%d", i);
        }
        n = snprintf(r->aside, sizeof(r->aside), "%s.before-%s%s", r->state,
                     stamp, more);
        if (n < 0 || (size_t)n >= sizeof(r->aside)) {
            return YZ_BAD_INPUT;
        }
        if (access(r->aside, F_OK) != 0 && errno == ENOENT) {
            return YZ_OK;
        }
    }
    return YZ_BUSY;
}

/*
 * The state changes from one to the other in a step, so that whatever ends
 * this leaves one of them, and the other under a name that nobody clears.
 */
static yz_status
exchange(restore *r)
{
    yz_status status;

    if (!r->replaces) {
        return rename(r->fresh_state, r->state) == 0
                   ? YZ_OK
                   : yz_status_of_errno(errno);
    }
    status = name_aside(r);
    if (status == YZ_OK && rename(r->fresh_state, r->aside) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (status != YZ_OK || renameat2(AT_FDCWD, r->aside, AT_FDCWD, r->state,
                                     RENAME_EXCHANGE) == 0) {
        return status;
    }
    /* A file system that can't: for a moment there is none. */
    if (rename(r->aside, r->fresh_state) != 0 ||
        rename(r->state, r->aside) != 0) {
        return yz_status_of_errno(errno);
    }
    if (rename(r->fresh_state, r->state) != 0) {
        status = yz_status_of_errno(errno);
        (void)rename(r->aside, r->state);
    }
    return status;
}

/* Settings of the city that are there are newer than any backup. */
static void
put_settings(const restore *r)
{
    char from[YZ_PATH_MAX], to[YZ_PATH_MAX];

    if (!r->settings ||
        yz_path_join(from, r->fresh, YZ_BACKUP_SETTINGS) != YZ_OK ||
        yz_path_join(to, r->dir, YZ_BACKUP_SETTINGS) != YZ_OK) {
        return;
    }
    if (access(to, F_OK) == 0) {
        printf("the settings in %s stay; those of the backup are in %s\n",
               r->dir, r->from);
    } else if (rename(from, to) != 0) {
        fprintf(stderr, "warning: the settings were not restored\n");
    }
}

static bool
switch_over(restore *r)
{
    yz_status status = take_lock(r->fresh_state, &r->owner, &r->lock_fd[1]);

    if (status == YZ_OK) {
        status = exchange(r);
    }
    if (status == YZ_OK) {
        status = yz_dir_sync(r->dir);
    }
    if (status != YZ_OK) {
        return refuse("putting it in place", status);
    }
    put_settings(r);
    (void)yz_tree_remove(r->fresh);
    return true;
}

static void
print_problem(void *context, const char *sentence)
{
    size_t *count = context;

    if ((*count)++ < PROBLEMS_SHOWN) {
        fprintf(stderr, "error: %s\n", sentence);
    }
}

/* Makes public data from what was restored, and checks all of it. */
static bool
serve(restore *r)
{
    yz_store_error error = {""};
    yz_store *store = NULL;
    size_t count = 0;
    yz_status status;

    for (int i = 0; i < 2; i++) {
        if (r->lock_fd[i] >= 0) {
            close(r->lock_fd[i]);
            r->lock_fd[i] = -1;
        }
    }
    status = yz_store_open_for_rebuild(r->dir, 0, &store, &error);
    if (status == YZ_OK) {
        status = yz_store_rebuild(store);
    }
    if (status == YZ_OK) {
        status = yz_store_verify(store, print_problem, &count);
    }
    if (status != YZ_OK) {
        fprintf(stderr,
                "yizhan: the state is restored, but cannot be shown: %s "
                "(yizhan rebuild tries again)\n",
                store == NULL ? error.text : yz_store_why(store));
    }
    yz_store_close(store);
    return status == YZ_OK;
}

static void
tell(const restore *r)
{
    char at[YZ_RFC3339_SIZE] = "-";

    yz_rfc3339_write(r->facts.last_time_s, at);
    printf("restored: log %" PRIu64 " of %s, %" PRIu64 " places; a new "
           "generation serves\n",
           r->facts.last_seq, at, r->facts.places);
    if (r->replaces) {
        printf("what was there before is in %s\n", r->aside);
    }
}

static bool
run(restore *r)
{
    if (!read_manifest(r) || !prepare_dir(r)) {
        return false;
    }
    if (!copy_all(r) || !may_replace(r) || !switch_over(r)) {
        (void)yz_tree_remove(r->fresh);
        return false;
    }
    return serve(r);
}

int
yz_command_restore(const yz_arguments *arguments)
{
    restore r = {.dir = arguments->dir,
                 .force = yz_argument(arguments, "force") != NULL,
                 .lock_fd = {-1, -1}};
    bool done;

    if (arguments->positional_count != 1) {
        fputs("yizhan: from where? restore wants the directory of a backup\n",
              stderr);
        return YZ_EXIT_USAGE;
    }
    r.from = arguments->positional[0];
    done = run(&r);
    if (done) {
        tell(&r);
    }
    for (int i = 0; i < 2; i++) {
        if (r.lock_fd[i] >= 0) {
            close(r.lock_fd[i]);
        }
    }
    free(r.text);
    return done ? YZ_EXIT_DONE : YZ_EXIT_REFUSED;
}
