/*
 * What workers and station heads write, as records of tables in the private
 * environment.  A table is a database; its key and value are defined beside
 * its rules (SCHEMA.md has the byte tables).  Tables that are logged are part
 * of the truth: each put or delete of one is a log entry, in the transaction
 * that makes it.  The others are derived from logged ones or pass away
 * (sessions, idempotency); they are in backups, not in the log.
 */
#ifndef YZ_SCHEMA_RECORD_H
#define YZ_SCHEMA_RECORD_H

#include "core/span.h"
#include "core/status.h"
#include <stdbool.h>
#include <stdint.h>

/* The numbers are on disk, in log entries: never change or reuse one. */
typedef enum {
    YZ_TABLE_NONE = 0,
    /* logged */
    YZ_TABLE_RATING = 1,  /* uint32_be place, uint32_be day, actor */
    YZ_TABLE_TICKET = 2,  /* uint64_be ticket */
    YZ_TABLE_POST = 3,    /* uint32_be post */
    YZ_TABLE_NODE = 4,    /* uint32_be node of the organisation */
    YZ_TABLE_HOLDING = 5, /* actor, uint32_be node, role: a role held */
    YZ_TABLE_PERSON = 6,  /* actor: when it had its data erased */
    YZ_TABLE_REPORT = 7,  /* uint32_be post, actor: a report of a post */
    YZ_TABLE_POLICY = 8,  /* text name: routing, items, limits */
    /* not logged */
    YZ_TABLE_TALLY = 32,       /* uint32_be place: count and sum of ratings */
    YZ_TABLE_RECEIPT = 33,     /* hash of a receipt: uint64_be ticket */
    YZ_TABLE_TICKET_AT = 34,   /* node, state, deadline, ticket: the desk */
    YZ_TABLE_WRITTEN = 35,     /* actor, table, key: what someone wrote */
    YZ_TABLE_IDEMPOTENCY = 36, /* hash of actor, method, path and key */
    YZ_TABLE_SESSION = 37,     /* hash of a session's cookie */
    YZ_TABLE_EXPIRY = 38,      /* uint64_be when, table, key: what ends */
    YZ_TABLE_BINDING = 39,     /* relay numbers that are bound */
    YZ_TABLE_LIMIT = 40,       /* counters of limits that outlive a restart */
    YZ_TABLE_PERSON_KEY = 41,  /* actor: the wrapped key of its sealed data;
                                  the log would keep it when it is erased */
    YZ_TABLE_END = 42
} yz_table;

#define YZ_RECORD_KEY_MAX 256           /* bytes, below LMDB's 511 */
#define YZ_RECORD_VALUE_MAX (96u << 10) /* bytes */

/* True for the numbers that are tables, and for those that are logged. */
bool yz_table_known(yz_table table);
bool yz_table_logged(yz_table table);

/* The name of a table's database, e.g. "rating"; static storage. */
const char *yz_table_name(yz_table table);

/* Called for each record of a walk; not YZ_OK ends the walk with it.  Spans
   are valid inside the visit, which must not put.  `seq` is the log entry
   that made the record, 0 in a table that is not logged. */
typedef yz_status yz_record_visit(void *context, yz_span key, yz_span value,
                                  uint64_t seq);

/* Big-endian integers of keys: their order is that of the bytes. */
static inline void
yz_put_u32_be(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static inline uint32_t
yz_get_u32_be(const void *bytes)
{
    const uint8_t *at = bytes;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

static inline void
yz_put_u64_be(uint8_t *at, uint64_t value)
{
    yz_put_u32_be(at, (uint32_t)(value >> 32));
    yz_put_u32_be(at + 4, (uint32_t)value);
}

static inline uint64_t
yz_get_u64_be(const void *bytes)
{
    const uint8_t *at = bytes;

    return (uint64_t)yz_get_u32_be(at) << 32 | yz_get_u32_be(at + 4);
}

#endif
