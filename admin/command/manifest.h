/*
 * What a backup holds: the file MANIFEST in its directory.
 *
 *     yizhan backup 1
 *     log 1234
 *     time 1790000000
 *     places 2012
 *     chain <64 hex>
 *     file <bytes> <SHA-256, 64 hex> <name below the directory>
 *     ...
 *     end
 *
 * `log`, `time` and `chain` are those of the newest log entry.  The last line
 * tells a whole file from a cut one.
 */
#ifndef YZ_COMMAND_MANIFEST_H
#define YZ_COMMAND_MANIFEST_H

#include "core/out.h"
#include "core/status.h"

#define YZ_MANIFEST_NAME "MANIFEST"
#define YZ_MANIFEST_MAX ((size_t)4 << 20) /* bytes */
#define YZ_MANIFEST_NAME_MAX 128          /* bytes of a file's name */
#define YZ_MANIFEST_HASH 32

typedef struct {
    uint64_t last_seq;
    int64_t last_time_s;
    uint64_t places;
    uint8_t chain[YZ_MANIFEST_HASH];
} yz_manifest_facts;

typedef struct {
    char name[YZ_MANIFEST_NAME_MAX + 1]; /* like private/log/000000001.log */
    uint64_t size;
    uint8_t hash[YZ_MANIFEST_HASH];
} yz_manifest_file;

/* Writes the lines before the files, one file, the end.  Full is sticky. */
void yz_manifest_begin(yz_out *out, const yz_manifest_facts *facts);
void yz_manifest_add(yz_out *out, const yz_manifest_file *file);
void yz_manifest_end(yz_out *out);

/* Called for each file; not YZ_OK ends the reading with it. */
typedef yz_status yz_manifest_visit(void *context,
                                    const yz_manifest_file *file);

/*
 * Reads a whole manifest.
 *
 * visit: NULL only checks.
 * YZ_OK; YZ_FORMAT (of another version, or none); YZ_CORRUPT (cut or
 * malformed; names that leave the directory are); or what a visit returned.
 */
yz_status yz_manifest_read(yz_span text, yz_manifest_facts *facts,
                           yz_manifest_visit *visit, void *context);

#endif
