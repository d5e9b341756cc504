/*
 * Opening LMDB environments the one right way, and turning LMDB's and the
 * system's results into yz_status.  Read half: linked by the module.
 */
#ifndef YZ_SCHEMA_ENV_H
#define YZ_SCHEMA_ENV_H

#include "core/status.h"
#include "lmdb_schema/env_precheck.h"
#include <lmdb.h>

/* Status of an errno value `error`; the only such mapping. */
yz_status yz_status_of_errno(int error);

/* Status of what an LMDB function returned: its own code or an errno value. */
yz_status yz_status_of_lmdb(int rc);

/*
 * Opens the environment directory `path` read-only (after yz_env_precheck)
 * with the shared map size, reader slots and MDB_NOTLS.  Call after fork.
 * *env is NULL on failure; close with mdb_env_close().
 */
yz_status yz_env_open_read(const char *path, MDB_env **env);

#endif
