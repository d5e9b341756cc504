/*
 * Reads the rows of `yizhan org import`.  Used by org_import.c.
 */
#include "admin/command/org_import.h"
#include "admin/load/csv.h"
#include "core/number.h"
#include "core/utf8.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 128
#define DEPTH_MAX 16

enum { PATH, KIND, REGION, COLUMNS };

static const char *const headers[COLUMNS][2] = {
    {"path", "组织"},
    {"kind", "类型"},
    {"region", "行政区划"},
};

static const char *const kinds[][2] = {
    {"province", "省级"},       {"city", "市级"},        {"district", "区县"},
    {"master_station", "总站"}, {"sub_station", "分站"}, {"department", "部门"},
    {"supplier", "供应商"},
};

typedef struct {
    yz_arena *arena;
    yz_org_rows *rows;
    size_t cap;
    size_t column[COLUMNS]; /* fields by column; SIZE_MAX: not there */
    yz_org_fault *fault;
    void *context;
    bool wrong;
} reading;

static void
note(reading *r, uint64_t line, const char *reason)
{
    r->wrong = true;
    r->fault(r->context, line, reason);
}

static yz_span
trim(yz_span text)
{
    while (text.n > 0 && text.p[0] == ' ') {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && text.p[text.n - 1] == ' ') {
        text.n--;
    }
    return text;
}

static void
read_header(reading *r, const yz_csv_record *record)
{
    for (size_t c = 0; c < COLUMNS; c++) {
        r->column[c] = SIZE_MAX;
    }
    for (size_t i = 0; i < record->count; i++) {
        const yz_span name = trim(record->fields[i]);
        size_t c = 0;

        while (c < COLUMNS && !yz_span_equal(name, yz_span_of(headers[c][0])) &&
               !yz_span_equal(name, yz_span_of(headers[c][1]))) {
            c++;
        }
        if (c == COLUMNS) {
            note(r, record->line, "columns are path, kind and region");
        } else if (r->column[c] != SIZE_MAX) {
            note(r, record->line, "a column stands there twice");
        } else {
            r->column[c] = i;
        }
    }
    if (r->column[PATH] == SIZE_MAX || r->column[KIND] == SIZE_MAX) {
        note(r, record->line, "the columns path and kind are needed");
    }
}

static yz_span
field(const reading *r, const yz_csv_record *record, size_t c)
{
    return r->column[c] < record->count ? trim(record->fields[r->column[c]])
                                        : (yz_span){"", 0};
}

/* Takes a path apart; the reason when it is none. */
static const char *
read_path(yz_span path, yz_org_row *row)
{
    size_t from = 0;

    row->path = path;
    row->depth = 0;
    for (size_t i = 0; i <= path.n; i++) {
        yz_span name = {path.p + from, i - from};

        if (i < path.n && path.p[i] != '/') {
            continue;
        }
        if (name.n == 0 || name.n > NAME_MAX_BYTES || trim(name).n != name.n ||
            !yz_text_clean(name)) {
            return "path: names of 1 to 128 bytes, joined by /";
        }
        row->parent = (yz_span){path.p, from > 0 ? from - 1 : 0};
        row->name = name;
        row->depth++;
        from = i + 1;
    }
    return row->depth <= DEPTH_MAX ? NULL : "path: more than 16 names";
}

static const char *
read_kind(yz_span text, yz_org_row *row)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (yz_span_equal(text, yz_span_of(kinds[i][0])) ||
            yz_span_equal(text, yz_span_of(kinds[i][1]))) {
            row->kind = kinds[i][0];
            return NULL;
        }
    }
    return "kind: province, city, district, master_station, sub_station, "
           "department or supplier";
}

static const char *
read_region(yz_span text, yz_org_row *row)
{
    row->region = 0;
    return text.n == 0 ||
                   (text.n == 6 &&
                    yz_number_parse_u32(text, 999999, &row->region) == YZ_OK &&
                    row->region >= 110000)
               ? NULL
               : "region: six digits of GB/T 2260, or nothing";
}

static yz_status
add_row(reading *r, const yz_org_row *row)
{
    if (r->rows->count == r->cap) {
        size_t cap = r->cap == 0 ? 256 : 2 * r->cap;
        yz_org_row *more = yz_arena_alloc(r->arena, cap * sizeof(*more));

        if (more == NULL) {
            return YZ_NOMEM;
        }
        if (r->rows->count > 0) {
            memcpy(more, r->rows->rows, r->rows->count * sizeof(*more));
        }
        r->rows->rows = more;
        r->cap = cap;
    }
    r->rows->rows[r->rows->count++] = *row;
    return YZ_OK;
}

static yz_status
read_row(reading *r, const yz_csv_record *record)
{
    yz_org_row row = {.line = record->line};
    const char *reasons[COLUMNS];
    bool fine = true;

    if (record->fault != YZ_CSV_FINE) {
        note(r, record->line, "the quotes or fields of this line are broken");
        return YZ_OK;
    }
    reasons[PATH] = read_path(field(r, record, PATH), &row);
    reasons[KIND] = read_kind(field(r, record, KIND), &row);
    reasons[REGION] = read_region(field(r, record, REGION), &row);
    for (size_t c = 0; c < COLUMNS; c++) {
        if (reasons[c] != NULL) {
            note(r, record->line, reasons[c]);
            fine = false;
        }
    }
    return fine ? add_row(r, &row) : YZ_OK;
}

static int
by_depth(const void *a, const void *b)
{
    const yz_org_row *one = a, *other = b;

    if (one->depth != other->depth) {
        return one->depth < other->depth ? -1 : 1;
    }
    return one->line < other->line ? -1 : one->line > other->line;
}

yz_status
yz_org_rows_read(yz_span text, yz_arena *arena, yz_org_rows *rows,
                 yz_org_fault *fault, void *context)
{
    reading r = {
        .arena = arena, .rows = rows, .fault = fault, .context = context};
    yz_csv *csv = yz_arena_alloc(arena, sizeof(*csv));
    yz_csv_record record;
    yz_status status = YZ_OK;

    *rows = (yz_org_rows){NULL, 0};
    if (csv == NULL) {
        return YZ_NOMEM;
    }
    yz_csv_init(csv, text, arena);
    if (!yz_csv_next(csv, &record)) {
        note(&r, 1, "the file is empty");
        return YZ_BAD_INPUT;
    }
    read_header(&r, &record);
    if (r.wrong) {
        return YZ_BAD_INPUT;
    }
    while (status == YZ_OK && yz_csv_next(csv, &record)) {
        status = read_row(&r, &record);
    }
    if (status == YZ_OK && rows->count > 0) {
        qsort(rows->rows, rows->count, sizeof(*rows->rows), by_depth);
    }
    if (arena->failed) {
        return YZ_NOMEM;
    }
    return status == YZ_OK && r.wrong ? YZ_BAD_INPUT : status;
}
