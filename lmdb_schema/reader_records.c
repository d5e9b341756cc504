/*
 * Single records by key: places, ids, codes, regions.  Runs in nginx workers
 * and the command.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"
#include <stdlib.h>

#define CACHE_LINE 64
#define LINES_AHEAD 16 /* of a record: 1 KiB, more than most have */
#define NEIGHBOURS 3   /* records that are found with another */

/*
 * An address and a size in one word: the 16 bits that no address of a process
 * uses hold the size.  0: not known.
 */
#define ADDRESS_BITS 48
#define SIZE_LIMIT ((size_t)1 << (64 - ADDRESS_BITS))

/* By all readers of this process, which has one thread. */
static uint64_t last_serial;

void
yz_reader_addresses_forget(yz_reader *reader)
{
    free(reader->addresses.codes);
    free(reader->addresses.places);
    reader->addresses = (reader_addresses){0};
}

yz_status
yz_reader_addresses_set(yz_reader *reader, uint64_t moved, uint32_t code_bits,
                        uint64_t places)
{
    reader_addresses *addresses = &reader->addresses;
    size_t size = READER_PLACES_MIN;

    if (addresses->moved == moved && addresses->code_bits == code_bits) {
        return YZ_OK;
    }
    yz_reader_addresses_forget(reader);
    while (size <= places && size < READER_PLACES_MAX) {
        size *= 2;
    }
    /* Most of both is touched only when it is asked for. */
    addresses->codes =
        calloc((size_t)1 << code_bits, sizeof(*addresses->codes));
    addresses->places = calloc(size, sizeof(*addresses->places));
    if (addresses->codes == NULL || addresses->places == NULL) {
        yz_reader_addresses_forget(reader);
        return YZ_NOMEM;
    }
    addresses->mask = size - 1;
    addresses->moved = moved;
    addresses->code_bits = code_bits;
    addresses->serial = ++last_serial;
    return YZ_OK;
}

static void
remember(yz_reader *reader, uint32_t number, const MDB_val *value)
{
    uint64_t address = (uintptr_t)value->mv_data;

    if (value->mv_size >= sizeof(yz_place_head) &&
        value->mv_size < SIZE_LIMIT && address >> ADDRESS_BITS == 0) {
        reader->addresses.places[number & reader->addresses.mask] =
            (uint64_t)value->mv_size << ADDRESS_BITS | address;
    }
}

/* What is remembered in the place of `number`, if only of another one. */
static bool
recall(const yz_reader *reader, uint32_t number, MDB_val *value)
{
    uint64_t word = reader->addresses.places[number & reader->addresses.mask];

    value->mv_data =
        (void *)(uintptr_t)(word & (((uint64_t)1 << ADDRESS_BITS) - 1));
    value->mv_size = (size_t)(word >> ADDRESS_BITS);
    return word != 0;
}

/* Whether a record's bytes, which are a head at least, are of `number`. */
static bool
is_of(const MDB_val *value, uint32_t number)
{
    uint32_t stored;

    memcpy(&stored, value->mv_data, sizeof(stored));
    return stored == number;
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

/*
 * Finds a record by its number, and remembers it and some that follow: they
 * lie on the same page, and finding them later would cost a walk each.
 */
static yz_status
find_place(yz_reader *reader, uint32_t number, MDB_val *value)
{
    MDB_cursor *cursor = gather_cursor(reader);
    MDB_val key = {sizeof(number), &number}, next;
    uint32_t found;

    if (cursor == NULL) {
        return yz_reader_get(reader, READER_PLACE, &number, sizeof(number),
                             value);
    }
    int rc = mdb_cursor_get(cursor, &key, value, MDB_SET);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    remember(reader, number, value);
    prefetch(value);
    for (int i = 0; i < NEIGHBOURS; i++) {
        if (mdb_cursor_get(cursor, &key, &next, MDB_NEXT) != 0) {
            break;
        }
        memcpy(&found, key.mv_data, sizeof(found));
        remember(reader, found, &next);
    }
    return YZ_OK;
}

yz_status
yz_reader_place(yz_reader *reader, uint32_t number, yz_place_view *view)
{
    MDB_val value;

    if (!recall(reader, number, &value) || !is_of(&value, number)) {
        yz_status status = find_place(reader, number, &value);
        if (status != YZ_OK) {
            return status;
        }
    }
    return yz_place_view_of(value.mv_data, value.mv_size, number, view);
}

/*
 * Asks for the records whose addresses are known, and copies the numbers of
 * the others, ascending; how many.
 */
static uint32_t
prefetch_known(yz_reader *reader, const uint32_t *numbers, uint32_t count,
               uint32_t sorted[static YZ_LIMIT_MAX + 1])
{
    uint32_t unknown = 0;
    MDB_val value;

    for (uint32_t i = 0; i < count && i < YZ_LIMIT_MAX + 1; i++) {
        if (recall(reader, numbers[i], &value)) {
            prefetch(&value);
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
    uint32_t unknown = prefetch_known(reader, numbers, count, sorted);
    MDB_cursor *cursor = unknown > 1 ? gather_cursor(reader) : NULL;

    for (uint32_t i = 0; cursor != NULL && i < unknown; i++) {
        MDB_val key = {sizeof(sorted[i]), &sorted[i]};
        MDB_val value;
        if (mdb_cursor_get(cursor, &key, &value, MDB_SET) == 0) {
            remember(reader, sorted[i], &value);
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

/* Finds a page of codes and remembers it; all of them are always there. */
static yz_status
find_code_page(yz_reader *reader, uint32_t bucket, const void **page)
{
    MDB_val value;

    yz_status status =
        yz_reader_get(reader, READER_CODE, &bucket, sizeof(bucket), &value);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }
    if (!yz_code_page_fits(value.mv_data, value.mv_size, bucket,
                           reader->addresses.code_bits)) {
        return YZ_CORRUPT;
    }
    reader->addresses.codes[bucket] = value.mv_data;
    *page = value.mv_data;
    return YZ_OK;
}

yz_status
yz_reader_code(yz_reader *reader, const uint8_t hash[static YZ_CODE_HASH_SIZE],
               yz_code_value *value)
{
    uint32_t bucket = yz_code_bucket(hash, reader->addresses.code_bits);
    const void *page = reader->addresses.codes[bucket];

    if (page == NULL) {
        yz_status status = find_code_page(reader, bucket, &page);
        if (status != YZ_OK) {
            return status;
        }
    }
    return yz_code_page_find(page, hash, value);
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
