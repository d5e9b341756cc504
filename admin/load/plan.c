/*
 * Plans a load: one walk over the store, in which each place meets its row.
 * Used by load.c.
 */
#include "admin/load/plan.h"

#include <stdlib.h>

#include "core/geo_search.h"

typedef struct {
    uint64_t key;
    uint32_t row;
} ordered_row;

static void
check_moved(yz_plan *plan, uint32_t number, const yz_place *place,
            const yz_place *stored)
{
    const yz_text_index *moved = plan->options.moved;
    double distance_m;

    if (!yz_place_renumbered(place, stored, &distance_m) ||
        (moved != NULL && yz_text_index_find(moved, place->id) != NULL)) {
        return;
    }
    yz_row_fault(plan->rows->reader.faults, &plan->rows->items[number], number,
                 (yz_fault){.code = YZ_FAULT_MOVED,
                            .column = YZ_COLUMN_ID,
                            .number = (uint64_t)distance_m,
                            .value = place->id});
}

static bool
in_service(const yz_place *place)
{
    return place->status == YZ_PLACE_OPEN ||
           place->status == YZ_PLACE_SUSPENDED;
}

/* A copy of `stored` that lives as long as the rows; NULL without memory. */
static yz_place *
keep(yz_plan *plan, const yz_place *stored)
{
    yz_arena *arena = plan->rows->reader.arena;
    yz_place *copy = yz_arena_alloc(arena, sizeof(*copy));

    if (copy != NULL) {
        *copy = *stored;
        yz_arena_keep_place(arena, copy);
    }
    return arena->failed ? NULL : copy;
}

/*
 * A row that changes nothing is counted with what the store has, whose texts
 * are only valid now.
 */
static yz_status
take_same(yz_plan *plan, yz_row *row, const yz_place *stored)
{
    yz_fault_code ignored;

    row->action = YZ_ROW_SAME;
    row->place.region = stored->region;
    row->place.has_position = stored->has_position;
    row->place.lng_e7 = stored->lng_e7;
    row->place.lat_e7 = stored->lat_e7;
    yz_check_take(&plan->check, stored, &ignored);
    return YZ_OK;
}

/* Row and store meet. */
static yz_status
compare(yz_plan *plan, uint32_t number, const yz_place *stored)
{
    yz_row *row = &plan->rows->items[number];
    yz_place place = yz_row_merge(row, stored);

    if (yz_place_same(&place, stored)) {
        return take_same(plan, row, stored);
    }
    row->before = keep(plan, stored);
    if (row->before == NULL) {
        return YZ_NOMEM;
    }
    row->place = yz_row_merge(row, row->before);
    row->action = in_service(stored) && !in_service(&place) ? YZ_ROW_CLOSE
                                                            : YZ_ROW_CHANGE;
    check_moved(plan, number, &row->place, row->before);
    return YZ_OK;
}

static yz_status
note_closing(yz_plan *plan, const yz_place *stored)
{
    if (plan->closing_count == plan->closing_cap) {
        size_t cap = plan->closing_cap > 0 ? plan->closing_cap * 2 : 256;
        yz_place **closing = realloc(plan->closing, cap * sizeof(*closing));

        if (closing == NULL) {
            return YZ_NOMEM;
        }
        plan->closing = closing;
        plan->closing_cap = cap;
    }
    plan->closing[plan->closing_count] = keep(plan, stored);
    return plan->closing[plan->closing_count++] == NULL ? YZ_NOMEM : YZ_OK;
}

/* A stored place that no row names by id. */
static yz_status
see_other(yz_plan *plan, const yz_place *stored)
{
    const yz_plan_options *o = &plan->options;
    yz_fault_code ignored;
    yz_status status = yz_match_see(&plan->match, stored);

    yz_check_take(&plan->check, stored, &ignored);
    if (status == YZ_OK && o->replace && in_service(stored) &&
        stored->region >= o->region_low && stored->region <= o->region_high) {
        status = note_closing(plan, stored);
    }
    return status;
}

static yz_status
see_place(void *context, const yz_place *stored)
{
    yz_plan *plan = context;
    yz_text_slot *slot = yz_text_index_find(&plan->rows->ids, stored->id);
    yz_fault_code ignored;
    yz_row *row;

    if (slot == NULL) {
        return see_other(plan, stored);
    }
    row = &plan->rows->items[slot->value];
    /* Two rows without id and one with it may be the same place. */
    if (yz_match_see(&plan->match, stored) != YZ_OK) {
        return YZ_NOMEM;
    }
    row->action = YZ_ROW_SAME;
    if (row->refused) {
        yz_check_take(&plan->check, stored, &ignored);
        return YZ_OK;
    }
    return compare(plan, slot->value, stored);
}

