/*
 * Lists: the geo layer in its order, then the places without a position by
 * number.  Runs in nginx workers and the command; others call
 * yz_reader_list().
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"

#define LIST_MAX (YZ_LIMIT_MAX + 1) /* one more tells whether there is more */

/* Appends to `positions` from the layer.  *count may be LIST_MAX at most. */
static yz_status
list_placed(yz_reader *reader, const yz_geo_filter *filter,
            const yz_list_position *after, uint32_t limit,
            yz_list_position *positions, uint32_t *count)
{
    yz_geo_filter narrow = *filter;
    yz_geo_hit hits[LIST_MAX];
    uint64_t hilberts[LIST_MAX];

    yz_status status = yz_reader_narrow(reader, &narrow);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    status = yz_geo_reader_walk(
        reader->geo, reader->txn, &narrow, after != NULL,
        after != NULL ? after->hilbert : 0, after != NULL ? after->number : 0,
        limit, hits, hilberts, count);
    for (uint32_t i = 0; status == YZ_OK && i < *count; i++) {
        positions[i] = (yz_list_position){hilberts[i], hits[i].number};
    }
    return status;
}

/* One record of `unplaced`: its number, and whether it passes. */
static yz_status
read_unplaced(const MDB_val *key, const MDB_val *value,
              const yz_geo_filter *filter, uint32_t *number, bool *passes)
{
    yz_unplaced place;

    if (key->mv_size != sizeof(*number) || value->mv_size != sizeof(place)) {
        return YZ_CORRUPT;
    }
    memcpy(number, key->mv_data, sizeof(*number));
    memcpy(&place, value->mv_data, sizeof(place));
    *passes = yz_geo_filter_passes(filter, place.kind, place.hours,
                                   place.region, place.services, place.level);
    return YZ_OK;
}

/* Appends the passing places without a position from number `from` on. */
static yz_status
walk_unplaced(MDB_cursor *cursor, const yz_geo_filter *filter, uint32_t from,
              uint32_t limit, yz_list_position *positions, uint32_t *count)
{
    MDB_val key = {sizeof(from), &from};
    MDB_val value;

    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && *count < limit) {
        uint32_t number;
        bool passes;
        yz_status status =
            read_unplaced(&key, &value, filter, &number, &passes);
        if (status != YZ_OK) {
            return status;
        }
        if (passes) {
            positions[(*count)++] = (yz_list_position){UINT64_MAX, number};
        }
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
}

static yz_status
list_unplaced(yz_reader *reader, const yz_geo_filter *filter, uint32_t from,
              uint32_t limit, yz_list_position *positions, uint32_t *count)
{
    MDB_cursor *cursor;

    int rc =
        mdb_cursor_open(reader->txn, reader->dbis[READER_UNPLACED], &cursor);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    yz_status status =
        walk_unplaced(cursor, filter, from, limit, positions, count);
    mdb_cursor_close(cursor);
    return status;
}

yz_status
yz_reader_list(yz_reader *reader, const yz_geo_filter *filter,
               const yz_list_position *after, uint32_t limit,
               yz_list_position *positions, uint32_t *count)
{
    /* No position of the layer has this Hilbert number. */
    bool in_unplaced = after != NULL && after->hilbert == UINT64_MAX;
    uint32_t from = 0;

    *count = 0;
    if (limit < 1 || limit > LIST_MAX) {
        return YZ_BAD_INPUT;
    }
    if (!in_unplaced) {
        yz_status status =
            list_placed(reader, filter, after, limit, positions, count);
        if (status != YZ_OK) {
            return status;
        }
    } else if (after->number == UINT32_MAX) {
        return YZ_OK;
    } else {
        from = after->number + 1;
    }
    if (filter->has_box || *count == limit) {
        return YZ_OK;
    }
    return list_unplaced(reader, filter, from, limit, positions, count);
}
