/*
 * A look at an LMDB file before LMDB maps it, because LMDB 0.9 believes what
 * its meta pages say and dies of SIGFPE or SIGBUS when they are wrong.  Read
 * half.
 */
#ifndef YZ_SCHEMA_ENV_PRECHECK_H
#define YZ_SCHEMA_ENV_PRECHECK_H

#include "core/status.h"

/*
 * Looks at `path`/data.mdb with plain reads: regular file, magic, version,
 * page size, flags and roots of the newest meta page, and a file at least as
 * long as its last page.  A writer may be at work meanwhile.
 * Returns YZ_OK, YZ_NOT_FOUND, YZ_DENIED, YZ_IO, YZ_FORMAT (another version
 * of LMDB's format) or YZ_CORRUPT.
 */
yz_status yz_env_precheck(const char *path);

/* The same for an open file; its offset is neither used nor moved. */
yz_status yz_env_precheck_fd(int fd);

#endif
