/*
 * A place as the state keeps it: the whole truth about it, in memory.  All
 * spans are borrowed.  Also its canonical encoding, which is the value in the
 * state and the after-image in the log.
 */
#ifndef YZ_SCHEMA_PLACE_H
#define YZ_SCHEMA_PLACE_H

#include "core/code.h"
#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/layout.h"
#include <stdbool.h>

typedef struct {
    yz_span id;       /* 1..YZ_ID_MAX, given or drawn, never changes */
    yz_span name;     /* may be empty */
    yz_span kind;     /* a word, never empty */
    yz_span address;  /* may be empty */
    yz_span hours;    /* text as given, may be empty */
    yz_span services; /* words joined by ',', sorted, distinct; may be empty */
    yz_span phone;    /* public number, may be empty */
    uint32_t region;  /* six digits, 0 for none */
    bool has_position;
    int32_t lng_e7; /* WGS-84 */
    int32_t lat_e7;
    uint8_t level;         /* 0..3 */
    uint8_t status;        /* yz_place_status */
    int64_t until_s;       /* end of a suspension, 0 unknown */
    uint32_t number;       /* given by the store, for ever */
    uint64_t changed_seq;  /* log entry that made this version */
    uint32_t rating_count; /* of the tally, no part of the encoding */
    uint32_t rating_sum;
    char code[YZ_CODE_SIZE]; /* current code, normalised, NUL-terminated */
} yz_place;

/* Most bytes that yz_place_encode() writes. */
#define YZ_PLACE_ENCODED_MAX 8192
#define YZ_PLACE_ENCODED_HEAD 64 /* bytes before the id */

/* Encodes; *size bytes are written.  YZ_OK or YZ_FULL. */
yz_status yz_place_encode(const yz_place *place, uint8_t *buffer, size_t cap,
                          size_t *size);

/* Decodes; the spans point into `bytes`, and there are no ratings.  YZ_OK,
   YZ_CORRUPT or YZ_FORMAT. */
yz_status yz_place_decode(const uint8_t *bytes, size_t size, yz_place *place);

/*
 * True when both say the same about what a file can say (everything but
 * number, changed_seq, ratings and code).
 */
bool yz_place_same(const yz_place *a, const yz_place *b);

#endif
