/*
 * Single records by key: places, ids, codes, regions.  Runs in nginx workers
 * and the command.
 */
#include "lmdb_schema/reader_impl.h"

yz_status
yz_reader_place(yz_reader *reader, uint32_t number, yz_place_view *view)
{
    reader_recalled *place = &reader->places[number % READER_RECALLED];
    MDB_val value;

    if (place->number != number || place->snapshot != reader->snapshot ||
        reader->snapshot == 0) {
        yz_status status = yz_reader_get(reader, READER_PLACE, &number,
                                         sizeof(number), &value);
        if (status != YZ_OK) {
            return status;
        }
        *place = (reader_recalled){.snapshot = reader->snapshot,
                                   .bytes = value.mv_data,
                                   .number = number,
                                   .size = (uint32_t)value.mv_size};
    }
    return yz_place_view_of(place->bytes, place->size, number, view);
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
