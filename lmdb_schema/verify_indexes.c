/*
 * Checks the indexes of public data from their own side: every point of the
 * layer is a place's, no place's point is missing, every region is counted
 * right.  Runs in the writer only; called by verify_public.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/project_impl.h"
#include "lmdb_schema/region_view.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>
#include <stdlib.h>

/* A point of the layer is the point of the record with its number. */
static yz_status
check_point(void *context, const yz_geo_point *point)
{
    yz_public_check *at = context;
    uint32_t number = point->number;
    MDB_val key = {sizeof(number), &number}, value;
    yz_place_head head;
    yz_geo_point wanted;

    at->in_layer++;
    if (number >= at->check->head.next_number ||
        at->found[number] != YZ_FOUND_PLACED) {
        yz_verify_tell(at->check,
                       "layer: number %" PRIu32 " is there twice or should "
                       "not be",
                       number);
        return YZ_OK;
    }
    at->found[number] |= YZ_FOUND_POINT;
    if (mdb_get(at->txn, at->public->place, &key, &value) != 0 ||
        value.mv_size < sizeof(head)) {
        return YZ_OK;
    }
    memcpy(&head, value.mv_data, sizeof(head));
    wanted = yz_point_of(&head);
    if (!yz_geo_point_same(point, &wanted)) {
        yz_verify_tell(at->check,
                       "layer: number %" PRIu32 " differs from its place",
                       number);
    }
    return YZ_OK;
}

static yz_status
check_layer(yz_public_check *at)
{
    char why[160] = "";
    yz_status status = yz_geo_layer_check(at->txn, YZ_LAYER_PLACES, check_point,
                                          at, NULL, why);

    if (status == YZ_CORRUPT || status == YZ_NOT_FOUND) {
        yz_verify_tell(at->check, "layer: %s",
                       why[0] != '\0' ? why : yz_status_text(status));
        return YZ_OK;
    }
    if (status == YZ_OK && at->in_layer != at->placed) {
        yz_verify_tell(at->check,
                       "layer: %" PRIu64 " points, there should be %" PRIu64,
                       at->in_layer, at->placed);
    }
    return status;
}

/* Adds what `change` counts to the sums of its region. */
static void
add_sums(yz_region_change *sums, const yz_region_change *change)
{
    int i;

    sums->places += change->places;
    sums->rating_count += change->rating_count;
    sums->rating_sum += change->rating_sum;
    for (i = 0; i < 2; i++) {
        if (change->box_e7[i] < sums->box_e7[i]) {
            sums->box_e7[i] = change->box_e7[i];
        }
        if (change->box_e7[i + 2] > sums->box_e7[i + 2]) {
            sums->box_e7[i + 2] = change->box_e7[i + 2];
        }
    }
}

/* Head and kinds of a record say the same as `count` counted changes. */
static bool
record_is(const yz_region_view *view, const yz_region_change *counted,
          size_t count)
{
    yz_region_change sums = {
        .box_e7 = {INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN}};
    const int32_t *box = view->head.box_e7;
    size_t i;

    if (view->head.kind_count != count || view->head.zero != 0) {
        return false;
    }
    for (i = 0; i < count; i++) {
        yz_region_kind kind = yz_region_view_kind(view, (uint32_t)i);

        if (kind.kind != counted[i].kind || kind.count != counted[i].places) {
            return false;
        }
        add_sums(&sums, &counted[i]);
    }
    return view->head.places == sums.places &&
           view->head.rating_count == sums.rating_count &&
           view->head.rating_sum == (uint64_t)sums.rating_sum &&
           box[0] <= sums.box_e7[0] && box[1] <= sums.box_e7[1] &&
           box[2] >= sums.box_e7[2] && box[3] >= sums.box_e7[3];
}

/* The record of one region; false when it is not there. */
static bool
check_region(yz_public_check *at, uint32_t code,
             const yz_region_change *counted, size_t count)
{
    yz_span name = yz_region_name_of(&at->names, code);
    MDB_val key = {sizeof(code), &code}, value;
    yz_region_view view;

    if (mdb_get(at->txn, at->public->region, &key, &value) != 0) {
        if (count > 0 || name.n > 0) {
            yz_verify_tell(at->check, "region %06" PRIu32 " is missing", code);
        }
        return false;
    }
    if (yz_region_view_of(value.mv_data, value.mv_size, &view) != YZ_OK ||
        !yz_span_equal(view.name, name) || !record_is(&view, counted, count)) {
        yz_verify_tell(at->check,
                       "region %06" PRIu32 ": name, counts or box are wrong",
                       code);
    }
    return true;
}

/* All regions that are counted or named, and no other. */
static yz_status
check_regions(yz_public_check *at)
{
    yz_region_change *list = NULL;
    size_t count = 0, i = 0, name = 0, records = 0;
    MDB_stat stat;
    yz_status status = yz_tally_list(&at->tally, &list, &count);

    while (status == YZ_OK && (i < count || name < at->names.count)) {
        uint32_t code = i < count ? list[i].code : UINT32_MAX;
        size_t n = 0;

        if (name < at->names.count && at->names.all[name].code <= code) {
            code = at->names.all[name++].code;
        }
        while (i + n < count && list[i + n].code == code) {
            n++;
        }
        records += check_region(at, code, list + i, n);
        i += n;
    }
    free(list);
    if (status == YZ_OK) {
        status =
            yz_status_of_lmdb(mdb_stat(at->txn, at->public->region, &stat));
    }
    if (status == YZ_OK && stat.ms_entries != records) {
        yz_verify_tell(at->check,
                       "public data: %zu regions, there should be %zu",
                       stat.ms_entries, records);
    }
    return status;
}

/* Each region that shows has a key to sign with. */
static void
check_keys(yz_public_check *at)
{
    uint32_t i;

    for (i = 0; i < at->tally.room; i++) {
        uint32_t code = at->tally.slots[i].code;

        if (code != 0 && !at->check->store->keys.has[code / 100]) {
            yz_verify_tell(at->check, "region %06" PRIu32 " has no scan key",
                           code);
        }
    }
}

yz_status
yz_verify_indexes(yz_public_check *at)
{
    yz_status status = check_layer(at);

    check_keys(at);
    return status == YZ_OK ? check_regions(at) : status;
}
