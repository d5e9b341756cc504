/*
 * Directories, small files and links, made so that a power cut leaves the
 * old or the new.  Runs in the writer only.
 */
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Below this many free bytes a failed write is taken for a full disk. */
#define FULL_BELOW (1024 * 1024)

yz_status
yz_path_join(char path[static YZ_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(path, YZ_PATH_MAX, "%s/%s", dir, name);

    return n > 0 && n < YZ_PATH_MAX ? YZ_OK : YZ_BAD_INPUT;
}

yz_status
yz_dir_make(const char *path, mode_t mode)
{
    struct stat st;

    if (mkdir(path, 0700) != 0) {
        if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            return YZ_OK;
        }
        return yz_status_of_errno(errno);
    }
    if (stat(path, &st) != 0 || chmod(path, mode | (st.st_mode & S_ISGID))) {
        return yz_status_of_errno(errno);
    }
    return YZ_OK;
}

yz_status
yz_dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    yz_status status = YZ_OK;

    if (fd < 0) {
        return yz_status_of_errno(errno);
    }
    if (fsync(fd) != 0) {
        status = yz_status_of_errno(errno);
    }
    close(fd);
    return status;
}

/* Writes all of `bytes` to `fd`, its mode too, and to disk. */
static yz_status
write_durably(int fd, yz_span bytes, mode_t mode)
{
    size_t done = 0;

    while (done < bytes.n) {
        ssize_t n = write(fd, bytes.p + done, bytes.n - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return yz_status_of_errno(errno);
        }
        done += (size_t)n;
    }
    if (fchmod(fd, mode) != 0 || fsync(fd) != 0) {
        return yz_status_of_errno(errno);
    }
    return YZ_OK;
}

/* Writes the entries of the directory that holds `path` to disk. */
static yz_status
sync_parent(const char *path)
{
    char parent[YZ_PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path) {
        return yz_dir_sync(slash == NULL ? "." : "/");
    }
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    return yz_dir_sync(parent);
}

yz_status
yz_file_replace(const char *path, yz_span bytes, mode_t mode)
{
    char temporary[YZ_PATH_MAX];
    yz_status status;
    int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
    int fd;

    if (n < 0 || (size_t)n >= sizeof(temporary)) {
        return YZ_BAD_INPUT;
    }
    /* Made anew, so that an old file's wider mode never shows the bytes. */
    if (unlink(temporary) != 0 && errno != ENOENT) {
        return yz_status_of_errno(errno);
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return yz_status_of_errno(errno);
    }
    status = write_durably(fd, bytes, mode);
    if (close(fd) != 0 && status == YZ_OK) {
        status = yz_status_of_errno(errno);
    }
    if (status == YZ_OK && rename(temporary, path) != 0) {
        status = yz_status_of_errno(errno);
    }
    if (status != YZ_OK) {
        unlink(temporary);
        return status;
    }
    return sync_parent(path);
}

yz_status
yz_file_read(const char *path, char *buffer, size_t cap, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    yz_status status = YZ_OK;
    size_t done = 0;
    char more;

    if (fd < 0) {
        return yz_status_of_errno(errno);
    }
    for (;;) {
        bool room = done < cap;
        ssize_t got =
            read(fd, room ? buffer + done : &more, room ? cap - done : 1);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            status = yz_status_of_errno(errno);
        } else if (got > 0 && !room) {
            status = YZ_FULL;
        } else if (got > 0) {
            done += (size_t)got;
            continue;
        }
        break;
    }
    close(fd);
    *n = done;
    return status;
}

yz_status
yz_link_replace(const char *dir, const char *name, const char *target)
{
    char path[YZ_PATH_MAX], temporary[YZ_PATH_MAX];
    int n = snprintf(temporary, sizeof(temporary), "%s/%s.new", dir, name);

    if (n < 0 || (size_t)n >= sizeof(temporary) ||
        yz_path_join(path, dir, name) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    if (unlink(temporary) != 0 && errno != ENOENT) {
        return yz_status_of_errno(errno);
    }
    if (symlink(target, temporary) != 0 || rename(temporary, path) != 0) {
        return yz_status_of_errno(errno);
    }
    return yz_dir_sync(dir);
}

bool
yz_disk_room(const char *path, uint64_t *bytes)
{
    struct statvfs fs;

    if (statvfs(path, &fs) != 0) {
        return false;
    }
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (fs.f_files > 0 && fs.f_favail == 0) {
        *bytes = 0; /* no inode is left */
    }
    return true;
}

bool
yz_disk_is_full(const char *path)
{
    uint64_t bytes;

    return yz_disk_room(path, &bytes) && bytes < FULL_BELOW;
}
