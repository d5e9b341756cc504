/*
 * A rating as the state keeps it: 4 bytes that the tally is checked against,
 * then what the rules add (SCHEMA.md).
 */
#ifndef YZ_SCHEMA_RATING_H
#define YZ_SCHEMA_RATING_H

#include "core/span.h"
#include "core/status.h"
#include <assert.h>
#include <stdint.h>

#define YZ_RATING_VERSION 1
#define YZ_RATING_TAKEN_BACK 1 /* bit of flags: does not count */
#define YZ_RATING_LATE 2       /* drafted offline, sent later */

typedef struct {
    uint8_t version; /* 0 */
    uint8_t score;   /* 1 1..5 */
    uint8_t flags;   /* 2 */
    uint8_t zero;    /* 3 */
} yz_rating;

_Static_assert(sizeof(yz_rating) == 4, "a rating begins with 4 bytes");

/* Takes the head off a stored rating.  YZ_OK or YZ_CORRUPT. */
yz_status yz_rating_decode(yz_span value, yz_rating *rating);

#endif
