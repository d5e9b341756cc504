/*
 * Entries of the log: key and bounds.  Runs in the writer only; called by
 * the log's writer, the projection, the history and verify.
 */
#include "lmdb_schema/log_entry.h"
#include "lmdb_schema/env.h"

void
yz_log_key(uint64_t seq, uint8_t key[static 8])
{
    int i;

    for (i = 7; i >= 0; i--) {
        key[i] = (uint8_t)seq;
        seq >>= 8;
    }
}

yz_status
yz_log_entry_read(yz_span bytes, uint64_t seq, yz_log_entry *entry)
{
    size_t rest;

    if (bytes.n < sizeof(entry->head) + YZ_HASH_SIZE) {
        return YZ_CORRUPT;
    }
    memcpy(&entry->head, bytes.p, sizeof(entry->head));
    rest = bytes.n - sizeof(entry->head) - YZ_HASH_SIZE;
    if (entry->head.seq != seq || entry->head.payload_size != rest ||
        entry->head.prev_seq >= seq) {
        return YZ_CORRUPT;
    }
    entry->bytes = (const uint8_t *)bytes.p;
    entry->payload = entry->bytes + sizeof(entry->head);
    entry->hash = entry->payload + rest;
    return YZ_OK;
}

yz_status
yz_log_place(const yz_log_entry *entry, yz_place *place)
{
    yz_status status;

    if (entry->head.op != YZ_LOG_PLACE && entry->head.op != YZ_LOG_CODE) {
        return YZ_NOT_FOUND;
    }
    status = yz_place_decode(entry->payload, entry->head.payload_size, place);
    if (status == YZ_OK && place->changed_seq != entry->head.seq) {
        status = YZ_CORRUPT;
    }
    return status;
}

yz_status
yz_log_record_of(const yz_log_entry *entry, yz_log_record *record, yz_span *key,
                 yz_span *value)
{
    const char *at = (const char *)entry->payload + sizeof(*record);
    size_t rest = entry->head.payload_size;

    if (entry->head.op != YZ_LOG_RECORD && entry->head.op != YZ_LOG_GONE) {
        return YZ_NOT_FOUND;
    }
    if (rest < sizeof(*record)) {
        return YZ_CORRUPT;
    }
    memcpy(record, entry->payload, sizeof(*record));
    rest -= sizeof(*record);
    if (!yz_table_logged((yz_table)record->table) || record->key_size == 0 ||
        record->key_size > YZ_RECORD_KEY_MAX || record->key_size > rest) {
        return YZ_CORRUPT;
    }
    *key = (yz_span){at, record->key_size};
    *value = (yz_span){at + record->key_size, rest - record->key_size};
    return entry->head.op == YZ_LOG_GONE && value->n > 0 ? YZ_CORRUPT : YZ_OK;
}
