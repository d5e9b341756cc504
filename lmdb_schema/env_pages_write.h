/*
 * A look at every page of an LMDB file before LMDB follows them.  Write half:
 * it takes long (about 1 ms for 4 MB in memory) and wants a file at rest.
 */
#ifndef YZ_SCHEMA_ENV_PAGES_WRITE_H
#define YZ_SCHEMA_ENV_PAGES_WRITE_H

#include "core/status.h"

/*
 * Looks at `path`/data.mdb with plain reads: all that yz_env_precheck() looks
 * at, then the free list and the trees of the newest snapshot: each page once,
 * what it says it is, its nodes inside it.  What passes, LMDB can read and
 * write without dying; whether the records are right is not asked.  Nobody
 * may write meanwhile.
 *
 * only: name of the one database whose tree is looked at beside the free list
 *   and the list of databases; NULL: all.
 *
 * YZ_OK, YZ_NOT_FOUND, YZ_DENIED, YZ_FORMAT, YZ_CORRUPT (also when the disk
 * does not give a page back), YZ_IO or YZ_NOMEM.
 */
yz_status yz_env_pages_check(const char *path, const char *only);

#endif
