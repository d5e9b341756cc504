/*
 * Reads segments of the log.  Runs in the writer and in commands that read;
 * called by the state, which looks here for what the environment has not.
 */
#include "lmdb_schema/archive.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/files_write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file, mapped until the archive is closed: its entries are lent. */
typedef struct {
    yz_segment segment;
    size_t size;
    dev_t device;
    ino_t inode;
    char name[YZ_SEGMENT_NAME_SIZE];
} mapped;

struct yz_archive {
    char dir[YZ_PATH_MAX];
    mapped *items;
    size_t count;
    size_t cap;
    size_t recent;           /* the one that was right last time */
    struct timespec scanned; /* the directory's mtime when it was read */
};

yz_status
yz_segment_hash(const uint8_t *bytes, size_t size,
                uint8_t hash[static YZ_HASH_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned n = 0;
    bool done = context != NULL &&
                EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, bytes + sizeof(yz_segment_head),
                                 size - sizeof(yz_segment_head)) &&
                EVP_DigestUpdate(context, bytes, YZ_SEGMENT_HASHED) &&
                EVP_DigestFinal_ex(context, hash, &n) && n == YZ_HASH_SIZE;

    EVP_MD_CTX_free(context);
    return done ? YZ_OK : YZ_NOMEM;
}

yz_status
yz_segment_read(yz_span bytes, yz_segment *segment)
{
    const yz_segment_head *head = &segment->head;
    uint64_t room, count;

    if (bytes.n < sizeof(*head)) {
        return YZ_FORMAT;
    }
    memcpy(&segment->head, bytes.p, sizeof(*head));
    segment->bytes = (const uint8_t *)bytes.p;
    if (memcmp(head->magic, YZ_SEGMENT_MAGIC, sizeof(head->magic)) != 0) {
        return YZ_FORMAT;
    }
    if (head->size != bytes.n || head->first == 0 || head->last < head->first ||
        head->index_at < sizeof(*head) || head->index_at > head->size) {
        return YZ_CORRUPT;
    }
    room = (head->size - head->index_at) / sizeof(uint64_t);
    count = head->last - head->first;
    return (head->size - head->index_at) % sizeof(uint64_t) == 0 && room >= 2 &&
                   count == room - 2
               ? YZ_OK
               : YZ_CORRUPT;
}

yz_status
yz_segment_entry(const yz_segment *segment, uint64_t seq, yz_span *entry)
{
    const yz_segment_head *head = &segment->head;
    uint64_t at[2];

    memcpy(at, segment->bytes + head->index_at + (seq - head->first) * 8,
           sizeof(at));
    if (at[0] < sizeof(*head) || at[1] < at[0] || at[1] > head->index_at) {
        return YZ_CORRUPT;
    }
    *entry = (yz_span){(const char *)segment->bytes + at[0], at[1] - at[0]};
    return YZ_OK;
}

yz_status
yz_segment_check(const yz_segment *segment)
{
    uint8_t hash[YZ_HASH_SIZE];
    yz_status status =
        yz_segment_hash(segment->bytes, segment->head.size, hash);

    if (status == YZ_OK &&
        memcmp(hash, segment->head.hash, sizeof(hash)) != 0) {
        status = YZ_CORRUPT;
    }
    return status;
}

yz_status
yz_archive_open(const char *private_dir, yz_archive **archive)
{
    yz_archive *opened = calloc(1, sizeof(*opened));
    yz_status status = YZ_NOMEM;

    *archive = NULL;
    if (opened != NULL) {
        status = yz_path_join(opened->dir, private_dir, YZ_DIR_LOG);
    }
    if (status != YZ_OK) {
        free(opened);
        return status;
    }
    *archive = opened;
    return YZ_OK;
}

void
yz_archive_close(yz_archive *archive)
{
    if (archive == NULL) {
        return;
    }
    for (size_t i = 0; i < archive->count; i++) {
        munmap((void *)archive->items[i].segment.bytes, archive->items[i].size);
    }
    free(archive->items);
    free(archive);
}

static bool
is_known(const yz_archive *archive, const struct stat *st)
{
    for (size_t i = 0; i < archive->count; i++) {
        if (archive->items[i].inode == st->st_ino &&
            archive->items[i].device == st->st_dev) {
            return true;
        }
    }
    return false;
}

