/*
 * `yizhan backup DIR2`: state, keys, archived log and settings, as they are
 * at one moment, beside a running daemon.  Public data is made from the state
 * and is no part of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/command/command_backup.h"
#include "admin/command/commands.h"
#include "admin/command/copy.h"
#include "core/civil_time.h"
#include "lmdb_schema/backup_write.h"
#include "lmdb_schema/env.h"

#define KEYS_MAX ((size_t)64 << 10)
#define KEY_TRIES 5 /* until no key changes while the state is copied */

/* One backup on its way. */
typedef struct {
    const char *dir;
    const char *to;
    char part[YZ_PATH_MAX]; /* where it grows */
    int part_fd;            /* holds a lock on it */
    bool owned;             /* it does: what is there is ours */
    yz_store *store;
    yz_store_facts facts;
    char *manifest;
    yz_out out;
    uint64_t bytes;
    const char *doing; /* for the message of a failure */
} backup;

static yz_status
fail(const backup *b, yz_status status)
{
    fprintf(stderr, "yizhan: no backup was made: %s: %s\n", b->doing,
            yz_disk_is_full(b->part) ? "the disk is full"
                                     : yz_status_text(status));
    return status;
}

/*
 * Makes the directory in which the backup grows, or takes over one whose
 * maker was killed: nobody holds the lock on it any more.
 */
static yz_status
make_part(backup *b)
{
    static const char *const left[] = {YZ_DIR_PRIVATE, YZ_BACKUP_SETTINGS,
                                       YZ_MANIFEST_NAME,
                                       YZ_MANIFEST_NAME ".new"};
    char path[YZ_PATH_MAX];
    int n = snprintf(b->part, sizeof(b->part), "%s.part", b->to);
    yz_status status = YZ_OK;

    if (n < 0 || (size_t)n >= sizeof(b->part)) {
        return YZ_BAD_INPUT;
    }
    if (mkdir(b->part, 0700) != 0 && errno != EEXIST) {
        return yz_status_of_errno(errno);
    }
    b->part_fd = open(b->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->part_fd < 0) {
        return yz_status_of_errno(errno);
    }
    if (flock(b->part_fd, LOCK_EX | LOCK_NB) != 0) {
        return YZ_BUSY;
    }
    b->owned = true;
    for (size_t i = 0; status == YZ_OK && i < sizeof(left) / sizeof(left[0]);
         i++) {
        status = yz_path_join(path, b->part, left[i]);
        if (status == YZ_OK) {
            status = yz_tree_remove(path);
        }
    }
    return status;
}

/* Adds what lies in the growing backup to the manifest. */
static void
list(backup *b, const yz_manifest_file *file)
{
    yz_manifest_add(&b->out, file);
    b->bytes += file->size;
}

static yz_status
copy_one(backup *b, const char *name)
{
    yz_manifest_file file;
    yz_status status;

    snprintf(file.name, sizeof(file.name), "%s", name);
    status = yz_copy_file(b->dir, b->part, NULL, &file);
    if (status == YZ_OK) {
        list(b, &file);
    }
    return status;
}

/*
 * Keys, then the state: what is sealed in the state opens with the keys that
 * were there before, during and after the copy.
 */
static yz_status
copy_state(backup *b)
{
    char from[YZ_PATH_MAX], path[YZ_PATH_MAX];
    static char before[KEYS_MAX], after[KEYS_MAX];
    size_t n = 0, m = 1;
    yz_status status = yz_path_join(from, b->dir, YZ_BACKUP_KEYS);

    if (status == YZ_OK) {
        status = yz_path_join(path, b->part, YZ_DIR_PRIVATE);
    }
    for (int i = 0; status == YZ_OK && i < KEY_TRIES; i++) {
        b->doing = "clearing";
        status = yz_tree_remove(path);
        if (status == YZ_OK) {
            status = yz_dir_make(path, 0700);
        }
        b->doing = "copying the keys";
        if (status == YZ_OK) {
            status = yz_file_read(from, before, sizeof(before), &n);
        }
        if (status == YZ_OK) {
            b->doing = "copying the state";
            status = yz_store_copy(b->store, path);
        }
        if (status == YZ_OK) {
            b->doing = "copying the keys";
            status = yz_file_read(from, after, sizeof(after), &m);
        }
        if (status == YZ_OK && n == m && memcmp(before, after, n) == 0) {
            break;
        }
        status = status == YZ_OK && i + 1 == KEY_TRIES ? YZ_BUSY : status;
    }
    explicit_bzero(before, sizeof(before));
    explicit_bzero(after, sizeof(after));
    return status == YZ_OK ? copy_one(b, YZ_BACKUP_KEYS) : status;
}

/* The segments of the log that have left the state. */
static yz_status
copy_log(backup *b)
{
    char path[YZ_PATH_MAX];
    char name[YZ_MANIFEST_NAME_MAX + 1];
    yz_status status = yz_path_join(path, b->dir, YZ_BACKUP_LOG);
    const struct dirent *entry;
    DIR *dir;

    b->doing = "copying the log";
    if (status != YZ_OK) {
        return status;
    }
    dir = opendir(path);
    if (dir == NULL) {
        return errno == ENOENT ? YZ_OK : yz_status_of_errno(errno);
    }
    while (status == YZ_OK && (entry = readdir(dir)) != NULL) {
        size_t n = strlen(entry->d_name);

        if (n > 4 && strcmp(entry->d_name + n - 4, ".log") == 0) {
            int size = snprintf(name, sizeof(name), YZ_BACKUP_LOG "/%s",
                                entry->d_name);

            status = size < 0 || (size_t)size >= sizeof(name)
                         ? YZ_BAD_INPUT
                         : copy_one(b, name);
        }
    }
    closedir(dir);
    return status;
}

