/*
 * Directories and small files that must survive a power cut, with modes that
 * no umask changes.  Write half.
 */
#ifndef YZ_SCHEMA_FILES_WRITE_H
#define YZ_SCHEMA_FILES_WRITE_H

#include "core/span.h"
#include "core/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define YZ_PATH_MAX 4096

/*
 * Joins `dir`, '/' and `name` into `path`.  YZ_OK or YZ_BAD_INPUT (too long).
 */
yz_status yz_path_join(char path[static YZ_PATH_MAX], const char *dir,
                       const char *name);

/*
 * Makes directory `path` unless it is there, and gives a new one `mode`
 * (a set-group-id bit that it inherited stays).  YZ_OK, YZ_FULL, YZ_DENIED or YZ_IO.
 */
yz_status yz_dir_make(const char *path, mode_t mode);

/* Writes the entries of directory `path` to disk.  YZ_OK, YZ_DENIED or YZ_IO. */
yz_status yz_dir_sync(const char *path);

/*
 * Puts `bytes` under the name `path` in one step: a reader sees the old file
 * or the new one, whole, also after a power cut.  YZ_OK, YZ_FULL, YZ_DENIED or YZ_IO.
 */
yz_status yz_file_replace(const char *path, yz_span bytes, mode_t mode);

/*
 * Reads a whole file of at most `cap` bytes.  YZ_OK with *n set, or
 * YZ_NOT_FOUND, YZ_FULL (longer than cap), YZ_DENIED, YZ_IO.
 */
yz_status yz_file_read(const char *path, char *buffer, size_t cap, size_t *n);

/*
 * Points the link `dir`/`name` at `target` in one durable step.  YZ_OK,
 * YZ_FULL, YZ_DENIED, YZ_IO or YZ_BAD_INPUT (path too long).
 */
yz_status yz_link_replace(const char *dir, const char *name,
                          const char *target);

/* Bytes that may still be written on the file system that holds `path`; false
   when the system does not tell. */
bool yz_disk_room(const char *path, uint64_t *bytes);

/* True when the file system that holds `path` has next to nothing left. */
bool yz_disk_is_full(const char *path);

#endif
