/*
 * Counts places by region and kind in memory, then changes the records of
 * the regions and of their parents.  Runs in the writer only; called by the
 * projection, and by verify to count again.
 */
#include "lmdb_schema/region_write.h"
#include "core/geo_point.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/region_view.h"

#include <stdlib.h>

#define ROOM_MIN 256u

static const int32_t no_box[4] = {YZ_LNG_MAX_E7, YZ_LAT_MAX_E7, -YZ_LNG_MAX_E7,
                                  -YZ_LAT_MAX_E7};

/* Grows `box` until it covers `other`; either may be without points. */
static void
cover(int32_t box[static 4], const int32_t other[static 4])
{
    box[0] = other[0] < box[0] ? other[0] : box[0];
    box[1] = other[1] < box[1] ? other[1] : box[1];
    box[2] = other[2] > box[2] ? other[2] : box[2];
    box[3] = other[3] > box[3] ? other[3] : box[3];
}

/* The slot of (code, kind), or the free one where it would go. */
static yz_region_change *
find_slot(yz_region_change *slots, uint32_t room, uint32_t code, uint32_t kind)
{
    uint32_t at = (code * 2654435761u ^ kind * 40503u) & (room - 1);

    while (slots[at].code != 0 &&
           (slots[at].code != code || slots[at].kind != kind)) {
        at = (at + 1) & (room - 1);
    }
    return &slots[at];
}

static yz_status
grow(yz_tally *tally)
{
    uint32_t room = tally->room == 0 ? ROOM_MIN : tally->room * 2;
    yz_region_change *slots;
    uint32_t i;

    if (tally->count < tally->room / 2) {
        return YZ_OK;
    }
    slots = calloc(room, sizeof(*slots));
    if (slots == NULL) {
        return YZ_NOMEM;
    }
    for (i = 0; i < tally->room; i++) {
        const yz_region_change *old = &tally->slots[i];

        if (old->code != 0) {
            *find_slot(slots, room, old->code, old->kind) = *old;
        }
    }
    free(tally->slots);
    tally->slots = slots;
    tally->room = room;
    return YZ_OK;
}

yz_status
yz_tally_place(yz_tally *tally, const yz_place_head *head, int sign)
{
    yz_region_change *change;

    if (head->region == 0) {
        return YZ_OK;
    }
    if (grow(tally) != YZ_OK) {
        return YZ_NOMEM;
    }
    change = find_slot(tally->slots, tally->room, head->region, head->kind);
    if (change->code == 0) {
        change->code = head->region;
        change->kind = head->kind;
        memcpy(change->box_e7, no_box, sizeof(no_box));
        tally->count++;
    }
    change->places += sign;
    change->rating_count += sign * (int64_t)head->rating_count;
    change->rating_sum += sign * (int64_t)head->rating_sum;
    if (sign > 0 && (head->flags & YZ_PLACE_HAS_POSITION) != 0) {
        const int32_t point[4] = {head->lng_e7, head->lat_e7, head->lng_e7,
                                  head->lat_e7};

        cover(change->box_e7, point);
    }
    return YZ_OK;
}

void
yz_tally_free(yz_tally *tally)
{
    free(tally->slots);
    memset(tally, 0, sizeof(*tally));
}

static int
compare_changes(const void *a, const void *b)
{
    const yz_region_change *x = a;
    const yz_region_change *y = b;

    if (x->code != y->code) {
        return x->code < y->code ? -1 : 1;
    }
    return x->kind < y->kind ? -1 : x->kind > y->kind;
}

/* Joins neighbours of equal code and kind; returns how many are left. */
static size_t
join_equal(yz_region_change *list, size_t count)
{
    size_t kept = 0, i;

    for (i = 1; i < count; i++) {
        yz_region_change *last = &list[kept];

        if (compare_changes(last, &list[i]) != 0) {
            list[++kept] = list[i];
            continue;
        }
        last->places += list[i].places;
        last->rating_count += list[i].rating_count;
        last->rating_sum += list[i].rating_sum;
        cover(last->box_e7, list[i].box_e7);
    }
    return count == 0 ? 0 : kept + 1;
}

yz_status
yz_tally_list(const yz_tally *tally, yz_region_change **list, size_t *count)
{
    size_t n = 0;
    uint32_t i;
    int j;

    *count = 0;
    *list = malloc((3 * (size_t)tally->count + 1) * sizeof(**list));
    if (*list == NULL) {
        return YZ_NOMEM;
    }
    for (i = 0; i < tally->room; i++) {
        yz_region_levels levels = yz_region_levels_of(tally->slots[i].code);

        for (j = 0; j < levels.count; j++) {
            (*list)[n] = tally->slots[i];
            (*list)[n++].code = levels.code[j];
        }
    }
    qsort(*list, n, sizeof(**list), compare_changes);
    *count = join_equal(*list, n);
    return YZ_OK;
}

/* A region record while it is put together. */
typedef struct {
    yz_region_head head;
    yz_region_kind *kinds; /* ascending */
    uint8_t *bytes;
    size_t room; /* kinds that kinds and bytes have room for */
} region_record;

static void
free_record(region_record *record)
{
    free(record->kinds);
    free(record->bytes);
}

/* Makes room for `kinds` kinds and the longest name. */
static yz_status
reserve_kinds(region_record *record, size_t kinds)
{
    if (kinds > record->room || record->bytes == NULL) {
        size_t room = kinds + 64;

        free_record(record);
        record->kinds = malloc(room * sizeof(*record->kinds));
        record->bytes = malloc(sizeof(record->head) + UINT16_MAX +
                               room * sizeof(*record->kinds));
        record->room = room;
    }
    return record->kinds != NULL && record->bytes != NULL ? YZ_OK : YZ_NOMEM;
}

