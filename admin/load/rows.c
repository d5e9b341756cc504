/*
 * Collects the rows of a file.  Used by load.c.
 */
#include "admin/load/rows.h"

#include <stdlib.h>

#define ROWS_MAX 100000000 /* numbers of rows are 32 bits */
#define PROGRESS_ROWS 4096
#define ROW_BYTES 96 /* of a usual row: a guess for the index of ids */

typedef struct {
    yz_rows *rows;
    yz_span text;
    yz_progress *progress;
    bool failed;
} collector;

static bool
make_room(yz_rows *rows)
{
    size_t cap = rows->cap > 0 ? rows->cap * 2 : 4096;
    yz_row *items;

    if (rows->count < rows->cap) {
        return true;
    }
    items = cap > ROWS_MAX ? NULL : realloc(rows->items, cap * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    rows->items = items;
    rows->cap = cap;
    return true;
}

static bool
index_id(yz_rows *rows, uint32_t number)
{
    yz_row *row = &rows->items[number];
    yz_text_slot *slot;

    if (row->place.id.n == 0) {
        return true;
    }
    if (yz_text_index_add(&rows->ids, row->place.id, number, &slot) != YZ_OK) {
        return false;
    }
    if (slot->value != number) {
        yz_row_fault(rows->reader.faults, row, number,
                     (yz_fault){.code = YZ_FAULT_ID_TWICE,
                                .column = YZ_COLUMN_ID,
                                .number = rows->items[slot->value].line,
                                .value = row->place.id});
    }
    return true;
}

static bool
take_row(void *context, const yz_raw_row *raw, const yz_fault *fault)
{
    collector *c = context;
    yz_rows *rows = c->rows;
    uint32_t number = (uint32_t)rows->count;
    yz_row *row;

    if (!make_room(rows)) {
        c->failed = true;
        return false;
    }
    row = &rows->items[rows->count++];
    if (fault != NULL) {
        *row = (yz_row){.line = raw->line, .raw = raw->raw};
        yz_row_fault(rows->reader.faults, row, number, *fault);
        return true;
    }
    yz_row_read(&rows->reader, raw, number, row);
    c->failed = !index_id(rows, number) || rows->reader.arena->failed ||
                rows->reader.faults->failed;
    if (number % PROGRESS_ROWS == 0 && raw->raw.p != NULL) {
        yz_progress_step(c->progress, (uint64_t)(raw->raw.p - c->text.p),
                         c->text.n);
    }
    return !c->failed;
}

yz_status
yz_rows_read(yz_span text, yz_renames *renames, const yz_crs *crs,
             const yz_regions *regions, yz_arena *arena, yz_faults *faults,
             yz_rows *rows, yz_progress *progress, yz_refusal *refusal)
{
    collector c = {.rows = rows, .text = text, .progress = progress};
    yz_status status;

    *rows = (yz_rows){0};
    rows->reader = (yz_row_reader){.arena = arena,
                                   .faults = faults,
                                   .regions = regions,
                                   .has_crs = crs != NULL,
                                   .crs = crs != NULL ? *crs : YZ_CRS_WGS84};
    if (yz_text_index_reserve(&rows->ids, text.n / ROW_BYTES) != YZ_OK) {
        yz_refuse(refusal, "no memory for the rows of the file");
        return YZ_NOMEM;
    }
    status = yz_table_read(text, renames, crs != NULL, arena, take_row, &c,
                           &rows->facts, refusal);
    if (c.failed || status == YZ_NOMEM) {
        yz_refuse(refusal, "no memory for the rows of the file");
        return YZ_NOMEM;
    }
    if (status == YZ_OK && rows->count == 0) {
        yz_refuse(refusal, rows->facts.is_geojson
                               ? "the collection has no features"
                               : "the file has a header and no rows");
        return YZ_BAD_INPUT;
    }
    return status;
}

void
yz_rows_free(yz_rows *rows)
{
    yz_row_reader_free(&rows->reader);
    yz_text_index_free(&rows->ids);
    free(rows->items);
    *rows = (yz_rows){0};
}