/* Rows without id have theirs now; those that are stored are compared. */
static yz_status
compare_matched(yz_plan *plan)
{
    for (size_t i = 0; i < plan->match.count; i++) {
        const yz_match_row *item = &plan->match.items[i];
        yz_row *row = &plan->rows->items[item->row];
        yz_status status = YZ_OK;

        if (row->refused) {
            continue;
        }
        row->action = YZ_ROW_ADD;
        if (item->found == 1) {
            status = compare(plan, item->row, item->stored);
        }
        if (status != YZ_OK) {
            return status;
        }
    }
    return YZ_OK;
}

/* Drops the places from the closing that turned out to have a row. */
static void
settle_closing(yz_plan *plan)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->closing_count; i++) {
        yz_place *place = plan->closing[i];

        if (yz_text_index_find(&plan->rows->ids, place->id) == NULL) {
            plan->closing[kept++] = place;
        }
    }
    plan->closing_count = kept;
}

static void
count_rows(yz_plan *plan)
{
    plan->closed = plan->closing_count;
    for (size_t i = 0; i < plan->rows->count; i++) {
        const yz_row *row = &plan->rows->items[i];

        if (!row->refused) {
            plan->added += row->action == YZ_ROW_ADD;
            plan->changed += row->action == YZ_ROW_CHANGE;
            plan->closed += row->action == YZ_ROW_CLOSE;
            plan->unchanged += row->action == YZ_ROW_SAME;
        }
    }
}

/* Until the store says otherwise every row is new. */
static void
begin_rows(yz_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        rows->items[i].action = YZ_ROW_ADD;
    }
}

static void
complete_new(yz_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].action == YZ_ROW_ADD) {
            yz_place_complete(&rows->items[i].place);
        }
    }
}

yz_status
yz_plan_make(yz_plan *plan, yz_rows *rows, const yz_plan_options *options,
             yz_store *store)
{
    yz_status status;

    *plan = (yz_plan){.rows = rows, .options = *options};
    yz_check_init(&plan->check, rows->reader.arena);
    begin_rows(rows);
    status = yz_match_init(&plan->match, rows);
    if (status == YZ_OK && store != NULL) {
        status = yz_store_each_place(store, see_place, plan);
    }
    if (status == YZ_OK) {
        status = yz_match_settle(&plan->match);
    }
    if (status == YZ_OK) {
        status = compare_matched(plan);
    }
    if (status == YZ_OK) {
        settle_closing(plan);
        complete_new(rows);
        status = yz_check_rows(&plan->check, rows);
        count_rows(plan);
    }
    return rows->reader.faults->failed ? YZ_NOMEM : status;
}

bool
yz_plan_is_empty(const yz_plan *plan)
{
    return plan->added + plan->changed + plan->closed == 0;
}

static int
compare_order(const void *a, const void *b)
{
    const ordered_row *x = a;
    const ordered_row *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

static size_t
collect(const yz_plan *plan, bool added, ordered_row *rows)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->rows->count; i++) {
        const yz_row *row = &plan->rows->items[i];
        const yz_place *place = &row->place;

        if (row->refused || row->action == YZ_ROW_SAME ||
            (row->action == YZ_ROW_ADD) != added) {
            continue;
        }
        rows[n].row = (uint32_t)i;
        rows[n].key = place->has_position
                          ? yz_hilbert_of(place->lat_e7, place->lng_e7)
                          : UINT64_MAX;
        n++;
    }
    return n;
}

yz_status
yz_plan_order(const yz_plan *plan, uint32_t **order, size_t *count)
{
    size_t all = plan->rows->count;
    ordered_row *rows = calloc(all + 1, sizeof(*rows));
    size_t changed;

    *order = calloc(all + 1, sizeof(**order));
    if (rows == NULL || *order == NULL) {
        free(rows);
        free(*order);
        return YZ_NOMEM;
    }
    changed = collect(plan, false, rows);
    *count = changed + collect(plan, true, rows + changed);
    qsort(rows + changed, *count - changed, sizeof(*rows), compare_order);
    for (size_t i = 0; i < *count; i++) {
        (*order)[i] = rows[i].row;
    }
    free(rows);
    return YZ_OK;
}

void
yz_plan_free(yz_plan *plan)
{
    free(plan->closing);
    yz_match_free(&plan->match);
    yz_check_free(&plan->check);
    *plan = (yz_plan){0};
}
