/*
 * The private environment in C: names of its databases and the byte tables
 * of their values.  SCHEMA.md says the same in prose.  Only the writer opens
 * it.  All integers are little-endian unless named _be.
 */
#ifndef YZ_SCHEMA_PRIVATE_LAYOUT_H
#define YZ_SCHEMA_PRIVATE_LAYOUT_H

#include "lmdb_schema/actor.h"
#include <assert.h>
#include <stdint.h>

/* Directories and files below DIR. */
#define YZ_DIR_PRIVATE "private"
#define YZ_DIR_LOG "log" /* below private */
#define YZ_DIR_PUBLIC "public"
#define YZ_DIR_KEYS "keys"
#define YZ_FILE_WRITER_LOCK "private/writer.lock"
#define YZ_FILE_MASTER_KEYS "private/keys"
#define YZ_FILE_READ_KEYS "keys/read.keys"

/* Databases of DIR/private/data.mdb. */
#define YZ_DB_STATE_META "meta"           /* text name -> bytes, see below */
#define YZ_DB_STATE_PLACE "place"         /* id -> encoded place */
#define YZ_DB_STATE_NUMBER "number"       /* uint32 number -> id */
#define YZ_DB_STATE_CODE "code"           /* 13 symbols -> yz_issued_code */
#define YZ_DB_STATE_BATCH "batch"         /* uint64 number -> yz_batch_record */
#define YZ_DB_STATE_LOG "log"             /* uint64_be seq -> log entry */
#define YZ_DB_STATE_REFERENCE "reference" /* name -> bytes */

/* Names in YZ_DB_STATE_META and their values. */
#define YZ_STATE_FORMAT "format"              /* uint32 YZ_PRIVATE_FORMAT */
#define YZ_STATE_HEAD "head"                  /* yz_state_head */
#define YZ_STATE_GENERATION "next_generation" /* uint64 */
#define YZ_STATE_ARCHIVED "archived" /* uint64 last entry in a segment file */

#define YZ_HASH_SIZE 32 /* SHA-256 */

/* What the next batch continues. */
typedef struct {
    uint64_t last_seq;           /*  0 newest log entry, 0 for none */
    int64_t last_time_s;         /*  8 its time, Unix seconds */
    uint64_t next_batch;         /* 16 from 1 */
    uint64_t places;             /* 24 count of places */
    uint32_t next_number;        /* 32 of a place, from 1 */
    uint32_t zero;               /* 36 */
    uint8_t chain[YZ_HASH_SIZE]; /* 40 hash of the newest log entry */
} yz_state_head;

_Static_assert(sizeof(yz_state_head) == 72, "state head is 72 bytes");

/* Value of YZ_DB_STATE_CODE; the place's id follows. */
typedef struct {
    int64_t issued_at_s; /* 0 Unix seconds */
    uint8_t revoked;     /* 8 1: revoked */
    uint8_t zero[7];     /* 9 */
} yz_issued_code;

_Static_assert(sizeof(yz_issued_code) == 16, "issued code is 16 bytes");

/* What a log entry tells. */
typedef enum {
    YZ_LOG_PLACE = 1,     /* payload: the place as it is now, encoded */
    YZ_LOG_CODE = 2,      /* the same; its code is new, the old one revoked */
    YZ_LOG_REFERENCE = 3, /* payload: uint16 size of the name, name, bytes */
    YZ_LOG_BATCH = 4,     /* payload: yz_batch_record; ends a batch */
    YZ_LOG_RECORD = 5,    /* payload: yz_log_record, key, value as it is now */
    YZ_LOG_GONE = 6,      /* payload: yz_log_record, key; there is none now */
} yz_log_op;

/*
 * Head of a log entry.  After it the payload, then 32 bytes: SHA-256 over
 * the hash of the entry before (32 zeros before the first), this head and
 * the payload.
 */
typedef struct {
    uint64_t seq;          /*  0 equals the key */
    int64_t at_s;          /*  8 Unix seconds; never goes back */
    uint64_t batch;        /* 16 0: of no batch, a request by itself */
    uint64_t prev_seq;     /* 24 entry with the version before, 0 for none */
    uint8_t op;            /* 32 yz_log_op */
    uint8_t zero[3];       /* 33 */
    uint32_t payload_size; /* 36 */
    yz_actor actor;        /* 40 who did it, and in which role */
} yz_log_head;

_Static_assert(sizeof(yz_log_head) == 64, "log head is 64 bytes");

/* Begins the payload of YZ_LOG_RECORD and YZ_LOG_GONE. */
typedef struct {
    uint16_t table;    /* 0 yz_table, a logged one */
    uint16_t key_size; /* 2 bytes, 1..YZ_RECORD_KEY_MAX */
} yz_log_record;

_Static_assert(sizeof(yz_log_record) == 4, "log record is 4 bytes");

/* Value of YZ_TABLE_TALLY. */
typedef struct {
    uint32_t count; /* 0 ratings of the place */
    uint32_t sum;   /* 4 of their scores */
} yz_tally_value;

_Static_assert(sizeof(yz_tally_value) == 8, "tally is 8 bytes");

/* A batch; kind, source and actor follow without padding. */
typedef struct {
    uint64_t number;     /*  0 */
    uint64_t first_seq;  /*  8 */
    uint64_t last_seq;   /* 16 the YZ_LOG_BATCH entry */
    int64_t at_s;        /* 24 Unix seconds */
    uint64_t undoes;     /* 32 batch that it takes back, 0 for none */
    uint64_t undone_by;  /* 40 batch that took it back; 0 in the log */
    uint32_t added;      /* 48 */
    uint32_t changed;    /* 52 */
    uint32_t closed;     /* 56 */
    uint8_t kind_size;   /* 60 bytes */
    uint8_t source_size; /* 61 */
    uint8_t actor_size;  /* 62 */
    uint8_t zero;        /* 63 */
} yz_batch_record;

_Static_assert(sizeof(yz_batch_record) == 64, "batch record is 64 bytes");

#define YZ_BATCH_KIND_MAX 63
#define YZ_BATCH_SOURCE_MAX 255
#define YZ_BATCH_ACTOR_MAX 63

#endif
