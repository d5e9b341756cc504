/*
 * Opening LMDB for writing, and ending its transactions.  Runs in the writer
 * only; called by the state and the generations.
 */
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* LMDB 0.9's lock file: a head of 128 bytes and one of 64 for each slot. */
#define LOCK_FILE_SIZE (128 + 64 * (off_t)YZ_READERS_MAX)

/* Sets the modes of the two files of the environment in `path`. */
static yz_status
set_modes(const char *path, mode_t data_mode, mode_t lock_mode)
{
    char file[YZ_PATH_MAX];

    if (yz_path_join(file, path, YZ_FILE_DATA) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    if (chmod(file, data_mode) != 0) {
        return yz_status_of_errno(errno);
    }
    if (yz_path_join(file, path, YZ_FILE_LOCK) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    if (chmod(file, lock_mode) != 0) {
        return yz_status_of_errno(errno);
    }
    return YZ_OK;
}

/*
 * Gives the lock file its room on disk.  LMDB makes a sparse one and writes
 * into its mapping: on a full disk that is a SIGBUS.  Runs before LMDB locks
 * the file, as closing a file drops all locks that the process has on it.
 */
static yz_status
make_lock_room(const char *path, mode_t lock_mode)
{
    char file[YZ_PATH_MAX];
    struct stat st;
    int fd, error = 0;

    if (yz_path_join(file, path, YZ_FILE_LOCK) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, lock_mode);
    if (fd < 0) {
        return yz_status_of_errno(errno);
    }
    if (fstat(fd, &st) != 0) {
        error = errno;
    } else if (st.st_size < LOCK_FILE_SIZE ||
               (off_t)st.st_blocks * 512 < LOCK_FILE_SIZE) {
        error = posix_fallocate(fd, 0, LOCK_FILE_SIZE);
    }
    close(fd);
    /* A file system that can't promise room is used without the promise. */
    return error == EOPNOTSUPP || error == EINVAL ? YZ_OK
                                                  : yz_status_of_errno(error);
}

/* Sets the shared sizes and opens. */
static int
open_env(MDB_env *env, const char *path, unsigned flags, mode_t mode)
{
    int rc = mdb_env_set_mapsize(env, YZ_MAP_SIZE);

    if (rc == 0) {
        rc = mdb_env_set_maxreaders(env, YZ_READERS_MAX);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(env, YZ_DATABASES_MAX);
    }
    if (rc == 0) {
        rc = mdb_env_open(env, path, flags | MDB_NOTLS, mode);
    }
    return rc;
}

/*
 * Looks at the data file before LMDB does.  No file, and the empty one that
 * a writer leaves when it dies right after making it, are both a new start.
 */
static yz_status
precheck(const char *path)
{
    char file[YZ_PATH_MAX];
    struct stat st;

    if (yz_path_join(file, path, YZ_FILE_DATA) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    if (stat(file, &st) != 0) {
        return errno == ENOENT ? YZ_OK : yz_status_of_errno(errno);
    }
    return st.st_size == 0 ? YZ_OK : yz_env_precheck(path);
}

yz_status
yz_env_open_write(const char *path, unsigned flags, mode_t data_mode,
                  mode_t lock_mode, MDB_env **env)
{
    yz_status status = precheck(path);
    MDB_env *opened = NULL;

    *env = NULL;
    if (status == YZ_OK) {
        status = make_lock_room(path, lock_mode);
    }
    if (status != YZ_OK) {
        return status;
    }
    status = yz_status_of_lmdb(mdb_env_create(&opened));
    if (status != YZ_OK) {
        return status;
    }
    status = yz_status_of_lmdb(open_env(opened, path, flags, data_mode));
    if (status == YZ_OK) {
        status = set_modes(path, data_mode, lock_mode);
    }
    if (status != YZ_OK) {
        mdb_env_close(opened);
        return yz_disk_is_full(path) ? YZ_FULL : status;
    }
    *env = opened;
    return YZ_OK;
}

yz_status
yz_env_begin_write(MDB_env *env, MDB_txn **txn)
{
    int dead;
    int rc = mdb_reader_check(env, &dead);

    *txn = NULL;
    if (rc == 0) {
        rc = mdb_txn_begin(env, NULL, 0, txn);
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_txn_commit(MDB_txn **txn)
{
    MDB_txn *ending = *txn;
    MDB_env *env = mdb_txn_env(ending);
    const char *path = NULL;
    yz_status status;

    *txn = NULL;
    status = yz_status_of_lmdb(mdb_txn_commit(ending));
    if (status == YZ_IO && mdb_env_get_path(env, &path) == 0 &&
        yz_disk_is_full(path)) {
        status = YZ_FULL;
    }
    return status;
}

void
yz_txn_abort(MDB_txn **txn)
{
    if (*txn != NULL) {
        mdb_txn_abort(*txn);
        *txn = NULL;
    }
}

const char *
yz_env_notice(void)
{
    int major, minor, patch;

    mdb_version(&major, &minor, &patch);
    if (major == 0 && minor == 9 && patch >= 26 && patch <= 31) {
        return "this LMDB (0.9.26 to 0.9.31) has a bug that can damage data "
               "(ITS#10095): use 0.9.24 or 0.9.32";
    }
    return NULL;
}
