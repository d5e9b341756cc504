/*
 * Log entries that have left the private environment: segment files in
 * DIR/private/log, which never change once they are made.  They are mapped
 * and looked up by number, so that whoever reads the log need not care where
 * an entry lies.
 */
#ifndef YZ_SCHEMA_ARCHIVE_H
#define YZ_SCHEMA_ARCHIVE_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/private_layout.h"
#include <stddef.h>

/*
 * Head of a segment; integers are little-endian.  Behind it the entries from
 * `first` to `last`, each as in the log (head, payload, hash), then at
 * `index_at` an uint64 for each with its offset in the file, and one more
 * with the offset of their end.
 */
typedef struct {
    char magic[8];                /*   0 YZ_SEGMENT_MAGIC */
    uint64_t size;                /*   8 of the file */
    uint64_t first;               /*  16 numbers of entries */
    uint64_t last;                /*  24 */
    uint64_t index_at;            /*  32 */
    uint8_t before[YZ_HASH_SIZE]; /*  40 hash of the entry before the first */
    uint8_t chain[YZ_HASH_SIZE];  /*  72 hash of the last */
    uint8_t zero[24];             /* 104 */
    uint8_t hash[YZ_HASH_SIZE];   /* 128 SHA-256 over all behind the head,
                                          then the head before it */
} yz_segment_head;

_Static_assert(sizeof(yz_segment_head) == 160, "segment head is 160 bytes");

#define YZ_SEGMENT_MAGIC "yzlog01\n"
#define YZ_SEGMENT_END ".log"
#define YZ_SEGMENT_NAME_SIZE 32 /* "000000001.log", its first entry */
#define YZ_SEGMENT_HASHED offsetof(yz_segment_head, hash)

/* A segment whose head and index hold together; its bytes are borrowed. */
typedef struct {
    yz_segment_head head;
    const uint8_t *bytes;
} yz_segment;

/*
 * Looks at a segment's head and where its index lies; entries are looked at
 * when they are asked for.  YZ_OK, YZ_FORMAT or YZ_CORRUPT.
 */
yz_status yz_segment_read(yz_span bytes, yz_segment *segment);

/* Entry `seq`, which it says to have: its bytes.  YZ_OK or YZ_CORRUPT. */
yz_status yz_segment_entry(const yz_segment *segment, uint64_t seq,
                           yz_span *entry);

/* Whether the whole file is what was written.  YZ_OK, YZ_CORRUPT, YZ_NOMEM. */
yz_status yz_segment_check(const yz_segment *segment);

/* SHA-256 as the head wants it.  YZ_OK or YZ_NOMEM. */
yz_status yz_segment_hash(const uint8_t *bytes, size_t size,
                          uint8_t hash[static YZ_HASH_SIZE]);

/* All segments of a state. */
typedef struct yz_archive yz_archive;

/* `private_dir` is copied; nothing is opened yet.  YZ_OK, YZ_NOMEM,
   YZ_BAD_INPUT (path too long). */
yz_status yz_archive_open(const char *private_dir, yz_archive **archive);
void yz_archive_close(yz_archive *archive); /* NULL is allowed */

/*
 * The bytes of entry `seq`, valid until the archive is closed.  YZ_OK,
 * YZ_NOT_FOUND (no segment has it), YZ_CORRUPT, YZ_IO or YZ_NOMEM.
 */
yz_status yz_archive_get(yz_archive *archive, uint64_t seq, yz_span *entry);

/*
 * The oldest entry from which segments reach to `last` without a gap; last +
 * 1 when none ends there.  Statuses as above.
 */
yz_status yz_archive_first(yz_archive *archive, uint64_t last, uint64_t *first);

/* Calls visit for each segment, in no order; not YZ_OK ends it. */
yz_status yz_archive_each(yz_archive *archive,
                          yz_status (*visit)(void *context, const char *name,
                                             const yz_segment *segment),
                          void *context);

#endif
