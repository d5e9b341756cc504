/*
 * Writes segments of the log and takes their entries out of the environment.
 * The file is on disk before the transaction that takes them out: an
 * interruption in between leaves them in both, and the next try writes the
 * file again.  Runs in the writer only; called by the daemon's tick and by
 * yizhan log archive.
 */
#include "lmdb_schema/archive_write.h"
#include "lmdb_schema/archive.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/store_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES_MOST ((size_t)32 << 20) /* of one segment's entries, about */

/* A segment while it grows. */
typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t cap;
    uint64_t *offsets;
    yz_segment_head head;
} segment;

static yz_status
append(segment *s, const void *bytes, size_t n)
{
    if (s->cap - s->size < n) {
        size_t cap = s->cap * 2 > s->size + n ? s->cap * 2 : s->size + n;
        uint8_t *grown = realloc(s->bytes, cap);

        if (grown == NULL) {
            return YZ_NOMEM;
        }
        s->bytes = grown;
        s->cap = cap;
    }
    memcpy(s->bytes + s->size, bytes, n);
    s->size += n;
    return YZ_OK;
}

/* Adds the entries from head.first on that are old enough. */
static yz_status
collect(yz_store *store, segment *s, int64_t before_s, uint64_t last_seq)
{
    uint64_t seq = s->head.first;
    uint64_t most = YZ_ARCHIVE_MOST;
    yz_status status = append(s, &s->head, sizeof(s->head));

    for (;
         status == YZ_OK && seq < last_seq && most > 0 && s->size < BYTES_MOST;
         seq++, most--) {
        yz_log_entry entry;

        status = yz_log_get(&store->state, store->batch.txn, seq, &entry);
        if (status == YZ_NOT_FOUND) {
            return YZ_CORRUPT;
        }
        if (status != YZ_OK || entry.head.at_s >= before_s) {
            break;
        }
        s->offsets[seq - s->head.first] = s->size;
        memcpy(s->head.chain, entry.hash, YZ_HASH_SIZE);
        status =
            append(s, entry.bytes,
                   sizeof(entry.head) + entry.head.payload_size + YZ_HASH_SIZE);
    }
    s->head.last = seq - 1;
    s->offsets[seq - s->head.first] = s->size;
    return status;
}

/* The hash before the first entry. */
static yz_status
read_before(yz_store *store, segment *s)
{
    yz_log_entry entry;
    yz_status status;

    if (s->head.first == 1) {
        return YZ_OK;
    }
    status =
        yz_log_get(&store->state, store->batch.txn, s->head.first - 1, &entry);
    if (status == YZ_OK) {
        memcpy(s->head.before, entry.hash, YZ_HASH_SIZE);
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

static yz_status
seal(segment *s)
{
    size_t count = (size_t)(s->head.last - s->head.first + 1);
    yz_status status;

    s->head.index_at = s->size;
    status = append(s, s->offsets, (count + 1) * sizeof(*s->offsets));
    if (status == YZ_OK) {
        s->head.size = s->size;
        memcpy(s->bytes, &s->head, sizeof(s->head));
        status = yz_segment_hash(s->bytes, s->size, s->head.hash);
    }
    if (status == YZ_OK) {
        memcpy(s->bytes, &s->head, sizeof(s->head));
    }
    return status;
}

static yz_status
write_file(yz_store *store, const segment *s)
{
    char private[YZ_PATH_MAX], dir[YZ_PATH_MAX], path[YZ_PATH_MAX];
    char name[YZ_SEGMENT_NAME_SIZE];
    yz_status status = yz_path_join(private, store->dir, YZ_DIR_PRIVATE);

    snprintf(name, sizeof(name), "%09" PRIu64 YZ_SEGMENT_END, s->head.first);
    if (status == YZ_OK) {
        status = yz_path_join(dir, private, YZ_DIR_LOG);
    }
    if (status == YZ_OK) {
        status = yz_dir_make(dir, 0700);
    }
    if (status == YZ_OK) {
        status = yz_dir_sync(private);
    }
    if (status == YZ_OK) {
        status = yz_path_join(path, dir, name);
    }
    return status == YZ_OK
               ? yz_file_replace(
                     path, (yz_span){(const char *)s->bytes, s->size}, 0400)
               : status;
}

/* Takes the entries out, and notes up to where. */
static yz_status
take_out(yz_store *store, const segment *s)
{
    MDB_txn *txn = store->batch.txn;
    yz_status status = YZ_OK;

    for (uint64_t seq = s->head.first; status == YZ_OK && seq <= s->head.last;
         seq++) {
        uint8_t key_bytes[8];
        MDB_val key = {sizeof(key_bytes), key_bytes};

        yz_log_key(seq, key_bytes);
        status = yz_status_of_lmdb(mdb_del(txn, store->state.log, &key, NULL));
    }
    if (status == YZ_OK) {
        MDB_val key = {strlen(YZ_STATE_ARCHIVED), YZ_STATE_ARCHIVED};
        uint64_t last = s->head.last;
        MDB_val value = {sizeof(last), &last};

        status =
            yz_status_of_lmdb(mdb_put(txn, store->state.meta, &key, &value, 0));
    }
    store->batch.unlogged = true;
    return status;
}

static yz_status
move(yz_store *store, segment *s, int64_t before_s, uint64_t least,
     uint64_t *moved)
{
    yz_state_head head;
    uint64_t archived = 0;
    yz_status status =
        yz_state_head_get(&store->state, store->batch.txn, &head);

    if (status == YZ_OK) {
        status =
            yz_state_archived_get(&store->state, store->batch.txn, &archived);
    }
    s->head.first = archived + 1;
    if (status == YZ_OK) {
        status = collect(store, s, before_s, head.last_seq);
    }
    if (status != YZ_OK || s->head.last < s->head.first ||
        s->head.last - s->head.first + 1 < least) {
        return status;
    }
    status = read_before(store, s);
    if (status == YZ_OK) {
        status = seal(s);
    }
    if (status == YZ_OK) {
        status = write_file(store, s);
    }
    if (status == YZ_OK) {
        status = take_out(store, s);
    }
    if (status == YZ_OK) {
        *moved = s->head.last - s->head.first + 1;
    }
    return status;
}

yz_status
yz_store_archive(yz_store *store, int64_t before_s, uint64_t least,
                 uint64_t *moved)
{
    segment s = {.cap = (size_t)1 << 20, .head = {.magic = ""}};
    yz_status status = yz_store_check_batch(store);

    *moved = 0;
    if (status != YZ_OK) {
        return status;
    }
    memcpy(s.head.magic, YZ_SEGMENT_MAGIC, sizeof(s.head.magic));
    s.bytes = malloc(s.cap);
    s.offsets = calloc(YZ_ARCHIVE_MOST + 1, sizeof(*s.offsets));
    status = s.bytes == NULL || s.offsets == NULL
                 ? YZ_NOMEM
                 : move(store, &s, before_s, least, moved);
    free(s.bytes);
    free(s.offsets);
    if (status != YZ_OK) {
        store->failed = yz_store_fail_at(store, status, "archiving the log");
        status = store->failed;
    }
    return status;
}