static mapped *
add_item(yz_archive *archive)
{
    if (archive->count == archive->cap) {
        size_t cap = archive->cap > 0 ? archive->cap * 2 : 16;
        mapped *items = realloc(archive->items, cap * sizeof(*items));

        if (items == NULL) {
            return NULL;
        }
        archive->items = items;
        archive->cap = cap;
    }
    return &archive->items[archive->count];
}

/* Maps one file.  One that is no segment is left alone: what it should have
   is missing then, and told so. */
static yz_status
map_file(yz_archive *archive, int fd, const struct stat *st, const char *name)
{
    mapped *item = add_item(archive);
    void *bytes;

    if (item == NULL) {
        return YZ_NOMEM;
    }
    bytes = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return yz_status_of_errno(errno);
    }
    *item = (mapped){
        .size = (size_t)st->st_size, .device = st->st_dev, .inode = st->st_ino};
    snprintf(item->name, sizeof(item->name), "%.*s",
             (int)sizeof(item->name) - 1, name);
    if (yz_segment_read((yz_span){bytes, item->size}, &item->segment) !=
        YZ_OK) {
        munmap(bytes, item->size);
        return YZ_OK;
    }
    archive->count++;
    return YZ_OK;
}

static yz_status
look_at(yz_archive *archive, int dir_fd, const char *name)
{
    size_t n = strlen(name), end = sizeof(YZ_SEGMENT_END) - 1;
    yz_status status = YZ_OK;
    struct stat st;
    int fd;

    if (n <= end || n >= YZ_SEGMENT_NAME_SIZE ||
        memcmp(name + n - end, YZ_SEGMENT_END, end) != 0) {
        return YZ_OK;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? YZ_OK : yz_status_of_errno(errno);
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        !is_known(archive, &st)) {
        status = map_file(archive, fd, &st, name);
    }
    close(fd);
    return status;
}

/* Finds the files that have come since the directory was read. */
static yz_status
scan(yz_archive *archive)
{
    yz_status status = YZ_OK;
    const struct dirent *entry;
    struct stat st;
    DIR *dir;

    if (stat(archive->dir, &st) != 0) {
        return errno == ENOENT ? YZ_OK : yz_status_of_errno(errno);
    }
    if (memcmp(&st.st_mtim, &archive->scanned, sizeof(st.st_mtim)) == 0) {
        return YZ_OK;
    }
    dir = opendir(archive->dir);
    if (dir == NULL) {
        return errno == ENOENT ? YZ_OK : yz_status_of_errno(errno);
    }
    while (status == YZ_OK && (entry = readdir(dir)) != NULL) {
        status = look_at(archive, dirfd(dir), entry->d_name);
    }
    closedir(dir);
    if (status == YZ_OK) {
        archive->scanned = st.st_mtim;
    }
    return status;
}

static bool
has(const mapped *item, uint64_t seq)
{
    return item->segment.head.first <= seq && seq <= item->segment.head.last;
}

static const mapped *
find(yz_archive *archive, uint64_t seq)
{
    if (archive->recent < archive->count &&
        has(&archive->items[archive->recent], seq)) {
        return &archive->items[archive->recent];
    }
    for (size_t i = 0; i < archive->count; i++) {
        if (has(&archive->items[i], seq)) {
            archive->recent = i;
            return &archive->items[i];
        }
    }
    return NULL;
}

yz_status
yz_archive_get(yz_archive *archive, uint64_t seq, yz_span *entry)
{
    const mapped *item = find(archive, seq);
    yz_status status = YZ_OK;

    if (item == NULL) {
        status = scan(archive);
        item = find(archive, seq);
    }
    if (status != YZ_OK) {
        return status;
    }
    return item == NULL ? YZ_NOT_FOUND
                        : yz_segment_entry(&item->segment, seq, entry);
}

yz_status
yz_archive_first(yz_archive *archive, uint64_t last, uint64_t *first)
{
    yz_status status = scan(archive);

    *first = last + 1;
    while (status == YZ_OK && *first > 1) {
        const mapped *item = find(archive, *first - 1);

        if (item == NULL) {
            break;
        }
        *first = item->segment.head.first;
    }
    return status;
}

yz_status
yz_archive_each(yz_archive *archive,
                yz_status (*visit)(void *context, const char *name,
                                   const yz_segment *segment),
                void *context)
{
    yz_status status = scan(archive);

    for (size_t i = 0; status == YZ_OK && i < archive->count; i++) {
        status =
            visit(context, archive->items[i].name, &archive->items[i].segment);
    }
    return status;
}
