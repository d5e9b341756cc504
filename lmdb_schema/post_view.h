/*
 * The public record of a post, checked before anyone believes it, and the
 * keys of the index by time.  Pure: no LMDB, no allocation.  Used by the
 * reader, the projection, verify and dump.
 */
#ifndef YZ_SCHEMA_POST_VIEW_H
#define YZ_SCHEMA_POST_VIEW_H

#include "core/post_topic.h"
#include "core/span.h"
#include "core/status.h"
#include <assert.h>
#include <stdint.h>

/*
 * Head of a public post record.  After it, without padding: json_head,
 * json_point, json_tail, which joined are the Feature up to its changing
 * members and want `}}`.  json_head ends with `"coordinates":[`, json_point is
 * `lng,lat` in WGS-84.
 *
 * A post that was on the board and is not any more is a head alone, with
 * `open` 0 and everything but number zero.
 */
typedef struct {
    uint32_t number;          /*  0 of this record, equals its key */
    int32_t lat_e7;           /*  4 WGS-84, on the grid of post.h */
    int32_t lng_e7;           /*  8 */
    uint32_t region;          /* 12 six digits, 0 for none */
    int64_t created_s;        /* 16 Unix seconds */
    int64_t expires_s;        /* 24 not shown from then on */
    uint16_t item;            /* 32 of YZ_DB_ITEM, 0: none */
    uint8_t topic;            /* 34 yz_post_topic */
    uint8_t open;             /* 35 1: on the board, 0: gone */
    uint16_t json_head_size;  /* 36 */
    uint16_t json_point_size; /* 38 */
    uint16_t json_tail_size;  /* 40 */
    uint8_t zero[6];          /* 42 */
} yz_post_head;

_Static_assert(sizeof(yz_post_head) == 48, "post head is 48 bytes");

/* A record, checked; all spans lie inside it, and are empty when gone. */
typedef struct {
    yz_post_head head;
    yz_span json_head;
    yz_span json_point;
    yz_span json_tail;
} yz_post_view;

/*
 * Checks `size` bytes at `bytes` (any alignment) as the record of post
 * `number`.  YZ_OK, or YZ_CORRUPT with *view undefined.
 */
yz_status yz_post_view_of(const void *bytes, size_t size, uint32_t number,
                          yz_post_view *view);

/*
 * A key of the index by time.  Later posts have larger numbers, so the newest
 * of a scope, topic and item is the last key of that prefix.  A post stands
 * under each of its scopes, with its item and with item 0, which is all.
 */
#define YZ_POST_TIME_KEY_SIZE 12
#define YZ_POST_TIME_PREFIX 8
typedef struct {
    uint32_t scope; /* 0: everywhere; else a region's 2, 4 or 6 digits */
    yz_post_topic topic;
    uint16_t item;
    uint32_t number;
} yz_post_time;

/* Writes a key: uint32_be scope, topic, 0, uint16_be item, uint32_be number;
   its first YZ_POST_TIME_PREFIX bytes are those of all but the number. */
void yz_post_time_key(const yz_post_time *time,
                      uint8_t key[static YZ_POST_TIME_KEY_SIZE]);
/* Reads one of YZ_POST_TIME_KEY_SIZE bytes. */
yz_post_time yz_post_time_of(const void *key);

#define YZ_POST_SCOPES_MAX 4
/* The scopes of a region, 0 among them; how many. */
int yz_post_scopes(uint32_t region, uint32_t scopes[static YZ_POST_SCOPES_MAX]);

/*
 * The days on which a post may be shown, as bits of a point's `services`:
 * those of the 32 days that end with its last one, each day by its number
 * since 1970 (UTC) modulo 64.  A search that asks for the bit of today passes
 * over what expired before, also where nobody took it out of the layer.
 */
uint64_t yz_post_days(int64_t expires_s);
uint64_t yz_post_day_bit(int64_t now_s);

#endif
