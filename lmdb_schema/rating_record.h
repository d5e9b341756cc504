/*
 * A rating as the state keeps it: one for each place, day in China and actor.
 * Encoding of the records in YZ_TABLE_RATING; SCHEMA.md has the byte tables.
 */
#ifndef YZ_SCHEMA_RATING_RECORD_H
#define YZ_SCHEMA_RATING_RECORD_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/actor.h"
#include <stdbool.h>
#include <stdint.h>

#define YZ_RATING_KEY_SIZE 24
#define YZ_RATING_SCORE_MIN 1
#define YZ_RATING_SCORE_MAX 5
#define YZ_RATING_SEALED_MAX 4096 /* bytes of a sealed comment or reason */
#define YZ_RATING_HEAD 24         /* bytes before the comment */
#define YZ_RATING_ENCODED_MAX (YZ_RATING_HEAD + 2 * YZ_RATING_SEALED_MAX)

typedef struct {
    uint32_t place; /* its number */
    uint32_t day;   /* of core/civil_time.h */
    uint8_t actor[YZ_ACTOR_ID_SIZE];
} yz_rating_key;

typedef struct {
    uint8_t score; /* 1..5 */
    bool late;     /* a draft of someone who was offline */
    bool hidden;   /* taken out of the tally by staff */
    int64_t at_s;
    int64_t hidden_at_s; /* 0 while not hidden */
    yz_span comment;     /* sealed for the writer; n 0: none */
    yz_span reason;      /* why it is hidden, sealed likewise; n 0: none */
} yz_rating;

void yz_rating_key_write(const yz_rating_key *key,
                         uint8_t bytes[static YZ_RATING_KEY_SIZE]);
/* YZ_OK or YZ_CORRUPT (another size). */
yz_status yz_rating_key_read(yz_span bytes, yz_rating_key *key);

/*
 * Writes at most `cap` bytes; YZ_RATING_ENCODED_MAX always suffice.  YZ_OK
 * with *size; YZ_BAD_INPUT (a member out of its range); YZ_FULL.
 */
yz_status yz_rating_encode(const yz_rating *rating, uint8_t *bytes, size_t cap,
                           size_t *size);
/* The spans point into `bytes`.  YZ_OK, YZ_FORMAT or YZ_CORRUPT. */
yz_status yz_rating_decode(yz_span bytes, yz_rating *rating);

#endif
