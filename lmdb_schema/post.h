/*
 * A post as the state keeps it: YZ_TABLE_POST, key uint32_be number.  All
 * spans are borrowed.  What it may hold is checked both when it is written
 * and when it is read.
 */
#ifndef YZ_SCHEMA_POST_H
#define YZ_SCHEMA_POST_H

#include "core/limits.h"
#include "core/post_topic.h"
#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/actor.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    YZ_POST_MODERATED = 0, /* waits for a moderator; nobody else sees it */
    YZ_POST_OPEN,          /* on the board */
    YZ_POST_RESOLVED,      /* its writer took it down */
    YZ_POST_EXPIRED,       /* its time was up */
    YZ_POST_HIDDEN,        /* taken down by reports or a moderator */
    YZ_POST_STATE_COUNT
} yz_post_state;

#define YZ_POST_KEY_SIZE 4
#define YZ_POST_TEXT_MAX 800    /* bytes of the free text */
#define YZ_POST_SEALED_MAX 900  /* bytes of a sealed text */
#define YZ_POST_CONTACT_MAX 128 /* bytes of a sealed contact */

/* The grid of public positions: 0.001 degrees, about 100 m. */
#define YZ_POST_GRID_E7 10000

/* The longest life of a post.  The index by time relies on it. */
#define YZ_POST_LIFE_MAX_S ((int64_t)31 * 86400)

typedef struct {
    uint32_t number; /* from 1; later posts have larger ones */
    uint8_t state;   /* yz_post_state */
    uint8_t topic;   /* yz_post_topic */
    bool text_open;  /* the text is plain and may be shown; else sealed */
    bool shown;      /* was on the board once */
    uint32_t region; /* six digits, 0 for none */
    int32_t lng_e7;  /* WGS-84, a multiple of YZ_POST_GRID_E7 */
    int32_t lat_e7;
    uint32_t reports;  /* by distinct reporters since it was last released */
    int64_t created_s; /* Unix seconds */
    int64_t expires_s; /* created_s.. created_s + YZ_POST_LIFE_MAX_S */
    int64_t ended_s;   /* when it was resolved or expired, 0 before */
    yz_actor writer;
    yz_span item;      /* word of the list; empty: free text alone, or, of
                          what is not on the board, emptied */
    yz_span item_name; /* its name when it was posted; empty without item */
    yz_span text;      /* may be empty */
    yz_span place;     /* id of the place it was posted at; may be empty */
    yz_span contact;   /* sealed for the writer; may be empty */
} yz_post;

/* Most bytes that yz_post_encode() writes. */
#define YZ_POST_ENCODED_MAX 2048

/*
 * Encodes; *size bytes are written.  YZ_OK, YZ_BAD_INPUT (a rule of the
 * struct is broken) or YZ_FULL.
 */
yz_status yz_post_encode(const yz_post *post, uint8_t *buffer, size_t cap,
                         size_t *size);

/* Decodes; the spans point into `bytes`.  YZ_OK, YZ_CORRUPT or YZ_FORMAT. */
yz_status yz_post_decode(const void *bytes, size_t size, yz_post *post);

/* The point of the grid next to a coordinate, degrees times 10^7. */
int32_t yz_post_round_e7(int32_t exact_e7);

/* The word of a state ("open"; "" outside of the enum); static storage. */
const char *yz_post_state_word(yz_post_state state);
/* Reads a word; YZ_OK or YZ_BAD_INPUT. */
yz_status yz_post_state_parse(yz_span text, yz_post_state *state);

#endif
