/*
 * The look at an LMDB file before it is mapped.  Runs in whatever process is
 * about to open an environment; others call yz_env_precheck().
 *
 * Offsets are those of LMDB 0.9's data version 1 on a 64-bit little-endian
 * machine, read out of lmdb 0.9.24's mdb.c (MDB_page, MDB_meta, MDB_db):
 *
 *   page: 0 u64 number, 8 u16 pad, 10 u16 flags, 12 u16 lower, 14 u16 upper
 *   meta, from byte 16 of pages 0 and 1:
 *     0 u32 magic, 4 u32 version, 8 u64 address, 16 u64 map size,
 *     24 database of free pages, 72 main database (48 bytes each),
 *     120 u64 last page, 128 u64 transaction id
 *   database: 0 u32 pad (page size, in the first one), 4 u16 flags,
 *     6 u16 depth, 8 u64 branch, 16 u64 leaf, 24 u64 overflow pages,
 *     32 u64 entries, 40 u64 root page
 */
#include "lmdb_schema/env_precheck.h"
#include "lmdb_schema/layout.h"
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE_HEAD_SIZE = 16,
    META_SIZE = 136,
    PAGE_SIZE_MIN = 4096,  /* no machine that yizhan runs on has less */
    PAGE_SIZE_MAX = 32768, /* LMDB takes no more */
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_META = 0x08,
    DEPTH_MAX = 32, /* LMDB's CURSOR_STACK */
    /* A writer can move the newest meta and reuse the root page that was
       looked for; then another look succeeds. */
    ATTEMPTS = 3
};

#define META_MAGIC 0xBEEFC0DEu
#define META_VERSION 1u
#define NO_ROOT UINT64_MAX
#define PATH_SIZE 4096

typedef struct {
    uint16_t flags;
    uint16_t depth;
    uint64_t root;
} database_head;

typedef struct {
    uint32_t page_size;
    database_head free;
    database_head main;
    uint64_t last_page;
    uint64_t txn_id;
} meta_head;

static uint16_t
get_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t
get_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t
get_u64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Reads exactly `size` bytes at `offset`; a short file is corrupt. */
static yz_status
read_at(int fd, uint8_t *out, size_t size, uint64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, out + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return YZ_IO;
        }
        if (n == 0) {
            return YZ_CORRUPT;
        }
        done += (size_t)n;
    }
    return YZ_OK;
}

static database_head
database_of(const uint8_t *p)
{
    return (database_head){.flags = get_u16(p + 4),
                           .depth = get_u16(p + 6),
                           .root = get_u64(p + 40)};
}

static yz_status
read_meta(int fd, uint64_t offset, meta_head *meta)
{
    uint8_t page[PAGE_HEAD_SIZE + META_SIZE];
    const uint8_t *m = page + PAGE_HEAD_SIZE;
    yz_status status = read_at(fd, page, sizeof(page), offset);

    if (status != YZ_OK) {
        return status;
    }
    if ((get_u16(page + 10) & PAGE_META) == 0 || get_u32(m) != META_MAGIC) {
        return YZ_CORRUPT;
    }
    if (get_u32(m + 4) != META_VERSION) {
        return YZ_FORMAT;
    }
    meta->page_size = get_u32(m + 24);
    meta->free = database_of(m + 24);
    meta->main = database_of(m + 72);
    meta->last_page = get_u64(m + 120);
    meta->txn_id = get_u64(m + 128);
    return YZ_OK;
}

static bool
page_size_ok(uint32_t size)
{
    return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX &&
           (size & (size - 1)) == 0;
}

/* The root page of a database that is not empty must look like one. */
static yz_status
check_root(int fd, const meta_head *meta, const database_head *database)
{
    uint8_t page[PAGE_HEAD_SIZE];
    uint16_t kind = database->depth > 1 ? PAGE_BRANCH : PAGE_LEAF;

    if (database->root == NO_ROOT) {
        return database->depth == 0 ? YZ_OK : YZ_CORRUPT;
    }
    if (database->depth == 0 || database->depth > DEPTH_MAX ||
        database->root < 2 || database->root > meta->last_page) {
        return YZ_CORRUPT;
    }
    yz_status status =
        read_at(fd, page, sizeof(page), database->root * meta->page_size);
    if (status != YZ_OK) {
        return status;
    }
    uint16_t lower = get_u16(page + 12);
    uint16_t upper = get_u16(page + 14);
    if (get_u64(page) != database->root ||
        (get_u16(page + 10) & (PAGE_BRANCH | PAGE_LEAF)) != kind ||
        lower < PAGE_HEAD_SIZE || lower > upper || upper > meta->page_size) {
        return YZ_CORRUPT;
    }
    return YZ_OK;
}

static yz_status
check_meta(int fd, const meta_head *meta, uint64_t file_size)
{
    /* MDB_NOSUBDIR says only how the file was named when it was made;
       MDB_FIXEDMAP would let the file choose where it is mapped. */
    uint16_t free_flags = (uint16_t)(meta->free.flags & ~MDB_NOSUBDIR);

    if (meta->last_page < 1 || meta->last_page >= file_size / meta->page_size ||
        free_flags != MDB_INTEGERKEY || meta->main.flags != 0) {
        return YZ_CORRUPT;
    }
    yz_status status = check_root(fd, meta, &meta->free);
    return status != YZ_OK ? status : check_root(fd, meta, &meta->main);
}

static yz_status
look_once(int fd)
{
    struct stat st;
    meta_head metas[2];

    yz_status status = read_meta(fd, 0, &metas[0]);
    if (status != YZ_OK) {
        return status;
    }
    if (!page_size_ok(metas[0].page_size)) {
        return YZ_CORRUPT;
    }
    status = read_meta(fd, metas[0].page_size, &metas[1]);
    if (status != YZ_OK) {
        return status;
    }
    if (metas[1].page_size != metas[0].page_size) {
        return YZ_CORRUPT;
    }
    if (fstat(fd, &st) != 0) {
        return YZ_IO;
    }
    /* The choice that LMDB makes: the second only when it is newer. */
    return check_meta(fd, &metas[metas[0].txn_id < metas[1].txn_id],
                      (uint64_t)st.st_size);
}

yz_status
yz_env_precheck_fd(int fd)
{
    yz_status status = YZ_CORRUPT;

    for (int i = 0; i < ATTEMPTS && status == YZ_CORRUPT; i++) {
        status = look_once(fd);
    }
    return status;
}

yz_status
yz_env_precheck(const char *path)
{
    char file[PATH_SIZE];
    struct stat st;

    int n = snprintf(file, sizeof(file), "%s/%s", path, YZ_FILE_DATA);
    if (n < 0 || (size_t)n >= sizeof(file)) {
        return YZ_NOT_FOUND;
    }
    /* Without O_NONBLOCK a pipe of that name would hold the process. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ? YZ_NOT_FOUND : YZ_IO;
    }
    yz_status status = YZ_IO;
    if (fstat(fd, &st) == 0) {
        status = S_ISREG(st.st_mode) ? yz_env_precheck_fd(fd) : YZ_CORRUPT;
    }
    close(fd);
    return status;
}
