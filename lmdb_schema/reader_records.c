/*
 * Single records by key: places, ids, codes, regions.  Runs in nginx workers
 * and the command.
 */
#include "lmdb_schema/reader_impl.h"

#define CACHE_LINE 64
#define LINES_AHEAD 16 /* of a record: 1 KiB, more than most have */

static reader_recalled *
recalled_slot(yz_reader *reader, uint32_t number)
{
    return &reader->places[number % READER_RECALLED];
}

static bool
is_recalled(const yz_reader *reader, const reader_recalled *place,
            uint32_t number)
{
    return place->number == number && place->snapshot == reader->snapshot &&
           reader->snapshot != 0;
}

static void
recall(const yz_reader *reader, reader_recalled *place, uint32_t number,
       const MDB_val *value)
{
    *place = (reader_recalled){
        .snapshot = reader->snapshot,
        .bytes = value->mv_data,
        .number = number,
        .size = (uint32_t)value->mv_size,
    };
}

/* Asks the memory for a record before it is copied. */
static void
prefetch(const MDB_val *value)
{
    const char *bytes = value->mv_data;
    size_t lines = value->mv_size / CACHE_LINE + 1;

    for (size_t i = 0; i < lines && i < LINES_AHEAD; i++) {
        __builtin_prefetch(bytes + i * CACHE_LINE);
    }
}

yz_status
yz_reader_place(yz_reader *reader, uint32_t number, yz_place_view *view)
{
    reader_recalled *place = recalled_slot(reader, number);
    MDB_val value;

    if (!is_recalled(reader, place, number)) {
        yz_status status = yz_reader_get(reader, READER_PLACE, &number,
                                         sizeof(number), &value);
        if (status != YZ_OK) {
            return status;
        }
        recall(reader, place, number, &value);
        prefetch(&value);
    }
    return yz_place_view_of(place->bytes, place->size, number, view);
}

/* The cursor in the running lookup, or NULL. */
static MDB_cursor *
gather_cursor(yz_reader *reader)
{
    int rc;

    if (reader->gather == NULL) {
        rc = mdb_cursor_open(reader->txn, reader->dbis[READER_PLACE],
                             &reader->gather);
        if (rc != 0) {
            reader->gather = NULL;
        }
        return reader->gather;
    }
    rc = mdb_cursor_renew(reader->txn, reader->gather);
    return rc == 0 ? reader->gather : NULL;
}

/* Copies the numbers that are not recalled yet, ascending; how many. */
static uint32_t
sort_unknown(yz_reader *reader, const uint32_t *numbers, uint32_t count,
             uint32_t sorted[static YZ_LIMIT_MAX + 1])
{
    uint32_t unknown = 0;

    for (uint32_t i = 0; i < count && i < YZ_LIMIT_MAX + 1; i++) {
        if (is_recalled(reader, recalled_slot(reader, numbers[i]),
                        numbers[i])) {
            continue;
        }
        uint32_t at = unknown++;
        for (; at > 0 && sorted[at - 1] > numbers[i]; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = numbers[i];
    }
    return unknown;
}

void
yz_reader_gather(yz_reader *reader, const uint32_t *numbers, uint32_t count)
{
    uint32_t sorted[YZ_LIMIT_MAX + 1];
    uint32_t unknown = sort_unknown(reader, numbers, count, sorted);
    MDB_cursor *cursor = unknown > 1 ? gather_cursor(reader) : NULL;

    for (uint32_t i = 0; cursor != NULL && i < unknown; i++) {
        MDB_val key = {sizeof(sorted[i]), &sorted[i]};
        MDB_val value;
        if (mdb_cursor_get(cursor, &key, &value, MDB_SET) == 0) {
            recall(reader, recalled_slot(reader, sorted[i]), sorted[i], &value);
            prefetch(&value);
        }
    }
}

yz_status
yz_reader_number_of_id(yz_reader *reader, yz_span id, uint32_t *number)
{
    MDB_val value;

    if (id.n == 0 || id.n > YZ_ID_MAX) {
        return YZ_NOT_FOUND;
    }
    yz_status status = yz_reader_get(reader, READER_ID, id.p, id.n, &value);
    if (status != YZ_OK) {
        return status;
    }
    if (value.mv_size != sizeof(*number)) {
        return YZ_CORRUPT;
    }
    memcpy(number, value.mv_data, sizeof(*number));
    return YZ_OK;
}

yz_status
yz_reader_code(yz_reader *reader, const uint8_t hash[static YZ_CODE_HASH_SIZE],
               yz_code_value *value)
{
    MDB_val found;

    yz_status status =
        yz_reader_get(reader, READER_CODE, hash, YZ_CODE_HASH_SIZE, &found);
    if (status != YZ_OK) {
        return status;
    }
    if (found.mv_size != sizeof(*value)) {
        return YZ_CORRUPT;
    }
    memcpy(value, found.mv_data, sizeof(*value));
    return value->revoked <= 1 ? YZ_OK : YZ_CORRUPT;
}

yz_status
yz_reader_region(yz_reader *reader, uint32_t adcode, yz_region_view *view)
{
    MDB_val value;

    yz_status status =
        yz_reader_get(reader, READER_REGION, &adcode, sizeof(adcode), &value);
    if (status != YZ_OK) {
        return status;
    }
    return yz_region_view_of(value.mv_data, value.mv_size, view);
}
