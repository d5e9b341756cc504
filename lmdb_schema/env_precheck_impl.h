/*
 * LMDB 0.9's file format (data version 1, 64 bits, little-endian) as far as
 * it is looked at without LMDB: shared by env_precheck.c and
 * env_pages_write.c; not for others.
 *
 * Read out of lmdb 0.9.24's mdb.c (MDB_page, MDB_meta, MDB_db, MDB_node):
 *
 *   page: 0 u64 number, 8 u16 pad, 10 u16 flags, 12 u16 lower, 14 u16 upper
 *     (of an overflow page: 12 u32 how many pages), 16 u16 for each node its
 *     offset, up to lower; nodes from upper to the end
 *   meta, from byte 16 of pages 0 and 1:
 *     0 u32 magic, 4 u32 version, 8 u64 address, 16 u64 map size,
 *     24 database of free pages, 72 main database (48 bytes each),
 *     120 u64 last page, 128 u64 transaction id
 *   database: 0 u32 pad (page size, in the first one), 4 u16 flags,
 *     6 u16 depth, 8 u64 branch, 16 u64 leaf, 24 u64 overflow pages,
 *     32 u64 entries, 40 u64 root page
 *   node: 0 u16 low, 2 u16 high, 4 u16 flags, 6 u16 key size, 8 the key, then
 *     on a leaf the value.  On a leaf low and high are the value's size; on a
 *     branch low, high and flags are the number of the page below.
 */
#ifndef YZ_SCHEMA_ENV_PRECHECK_IMPL_H
#define YZ_SCHEMA_ENV_PRECHECK_IMPL_H

#include "core/status.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    YZ_PAGE_HEAD_SIZE = 16,
    YZ_PAGE_BRANCH = 0x01,
    YZ_PAGE_LEAF = 0x02,
    YZ_PAGE_OVERFLOW = 0x04,
    YZ_PAGE_META = 0x08,
    YZ_NODE_HEAD_SIZE = 8,
    YZ_NODE_BIG = 0x01, /* the value is the number of an overflow page */
    YZ_NODE_SUB = 0x02, /* the value is a database */
    YZ_TREE_SIZE = 48,
    YZ_TREE_DEPTH_MAX = 32 /* LMDB's CURSOR_STACK */
};

#define YZ_PAGE_NONE UINT64_MAX /* root of an empty database */

typedef struct {
    uint16_t flags;
    uint16_t depth;
    uint64_t root;
} yz_env_tree;

typedef struct {
    uint32_t page_size;
    yz_env_tree free;
    yz_env_tree main;
    uint64_t last_page;
    uint64_t txn_id;
} yz_env_meta;

static inline uint16_t
yz_get_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t
yz_get_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t
yz_get_u64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* The database in the 48 bytes at `p`. */
static inline yz_env_tree
yz_env_tree_of(const uint8_t *p)
{
    return (yz_env_tree){.flags = yz_get_u16(p + 4),
                         .depth = yz_get_u16(p + 6),
                         .root = yz_get_u64(p + 40)};
}

/*
 * Opens `path`/data.mdb for reading.  YZ_OK with *fd, which the caller
 * closes, or YZ_NOT_FOUND, YZ_DENIED, YZ_CORRUPT (no regular file) or YZ_IO.
 */
yz_status yz_env_data_open(const char *path, int *fd);

/*
 * Reads exactly `size` bytes at `offset` of `fd`.  YZ_OK, YZ_CORRUPT (the
 * file ends before) or YZ_IO.
 */
yz_status yz_env_read_at(int fd, uint8_t *out, size_t size, uint64_t offset);

/*
 * As yz_env_precheck_fd(); on YZ_OK *meta is the newest meta page, whose
 * last page lies in the file.
 */
yz_status yz_env_precheck_meta(int fd, yz_env_meta *meta);

#endif
