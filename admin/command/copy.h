/*
 * Files that backups are made of: copied durably, with a hash of what went
 * by.
 */
#ifndef YZ_COMMAND_COPY_H
#define YZ_COMMAND_COPY_H

#include <sys/types.h>

#include "admin/command/manifest.h"
#include "lmdb_schema/files_write.h"

/* To whom what is made shall belong; only root can give it away. */
typedef struct {
    uid_t uid;
    gid_t gid;
} yz_owner;

/*
 * Copies `from`/name to `to`/name, mode 0600, synced; the directories of name
 * are made (0700).
 *
 * file: its name is given; size and hash of what was copied are filled in.
 * owner: NULL leaves it the user's.
 *
 * YZ_OK, YZ_NOT_FOUND, YZ_FULL, YZ_DENIED, YZ_IO or YZ_BAD_INPUT (path too
 * long).
 */
yz_status yz_copy_file(const char *from, const char *to, const yz_owner *owner,
                       yz_manifest_file *file);

/* Size and hash of a file that is there already. */
yz_status yz_hash_file(const char *dir, yz_manifest_file *file);

/* Removes a directory and everything in it; none is fine. */
yz_status yz_tree_remove(const char *path);

#endif
