/*
 * Copies and hashes files.  Used by backup.c and restore.c.
 */
#include "admin/command/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lmdb_schema/env.h"

#define PIECE ((size_t)1 << 20)
#define WALK_FDS 16

static yz_status
write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);

        if (done < 0 && errno != EINTR) {
            return yz_status_of_errno(errno);
        }
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return YZ_OK;
}

/* Reads `in` to its end into the hash and, unless -1, to `out`. */
static yz_status
pump(int in, int out, EVP_MD_CTX *context, yz_manifest_file *file)
{
    char *piece = malloc(PIECE);
    yz_status status = piece == NULL ? YZ_NOMEM : YZ_OK;
    unsigned size = 0;

    file->size = 0;
    while (status == YZ_OK) {
        ssize_t n = read(in, piece, PIECE);

        if (n == 0) {
            break;
        }
        if (n < 0) {
            status = errno == EINTR ? YZ_OK : yz_status_of_errno(errno);
            continue;
        }
        file->size += (uint64_t)n;
        if (!EVP_DigestUpdate(context, piece, (size_t)n)) {
            status = YZ_NOMEM;
        } else if (out >= 0) {
            status = write_all(out, piece, (size_t)n);
        }
    }
    if (status == YZ_OK && (!EVP_DigestFinal_ex(context, file->hash, &size) ||
                            size != sizeof(file->hash))) {
        status = YZ_NOMEM;
    }
    free(piece);
    return status;
}

static yz_status
pump_hashed(int in, int out, yz_manifest_file *file)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    yz_status status = YZ_NOMEM;

    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
        status = pump(in, out, context, file);
    }
    EVP_MD_CTX_free(context);
    return status;
}

static yz_status
open_source(const char *dir, const char *name, int *fd)
{
    char path[YZ_PATH_MAX];
    yz_status status = yz_path_join(path, dir, name);

    *fd = -1;
    if (status == YZ_OK) {
        *fd = open(path, O_RDONLY | O_CLOEXEC);
        status = *fd < 0 ? yz_status_of_errno(errno) : YZ_OK;
    }
    return status;
}

static yz_status
give(int fd, const yz_owner *owner)
{
    if (owner == NULL || fchown(fd, owner->uid, owner->gid) == 0 ||
        errno == EPERM) {
        return YZ_OK;
    }
    return yz_status_of_errno(errno);
}

/* Makes the directories that `name` lies in below `dir`. */
static yz_status
make_parents(const char *dir, const char *name, const yz_owner *owner)
{
    const char *slash = name;
    yz_status status = YZ_OK;

    while (status == YZ_OK && (slash = strchr(slash, '/')) != NULL) {
        char path[YZ_PATH_MAX];
        int n = snprintf(path, sizeof(path), "%s/%.*s", dir,
                         (int)(slash - name), name);

        if (n < 0 || (size_t)n >= sizeof(path)) {
            return YZ_BAD_INPUT;
        }
        status = yz_dir_make(path, 0700);
        if (status == YZ_OK && owner != NULL &&
            chown(path, owner->uid, owner->gid) != 0 && errno != EPERM) {
            status = yz_status_of_errno(errno);
        }
        slash++;
    }
    return status;
}

static yz_status
sync_parents(const char *dir, const char *name)
{
    yz_status status = yz_dir_sync(dir);
    const char *slash = name;

    while (status == YZ_OK && (slash = strchr(slash, '/')) != NULL) {
        char path[YZ_PATH_MAX];

        snprintf(path, sizeof(path), "%s/%.*s", dir, (int)(slash - name), name);
        status = yz_dir_sync(path);
        slash++;
    }
    return status;
}

yz_status
yz_copy_file(const char *from, const char *to, const yz_owner *owner,
             yz_manifest_file *file)
{
    char path[YZ_PATH_MAX];
    int in = -1, out = -1;
    yz_status status = open_source(from, file->name, &in);

    if (status == YZ_OK) {
        status = make_parents(to, file->name, owner);
    }
    if (status == YZ_OK) {
        status = yz_path_join(path, to, file->name);
    }
    if (status == YZ_OK) {
        out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        status = out < 0 ? yz_status_of_errno(errno) : YZ_OK;
    }
    if (status == YZ_OK) {
        status = pump_hashed(in, out, file);
    }
    if (status == YZ_OK) {
        status = give(out, owner);
    }
    if (status == YZ_OK && fsync(out) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (out >= 0 && close(out) != 0 && status == YZ_OK) {
        status = yz_status_of_errno(errno);
    }
    if (in >= 0) {
        close(in);
    }
    return status == YZ_OK ? sync_parents(to, file->name) : status;
}

yz_status
yz_hash_file(const char *dir, yz_manifest_file *file)
{
    int in;
    yz_status status = open_source(dir, file->name, &in);

    if (status == YZ_OK) {
        status = pump_hashed(in, -1, file);
        close(in);
    }
    return status;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

yz_status
yz_tree_remove(const char *path)
{
    if (nftw(path, remove_one, WALK_FDS, FTW_DEPTH | FTW_PHYS) == 0 ||
        errno == ENOENT) {
        return YZ_OK;
    }
    return yz_status_of_errno(errno);
}
