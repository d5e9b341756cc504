/*
 * The look at an LMDB file before it is mapped.  Runs in whatever process is
 * about to open an environment; others call yz_env_precheck().
 */
#include "lmdb_schema/env_precheck.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_precheck_impl.h"
#include "lmdb_schema/layout.h"
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    META_SIZE = 136,
    PAGE_SIZE_MIN = 4096,  /* no machine that yizhan runs on has less */
    PAGE_SIZE_MAX = 32768, /* LMDB takes no more */
    /* A writer can move the newest meta and reuse the root page that was
       looked for; then another look succeeds. */
    ATTEMPTS = 3
};

#define META_MAGIC 0xBEEFC0DEu
#define META_VERSION 1u
#define PATH_SIZE 4096

yz_status
yz_env_read_at(int fd, uint8_t *out, size_t size, uint64_t offset)
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

static yz_status
read_meta(int fd, uint64_t offset, yz_env_meta *meta)
{
    uint8_t page[YZ_PAGE_HEAD_SIZE + META_SIZE];
    const uint8_t *m = page + YZ_PAGE_HEAD_SIZE;
    yz_status status = yz_env_read_at(fd, page, sizeof(page), offset);

    if (status != YZ_OK) {
        return status;
    }
    if ((yz_get_u16(page + 10) & YZ_PAGE_META) == 0 ||
        yz_get_u32(m) != META_MAGIC) {
        return YZ_CORRUPT;
    }
    if (yz_get_u32(m + 4) != META_VERSION) {
        return YZ_FORMAT;
    }
    meta->page_size = yz_get_u32(m + 24);
    meta->free = yz_env_tree_of(m + 24);
    meta->main = yz_env_tree_of(m + 72);
    meta->last_page = yz_get_u64(m + 120);
    meta->txn_id = yz_get_u64(m + 128);
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
check_root(int fd, const yz_env_meta *meta, const yz_env_tree *database)
{
    uint8_t page[YZ_PAGE_HEAD_SIZE];
    uint16_t kind = database->depth > 1 ? YZ_PAGE_BRANCH : YZ_PAGE_LEAF;

    if (database->root == YZ_PAGE_NONE) {
        return database->depth == 0 ? YZ_OK : YZ_CORRUPT;
    }
    if (database->depth == 0 || database->depth > YZ_TREE_DEPTH_MAX ||
        database->root < 2 || database->root > meta->last_page) {
        return YZ_CORRUPT;
    }
    yz_status status = yz_env_read_at(fd, page, sizeof(page),
                                      database->root * meta->page_size);
    if (status != YZ_OK) {
        return status;
    }
    uint16_t lower = yz_get_u16(page + 12);
    uint16_t upper = yz_get_u16(page + 14);
    if (yz_get_u64(page) != database->root ||
        (yz_get_u16(page + 10) & (YZ_PAGE_BRANCH | YZ_PAGE_LEAF)) != kind ||
        lower < YZ_PAGE_HEAD_SIZE || lower > upper || upper > meta->page_size) {
        return YZ_CORRUPT;
    }
    return YZ_OK;
}

static yz_status
check_meta(int fd, const yz_env_meta *meta, uint64_t file_size)
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
look_once(int fd, yz_env_meta *meta)
{
    struct stat st;
    yz_env_meta metas[2];

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
    *meta = metas[metas[0].txn_id < metas[1].txn_id];
    return check_meta(fd, meta, (uint64_t)st.st_size);
}

yz_status
yz_env_precheck_meta(int fd, yz_env_meta *meta)
{
    yz_status status = YZ_CORRUPT;

    for (int i = 0; i < ATTEMPTS && status == YZ_CORRUPT; i++) {
        status = look_once(fd, meta);
    }
    return status;
}

yz_status
yz_env_precheck_fd(int fd)
{
    yz_env_meta meta;

    return yz_env_precheck_meta(fd, &meta);
}

yz_status
yz_env_data_open(const char *path, int *fd)
{
    char file[PATH_SIZE];
    struct stat st;

    *fd = -1;
    int n = snprintf(file, sizeof(file), "%s/%s", path, YZ_FILE_DATA);
    if (n < 0 || (size_t)n >= sizeof(file)) {
        return YZ_NOT_FOUND;
    }
    /* Without O_NONBLOCK a pipe of that name would hold the process. */
    int opened = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) {
        return yz_status_of_errno(errno);
    }
    if (fstat(opened, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(opened);
        return YZ_CORRUPT;
    }
    *fd = opened;
    return YZ_OK;
}

yz_status
yz_env_precheck(const char *path)
{
    int fd;
    yz_status status = yz_env_data_open(path, &fd);

    if (status == YZ_OK) {
        status = yz_env_precheck_fd(fd);
        close(fd);
    }
    return status;
}