static yz_status
copy_settings(backup *b)
{
    yz_status status = copy_one(b, YZ_BACKUP_SETTINGS);

    b->doing = "copying the settings";
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

/*
 * What the copy of the state holds.  It is opened as readers do, which also
 * proves that it can be; the lock file that this makes goes again.
 */
static yz_status
read_copy(backup *b)
{
    char lock[YZ_PATH_MAX], private[YZ_PATH_MAX];
    yz_store_error error;
    yz_store *copy = NULL;
    yz_status status = yz_path_join(lock, b->part, "private/lock.mdb");

    b->doing = "reading the copy";
    if (status == YZ_OK) {
        status = yz_path_join(private, b->part, YZ_DIR_PRIVATE);
    }
    if (status == YZ_OK) {
        status = yz_state_pages_check(private);
    }
    if (status == YZ_OK) {
        status = yz_store_open_read(b->part, &copy, &error);
    }
    if (status == YZ_OK) {
        status = yz_store_facts_get(copy, &b->facts);
    }
    yz_store_close(copy);
    (void)unlink(lock);
    return status;
}

static yz_status
write_manifest(backup *b)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, b->part, YZ_MANIFEST_NAME);

    b->doing = "writing the manifest";
    yz_manifest_end(&b->out);
    if (status == YZ_OK && b->out.full) {
        status = YZ_FULL;
    }
    return status == YZ_OK
               ? yz_file_replace(path, yz_out_written(&b->out), 0600)
               : status;
}

/* Everything but the name that it gets in the end. */
static yz_status
fill(backup *b)
{
    yz_manifest_file state = {.name = YZ_BACKUP_STATE};
    yz_manifest_facts facts;
    yz_status status;

    /* The facts come first and are known only after the copy. */
    yz_out_init(&b->out, b->manifest + YZ_MANIFEST_MAX / 2,
                YZ_MANIFEST_MAX / 2);
    status = copy_state(b);
    if (status == YZ_OK) {
        status = copy_log(b);
    }
    if (status == YZ_OK) {
        status = copy_settings(b);
    }
    if (status == YZ_OK) {
        status = read_copy(b);
    }
    if (status == YZ_OK) {
        b->doing = "hashing the state";
        status = yz_hash_file(b->part, &state);
    }
    if (status == YZ_OK) {
        yz_out files = b->out;

        facts.last_seq = b->facts.last_seq;
        facts.last_time_s = b->facts.last_time_s;
        facts.places = b->facts.places;
        memcpy(facts.chain, b->facts.chain, sizeof(facts.chain));
        yz_out_init(&b->out, b->manifest, YZ_MANIFEST_MAX / 2);
        yz_manifest_begin(&b->out, &facts);
        list(b, &state);
        yz_out_span(&b->out, yz_out_written(&files));
        status = write_manifest(b);
    }
    return status;
}

static yz_status
make(backup *b)
{
    yz_status status;

    b->doing = "making its directory";
    if (access(b->to, F_OK) == 0) {
        fprintf(stderr, "yizhan: %s is there already\n", b->to);
        return YZ_BAD_INPUT;
    }
    status = make_part(b);
    if (status == YZ_BUSY) {
        fprintf(stderr, "yizhan: another backup goes to %s\n", b->to);
        return status;
    }
    if (status == YZ_OK) {
        status = fill(b);
    }
    if (status == YZ_OK) {
        b->doing = "naming it";
        status = yz_dir_sync(b->part);
    }
    if (status == YZ_OK && rename(b->part, b->to) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (status != YZ_OK) {
        fail(b, status);
        if (b->owned) {
            (void)yz_tree_remove(b->part);
        }
    }
    return status;
}

static void
tell(const backup *b)
{
    char at[YZ_RFC3339_SIZE] = "-";

    yz_rfc3339_write(b->facts.last_time_s, at);
    printf("backup: log %" PRIu64 " of %s, %" PRIu64 " places, %" PRIu64
           " bytes in %s\n",
           b->facts.last_seq, at, b->facts.places, b->bytes, b->to);
}

int
yz_command_backup(const yz_arguments *arguments)
{
    backup b = {.dir = arguments->dir, .part_fd = -1};
    yz_store_error error = {""};
    yz_status status;

    if (arguments->positional_count != 1) {
        fputs("yizhan: where to? backup wants a directory to make\n", stderr);
        return YZ_EXIT_USAGE;
    }
    b.to = arguments->positional[0];
    status = yz_store_open_read(b.dir, &b.store, &error);
    if (status != YZ_OK) {
        fprintf(stderr, "yizhan: no backup was made: %s\n", error.text);
        return YZ_EXIT_REFUSED;
    }
    b.manifest = malloc(YZ_MANIFEST_MAX);
    status = b.manifest == NULL ? YZ_NOMEM : make(&b);
    if (status == YZ_OK) {
        tell(&b);
    }
    yz_store_close(b.store);
    free(b.manifest);
    if (b.part_fd >= 0) {
        close(b.part_fd);
    }
    return status == YZ_OK ? YZ_EXIT_DONE : YZ_EXIT_REFUSED;
}
