/*
 * The on-disk contract in C: names of the databases, versions, sizes shared
 * by every opener.  SCHEMA.md says the same in prose.  All integers are
 * little-endian unless named _be; yizhan builds on little-endian machines
 * only (asserted in env.c).
 */
#ifndef YZ_SCHEMA_LAYOUT_H
#define YZ_SCHEMA_LAYOUT_H

#include "core/vocabulary.h" /* yz_place_status */
#include <assert.h>
#include <stdint.h>

#define YZ_PUBLIC_FORMAT 2 /* written; N and N-1 are read */
#define YZ_FORMAT_POSTS 2  /* the first with posts */
#define YZ_PRIVATE_FORMAT 2

#define YZ_MAP_SIZE ((size_t)64 << 30) /* bytes of address space */
#define YZ_READERS_MAX 4096
#define YZ_DATABASES_MAX 32

/* Files below the data directory DIR. */
#define YZ_FILE_CURRENT "current" /* DIR/public/current -> gen-N */
#define YZ_FILE_DATA "data.mdb"
#define YZ_FILE_LOCK "lock.mdb"

/* Databases of public data (DIR/public/gen-N/data.mdb). */
#define YZ_DB_META "meta"       /* text name -> bytes, see below */
#define YZ_DB_PLACE "place"     /* uint32 number -> yz_place_head + text */
#define YZ_DB_ID "id"           /* id text -> uint32 number */
#define YZ_DB_CODE "code"       /* uint32 bucket -> yz_code_page */
#define YZ_DB_KIND "kind"       /* uint32 kind -> word */
#define YZ_DB_SERVICE "service" /* uint32 bit -> word */
#define YZ_DB_HOURS                                                            \
    "hours"                         /* uint32 hours -> uint16 size of the blob,
                                     blob, text */
#define YZ_DB_REGION "region"       /* uint32 adcode -> yz_region_head + rest */
#define YZ_DB_UNPLACED "unplaced"   /* uint32 number -> yz_unplaced */
#define YZ_LAYER_PLACES "places"    /* geo layer, see core/geo_page.h */
#define YZ_DB_POST "post"           /* uint32 number -> post_view.h */
#define YZ_DB_POST_TIME "post_time" /* post_view.h, newest last -> expiry */
#define YZ_DB_ITEM "item"           /* uint32 item, from 1 -> word */
#define YZ_LAYER_POSTS "posts"      /* geo layer of the board */

/* Names in YZ_DB_META and their values. */
#define YZ_META_FORMAT "format"           /* uint32 YZ_PUBLIC_FORMAT */
#define YZ_META_GENERATION "generation"   /* uint64 */
#define YZ_META_APPLIED_SEQ "applied_seq" /* uint64 */
#define YZ_META_APPLIED_AT                                                     \
    "applied_at"                /* int64 unix seconds of the
                                                 newest applied log entry */
#define YZ_META_PLACES "places" /* uint64 count of records */
#define YZ_META_CODE_KEY                                                       \
    "code_key"                        /* 16 bytes, tells whether the
                                                 hashes are of this code key */
#define YZ_META_CODE_BITS "code_bits" /* uint32, see yz_code_page */
#define YZ_META_MOVED_TXN                                                      \
    "moved_txn"                               /* uint64 transaction that last
                                                 wrote place or code */
#define YZ_META_CALENDAR "calendar"           /* blob of core/calendar.h */
#define YZ_META_ITEMS "items"                 /* JSON of the list of items */
#define YZ_META_SUPERSEDED_BY "superseded_by" /* uint64 generation */

#define YZ_PLACE_HAS_POSITION 1 /* bit of yz_place_head.flags */

#define YZ_LEVEL_MAX 3       /* 0 none, 1 city, 2 province, 3 national */
#define YZ_REGION_MAX 999999 /* six digits of GB/T 2260 */

/*
 * Head of a public place record.  After it, without padding and in this
 * order: json_head, json_point, json_tail, id, name, address, phone, hours.
 *
 * The three json parts joined are the Feature up to its changing members:
 * it still wants `,"open_now":...}}`.  With a position, json_head ends with
 * `"coordinates":[` and json_point is `lng,lat` in WGS-84; without, json_head
 * ends with `"geometry":` and json_point is `null`.
 */
