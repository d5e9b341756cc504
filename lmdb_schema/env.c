/*
 * Opening LMDB environments, and the one mapping from LMDB's and the system's
 * results to yz_status.  Runs in nginx workers, the command and tests; others
 * call yz_env_open_read(), yz_status_of_lmdb() and yz_status_of_errno().
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/layout.h"
#include <errno.h>
#include <stddef.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the files are little-endian and read without conversion");
_Static_assert(sizeof(void *) == 8, "the map needs 64 GiB of addresses");

yz_status
yz_status_of_errno(int error)
{
    switch (error) {
    case 0:
        return YZ_OK;
    case ENOENT:
    case ENOTDIR:
        return YZ_NOT_FOUND;
    case EINVAL:
        return YZ_BAD_INPUT;
    case EAGAIN:
    case EBUSY:
        return YZ_BUSY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return YZ_FULL;
    case EACCES:
    case EPERM:
        return YZ_DENIED;
    case ENOMEM:
        return YZ_NOMEM;
    default:
        return YZ_IO;
    }
}

yz_status
yz_status_of_lmdb(int rc)
{
    switch (rc) {
    case MDB_NOTFOUND:
        return YZ_NOT_FOUND;
    case MDB_KEYEXIST:
    case MDB_BAD_VALSIZE:
        return YZ_BAD_INPUT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
        return YZ_CORRUPT;
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
        return YZ_FORMAT;
    case MDB_READERS_FULL:
    case MDB_MAP_RESIZED:
        return YZ_BUSY;
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case MDB_DBS_FULL:
        return YZ_FULL;
    default:
        return yz_status_of_errno(rc);
    }
}

/* Makes a handle, not yet opened, with what every opener shares. */
static yz_status
env_create(MDB_env **env)
{
    int major, minor;

    *env = NULL;
    mdb_version(&major, &minor, NULL);
    if (major != 0 || minor != 9) {
        return YZ_FORMAT;
    }
    int rc = mdb_env_create(env);
    if (rc != 0) {
        *env = NULL;
        return yz_status_of_lmdb(rc);
    }
    rc = mdb_env_set_mapsize(*env, YZ_MAP_SIZE);
    if (rc == 0) {
        rc = mdb_env_set_maxreaders(*env, YZ_READERS_MAX);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(*env, YZ_DATABASES_MAX);
    }
    if (rc != 0) {
        mdb_env_close(*env);
        *env = NULL;
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_env_open_read(const char *path, MDB_env **env)
{
    *env = NULL;
    yz_status status = yz_env_precheck(path);
    if (status != YZ_OK) {
        return status;
    }
    status = env_create(env);
    if (status != YZ_OK) {
        return status;
    }
    int rc = mdb_env_open(*env, path, MDB_RDONLY | MDB_NOTLS, 0660);
    if (rc != 0) {
        mdb_env_close(*env);
        *env = NULL;
    }
    return yz_status_of_lmdb(rc);
}
