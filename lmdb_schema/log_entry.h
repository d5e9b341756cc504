/*
 * Reading the log: one entry at a time, checked.  Runs in the writer only.
 */
#ifndef YZ_SCHEMA_LOG_ENTRY_H
#define YZ_SCHEMA_LOG_ENTRY_H

#include "core/status.h"
#include "lmdb_schema/place.h"
#include "lmdb_schema/private_layout.h"
#include "lmdb_schema/record.h"
#include <lmdb.h>

/* An entry; payload and hash lie in the map, valid as long as the
   transaction and until its next write. */
typedef struct {
    yz_log_head head;
    const uint8_t *payload;
    const uint8_t *hash;  /* YZ_HASH_SIZE bytes */
    const uint8_t *bytes; /* head and payload, as hashed */
} yz_log_entry;

/* The key of entry `seq`: 8 bytes, big-endian, so that order is by number. */
void yz_log_key(uint64_t seq, uint8_t key[static 8]);

/* Takes the bytes of entry `seq` apart.  YZ_OK or YZ_CORRUPT. */
yz_status yz_log_entry_read(yz_span bytes, uint64_t seq, yz_log_entry *entry);

/*
 * The place that a YZ_LOG_PLACE or YZ_LOG_CODE entry holds; spans lie in the
 * map.  YZ_OK, YZ_NOT_FOUND (an entry of another kind), YZ_CORRUPT.
 */
yz_status yz_log_place(const yz_log_entry *entry, yz_place *place);

/*
 * The record that a YZ_LOG_RECORD or YZ_LOG_GONE entry tells of: a logged
 * table, a key of a legal size, the value (empty for GONE); spans lie in the
 * map.  YZ_OK, YZ_NOT_FOUND (an entry of another kind), YZ_CORRUPT.
 */
yz_status yz_log_record_of(const yz_log_entry *entry, yz_log_record *record,
                           yz_span *key, yz_span *value);

#endif