typedef struct {
    uint32_t number;          /*  0 of this record, equals its key */
    int32_t lat_e7;           /*  4 WGS-84; 0 without position */
    int32_t lng_e7;           /*  8 */
    uint32_t region;          /* 12 six digits, 0 for none */
    uint64_t services;        /* 16 bits of YZ_DB_SERVICE */
    uint16_t kind;            /* 24 of YZ_DB_KIND */
    uint16_t hours;           /* 26 of YZ_DB_HOURS, 0 unknown */
    uint8_t level;            /* 28 0..3 */
    uint8_t status;           /* 29 yz_place_status */
    uint8_t flags;            /* 30 YZ_PLACE_HAS_POSITION */
    uint8_t reserved;         /* 31 0 */
    uint32_t rating_count;    /* 32 */
    uint32_t rating_sum;      /* 36 of scores 1..5 */
    int64_t until_s;          /* 40 unix end of a suspension, 0 unknown */
    uint16_t id_size;         /* 48 bytes, 1..YZ_ID_MAX */
    uint16_t name_size;       /* 50 */
    uint16_t address_size;    /* 52 */
    uint16_t phone_size;      /* 54 */
    uint16_t hours_text_size; /* 56 */
    uint16_t json_head_size;  /* 58 */
    uint16_t json_point_size; /* 60 */
    uint16_t json_tail_size;  /* 62 */
} yz_place_head;

_Static_assert(sizeof(yz_place_head) == 64, "place head is 64 bytes");

#define YZ_CODE_HASH_SIZE 16 /* HMAC-SHA256 of the code, cut */
#define YZ_CODE_TAIL_SIZE 11 /* bytes 4..14 of it */
#define YZ_CODE_BITS_MIN 3   /* of YZ_META_CODE_BITS */
#define YZ_CODE_BITS_MAX 24
#define YZ_CODE_LINES 63
#define YZ_CODE_LINE_ENTRIES 4
#define YZ_CODE_PAGE_MAX 240 /* entries of a page */

/* Where a code leads; free when number is 0, and all zeros then. */
typedef struct {
    uint8_t tail[YZ_CODE_TAIL_SIZE]; /*  0 */
    uint8_t revoked;                 /* 11 1: revoked */
    uint32_t number;                 /* 12 of the place */
} yz_code_entry;

_Static_assert(sizeof(yz_code_entry) == 16, "code entry is 16 bytes");

typedef struct {
    uint32_t bucket;  /*  0 equals its key */
    uint32_t bits;    /*  4 equals YZ_META_CODE_BITS */
    uint32_t count;   /*  8 entries that are not free */
    uint32_t zero[9]; /* 12 */
} yz_code_page_head;

_Static_assert(sizeof(yz_code_page_head) == 48, "code page head is 48 bytes");

/*
 * Value of YZ_DB_CODE: the codes whose hash begins with the `bits` bits that
 * are the bucket's number.  It fills an overflow page of LMDB's, whose own
 * head has 16 bytes, so that each line is a cache line.
 */
typedef struct {
    yz_code_page_head head;                                   /*  0 */
    yz_code_entry lines[YZ_CODE_LINES][YZ_CODE_LINE_ENTRIES]; /* 48 */
} yz_code_page;

_Static_assert(sizeof(yz_code_page) == 4080, "code page is 4080 bytes");

/* Value of YZ_DB_UNPLACED: what filters look at. */
typedef struct {
    uint64_t services; /*  0 */
    uint32_t region;   /*  8 */
    uint16_t kind;     /* 12 */
    uint16_t hours;    /* 14 */
    uint8_t level;     /* 16 */
    uint8_t zero[7];   /* 17 */
} yz_unplaced;

_Static_assert(sizeof(yz_unplaced) == 24, "unplaced value is 24 bytes");

/*
 * Head of a region record: counts over all places whose region begins with
 * the significant digits of the key (37 of 370000, 3702 of 370200, 370202).
 * After it kind_count times yz_region_kind, ascending by kind, then the name.
 * Only places that are open or suspended count.  The box covers every point
 * of the geo layer in the region; it only grows within a generation.
 */
typedef struct {
    uint64_t rating_sum;   /*  0 */
    uint32_t rating_count; /*  8 */
    uint32_t places;       /* 12 */
    int32_t box_e7[4];     /* 16 west, south, east, north; west > east when
                              there is no point */
    uint16_t kind_count;   /* 32 */
    uint16_t name_size;    /* 34 bytes; 0 for a code without a name */
    uint32_t zero;         /* 36 */
} yz_region_head;

_Static_assert(sizeof(yz_region_head) == 40, "region head is 40 bytes");

typedef struct {
    uint32_t kind;  /* 0 */
    uint32_t count; /* 4 never 0 */
} yz_region_kind;

_Static_assert(sizeof(yz_region_kind) == 8, "region kind is 8 bytes");

#endif
