/*
 * What a load changes, on its way from the command that planned it to the
 * daemon that carries it out: a file in DIR/private/loads.  It holds the
 * places as they shall be, each with the version that it was compared with,
 * so that the daemon can tell whether anything has changed since.
 *
 * All integers are little-endian; a head of 72 bytes, then the rest.
 *
 *   off size
 *     0    8  "yzload1\n"
 *     8    8  size of the file
 *    16    8  newest log entry of the snapshot that was planned against
 *    24    4  places
 *    28    4  reference data
 *    32    1  1: the plan holds only while no place at all changes
 *    33    1  size of source
 *    34    1  size of actor
 *    35    5  0
 *    40   32  SHA-256 over all behind the head, then the head before it
 *    72       source, actor
 *             for each reference data: uint32 size of the name, uint32 size
 *             of the bytes, the name, the bytes
 *             for each place, in the order in which to put them: uint32 size,
 *             the place, encoded as in the state (place.h); its log entry is
 *             that of the version compared with, 0 for a new one; number,
 *             ratings and code are 0
 */
#ifndef YZ_ADMIN_LOAD_FILE_H
#define YZ_ADMIN_LOAD_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lmdb_schema/files_write.h"
#include "lmdb_schema/place.h"

#define YZ_LOAD_DIR "private/loads"
#define YZ_LOAD_NAME_SIZE 40 /* of a file's name, with its NUL */
#define YZ_LOAD_FILE_MAX ((uint64_t)2 << 30)

typedef struct {
    yz_span source;
    yz_span actor;
    uint64_t planned_seq;
    bool whole; /* no place at all may have changed */
} yz_load_facts;

/* A file that is being made, in memory until its end. */
typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t cap;
    uint32_t places;
    uint32_t references;
    yz_load_facts facts;
    yz_status failed; /* the first failure; nothing is added any more */
    char path[YZ_PATH_MAX];
    char name[YZ_LOAD_NAME_SIZE]; /* "" until it is written */
} yz_load_writer;

/* Texts of `facts` longer than 255 and 63 bytes are cut, and copied. */
void yz_load_writer_begin(yz_load_writer *writer, const yz_load_facts *facts);
/* All reference data comes before all places. */
void yz_load_writer_reference(yz_load_writer *writer, yz_span name,
                              yz_span bytes);
/* planned_seq: changed_seq of the version compared with; 0: a new place. */
void yz_load_writer_place(yz_load_writer *writer, const yz_place *place,
                          uint64_t planned_seq);
/*
 * Writes it below the data directory `dir` under a name of its own, readable
 * by the directory's owner alone; files that were left more than a day ago
 * are removed.  YZ_OK, or the first failure: YZ_FULL, YZ_DENIED, YZ_IO,
 * YZ_NOMEM.
 */
yz_status yz_load_writer_end(yz_load_writer *writer, const char *dir);
/* Removes the file, if it was written, and frees what is held. */
void yz_load_writer_free(yz_load_writer *writer);

/* A file that was read; spans and places point into its bytes. */
typedef struct {
    yz_load_facts facts;
    uint32_t places;
    uint32_t references;
    const uint8_t *bytes;
    size_t size;
    size_t references_at;
    size_t places_at;
} yz_load_file;

/*
 * Checks all of `bytes`, which must live as long as *file.  YZ_OK, YZ_FORMAT
 * (not a file of this version) or YZ_CORRUPT.
 */
yz_status yz_load_file_parse(const uint8_t *bytes, size_t size,
                             yz_load_file *file);

/* Puts size and hash into the head of a file's bytes, of at least a head. */
yz_status yz_load_file_seal(uint8_t *bytes, size_t size);

/*
 * The reference data or place at *at, which starts as references_at or
 * places_at and moves on; called as often as there are such.
 */
void yz_load_file_reference(const yz_load_file *file, size_t *at, yz_span *name,
                            yz_span *bytes);
void yz_load_file_place(const yz_load_file *file, size_t *at, yz_place *place);

/* Whether a text can be the name of such a file. */
bool yz_load_name_is(yz_span name);

#endif