/* The record of `code` as it is, or one without places. */
static yz_status
get_record(MDB_txn *txn, MDB_dbi dbi, uint32_t code, yz_region_view *view)
{
    MDB_val key = {sizeof(code), &code}, value;
    int rc = mdb_get(txn, dbi, &key, &value);

    memset(view, 0, sizeof(*view));
    memcpy(view->head.box_e7, no_box, sizeof(no_box));
    if (rc == MDB_NOTFOUND) {
        return YZ_OK;
    }
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    return yz_region_view_of(value.mv_data, value.mv_size, view);
}

/* Adds a signed change to a count; false when it leaves 0..max. */
static bool
add_count(uint64_t *count, int64_t change, uint64_t max)
{
    uint64_t sum = *count + (uint64_t)change;

    if (change < 0 ? sum > *count : sum < *count || sum > max) {
        return false;
    }
    *count = sum;
    return true;
}

/* Adds one kind's change to the totals of the record. */
static bool
add_totals(region_record *record, const yz_region_change *change)
{
    yz_region_head *head = &record->head;
    uint64_t places = head->places, ratings = head->rating_count;

    if (!add_count(&places, change->places, UINT32_MAX) ||
        !add_count(&ratings, change->rating_count, UINT32_MAX) ||
        !add_count(&head->rating_sum, change->rating_sum, UINT64_MAX)) {
        return false;
    }
    head->places = (uint32_t)places;
    head->rating_count = (uint32_t)ratings;
    cover(head->box_e7, change->box_e7);
    return true;
}

/* Merges the old kinds with `count` changes of one region, both ascending. */
static yz_status
merge(region_record *record, const yz_region_view *old,
      const yz_region_change *changes, size_t count)
{
    uint32_t from = 0;
    size_t i = 0, kept = 0;

    record->head = old->head;
    while (from < old->head.kind_count || i < count) {
        yz_region_kind kind = {UINT32_MAX, 0};
        uint64_t places;

        if (from < old->head.kind_count) {
            kind = yz_region_view_kind(old, from);
        }
        if (i < count && changes[i].kind < kind.kind) {
            kind = (yz_region_kind){changes[i].kind, 0};
        } else {
            from++;
        }
        places = kind.count;
        if (i < count && changes[i].kind == kind.kind) {
            if (!add_count(&places, changes[i].places, UINT32_MAX) ||
                !add_totals(record, &changes[i])) {
                return YZ_CORRUPT;
            }
            i++;
        }
        if (places > 0) {
            kind.count = (uint32_t)places;
            record->kinds[kept++] = kind;
        }
    }
    record->head.kind_count = (uint16_t)kept;
    return YZ_OK;
}

/* Writes the record of `code`; without places and name it goes. */
static yz_status
put_record(region_record *record, MDB_txn *txn, MDB_dbi dbi, uint32_t code,
           yz_span name)
{
    size_t kinds = record->head.kind_count * sizeof(yz_region_kind);
    MDB_val key = {sizeof(code), &code};
    MDB_val value = {sizeof(record->head) + kinds + name.n, record->bytes};
    int rc;

    if (record->head.places == 0 && name.n == 0) {
        rc = mdb_del(txn, dbi, &key, NULL);
        return rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
    }
    record->head.name_size = (uint16_t)name.n;
    memcpy(record->bytes, &record->head, sizeof(record->head));
    if (kinds > 0) {
        memcpy(record->bytes + sizeof(record->head), record->kinds, kinds);
    }
    if (name.n > 0) {
        memcpy(record->bytes + sizeof(record->head) + kinds, name.p, name.n);
    }
    return yz_status_of_lmdb(mdb_put(txn, dbi, &key, &value, 0));
}

/* Changes the record of one region by `count` changes. */
static yz_status
change_record(region_record *record, MDB_txn *txn, MDB_dbi dbi,
              const yz_region_names *names, uint32_t code,
              const yz_region_change *changes, size_t count)
{
    yz_region_view old;
    yz_status status = get_record(txn, dbi, code, &old);

    if (status == YZ_OK) {
        status = reserve_kinds(record, old.head.kind_count + count);
    }
    if (status == YZ_OK) {
        status = merge(record, &old, changes, count);
    }
    if (status == YZ_OK) {
        status =
            put_record(record, txn, dbi, code, yz_region_name_of(names, code));
    }
    return status;
}

yz_status
yz_tally_write(yz_tally *tally, MDB_txn *txn, MDB_dbi dbi,
               const yz_region_names *names, bool all)
{
    region_record record = {0};
    yz_region_change *list = NULL;
    size_t count = 0, i, n;
    yz_status status = YZ_OK;

    for (i = 0; all && status == YZ_OK && i < names->count; i++) {
        status = change_record(&record, txn, dbi, names, names->all[i].code,
                               NULL, 0);
    }
    if (status == YZ_OK) {
        status = yz_tally_list(tally, &list, &count);
    }
    for (i = 0; status == YZ_OK && i < count; i += n) {
        for (n = 1; i + n < count && list[i + n].code == list[i].code; n++) {
        }
        status =
            change_record(&record, txn, dbi, names, list[i].code, &list[i], n);
    }
    free(list);
    free_record(&record);
    return status;
}
