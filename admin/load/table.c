/*
 * Header and rows of a file, CSV or GeoJSON.  Used by rows.c.
 */
#include "admin/load/table.h"

#include <stdlib.h>

#include "admin/load/csv.h"
#include "admin/load/geojson.h"

#define SHOWN(span) (int)((span).n > 60 ? 60 : (span).n), (span).p

typedef struct {
    yz_csv csv;
    yz_csv_record record;
    yz_column columns[YZ_CSV_FIELDS_MAX]; /* by position in the header */
    size_t count;
    yz_raw_row row;
} csv_table;

static bool
take_header_name(csv_table *t, size_t i, yz_renames *renames,
                 yz_table_facts *facts, yz_refusal *refusal)
{
    yz_span name = yz_text_trim(t->record.fields[i]);
    yz_column column = yz_column_of(renames, name);

    t->columns[i] = column;
    if (column >= YZ_COLUMN_COUNT) {
        if (name.n > 0) {
            yz_noted_names_add(&facts->names, column, name);
        }
        return true;
    }
    if (facts->columns & YZ_COLUMN_BIT(column)) {
        yz_refuse(refusal, "the header has column %s twice: \"%.*s\"",
                  yz_column_name(column), SHOWN(name));
        return false;
    }
    facts->columns |= YZ_COLUMN_BIT(column);
    return true;
}

static bool
has(uint32_t columns, yz_column column)
{
    return (columns & YZ_COLUMN_BIT(column)) != 0;
}

static bool
check_header(const yz_table_facts *facts, bool has_crs, yz_refusal *refusal)
{
    uint32_t columns = facts->columns;

    if (columns == 0) {
        const char *hint =
            memchr(facts->header.p, '\t', facts->header.n) != NULL
                ? "; separate columns by commas, not tabs"
            : memchr(facts->header.p, ';', facts->header.n) != NULL
                ? "; separate columns by commas, not semicolons"
                : "";

        yz_refuse(refusal,
                  "no known column in the first line \"%.*s\"%s (yizhan "
                  "template shows them; --map theirs=ours names others)",
                  SHOWN(facts->header), hint);
    } else if (!has(columns, YZ_COLUMN_ID) && !has(columns, YZ_COLUMN_NAME)) {
        yz_refuse(refusal, "the file has neither a column id nor a column "
                           "name");
    } else if (has(columns, YZ_COLUMN_LNG) != has(columns, YZ_COLUMN_LAT)) {
        yz_refuse(refusal,
                  "the file has a column %s and none for the other "
                  "coordinate",
                  has(columns, YZ_COLUMN_LNG) ? "lng" : "lat");
    } else if (has(columns, YZ_COLUMN_LNG) && !has(columns, YZ_COLUMN_CRS) &&
               !has_crs) {
        yz_refuse(refusal,
                  "the file has positions and does not say in which "
                  "coordinate system: add a column crs, or give --crs wgs84, "
                  "gcj02 or bd09");
    }
    return refusal->text[0] == '\0';
}

static yz_status
read_header(csv_table *t, yz_renames *renames, bool has_crs,
            yz_table_facts *facts, yz_refusal *refusal)
{
    if (!yz_csv_next(&t->csv, &t->record)) {
        yz_refuse(refusal, "the file is empty");
        return YZ_BAD_INPUT;
    }
    facts->header = t->record.raw;
    t->count = t->record.count;
    if (t->record.fault != YZ_CSV_FINE) {
        yz_refuse(refusal, "line %llu: the header is no CSV: %s",
                  (unsigned long long)t->record.line,
                  t->record.fault == YZ_CSV_QUOTE_OPEN ? "a quote never closes"
                  : t->record.fault == YZ_CSV_AFTER_QUOTE
                      ? "text follows a closing quote"
                      : "it has more than 256 columns");
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (!take_header_name(t, i, renames, facts, refusal)) {
            return YZ_BAD_INPUT;
        }
    }
    return check_header(facts, has_crs, refusal) ? YZ_OK : YZ_BAD_INPUT;
}

/* Spreadsheets save rows that were emptied as commas alone. */
static bool
is_blank(const yz_csv_record *record)
{
    if (record->fault != YZ_CSV_FINE) {
        return false;
    }
    for (size_t i = 0; i < record->count; i++) {
        if (yz_text_trim(record->fields[i]).n > 0) {
            return false;
        }
    }
    return true;
}

/* Fills `fault` and answers true when the record has not the right form. */
static bool
broken(const csv_table *t, yz_fault *fault)
{
    static const yz_fault_code codes[] = {
        [YZ_CSV_QUOTE_OPEN] = YZ_FAULT_QUOTE_OPEN,
        [YZ_CSV_AFTER_QUOTE] = YZ_FAULT_AFTER_QUOTE,
        [YZ_CSV_MANY_FIELDS] = YZ_FAULT_MANY_FIELDS,
    };
    size_t at = t->record.fault_field;

    *fault = (yz_fault){.column = YZ_COLUMN_UNKNOWN};
    if (t->record.fault != YZ_CSV_FINE) {
        fault->code = codes[t->record.fault];
        fault->column = at < t->count ? t->columns[at] : YZ_COLUMN_UNKNOWN;
        return true;
    }
    if (t->record.count != t->count) {
        fault->code = YZ_FAULT_FIELDS;
        fault->number = t->record.count;
        fault->other = t->count;
        return true;
    }
    return false;
}

static void
fill_row(csv_table *t, uint32_t columns)
{
    size_t count = t->record.count < t->count ? t->record.count : t->count;

    t->row.line = t->record.line;
    t->row.present = columns;
    t->row.raw = t->record.raw;
    for (size_t i = 0; i < count; i++) {
        if (t->columns[i] < YZ_COLUMN_COUNT) {
            t->row.cells[t->columns[i]] = t->record.fields[i];
        }
    }
}

static yz_status
read_csv(csv_table *t, yz_renames *renames, bool has_crs,
         yz_raw_row_visit *visit, void *context, yz_table_facts *facts,
         yz_refusal *refusal)
{
    yz_status status = read_header(t, renames, has_crs, facts, refusal);

    while (status == YZ_OK && yz_csv_next(&t->csv, &t->record)) {
        yz_fault fault;
        bool is_broken;

        if (t->csv.arena->failed) {
            return YZ_NOMEM;
        }
        if (is_blank(&t->record)) {
            continue;
        }
        is_broken = broken(t, &fault);
        fill_row(t, facts->columns);
        if (!visit(context, &t->row, is_broken ? &fault : NULL)) {
            break;
        }
    }
    return status;
}

static yz_status
check_renames(const yz_renames *renames, yz_refusal *refusal)
{
    for (size_t i = 0; i < renames->count; i++) {
        if (!renames->items[i].used) {
            yz_refuse(refusal,
                      "--map names a column that the file does not have: "
                      "\"%.*s\"",
                      SHOWN(renames->items[i].theirs));
            return YZ_BAD_INPUT;
        }
    }
    return YZ_OK;
}

static yz_status
read_as_csv(yz_span text, yz_renames *renames, bool has_crs, yz_arena *arena,
            yz_raw_row_visit *visit, void *context, yz_table_facts *facts,
            yz_refusal *refusal)
{
    csv_table *t = calloc(1, sizeof(*t));
    yz_status status;

    if (t == NULL) {
        return YZ_NOMEM;
    }
    yz_csv_init(&t->csv, text, arena);
    facts->ends_open =
        text.n > 0 && text.p[text.n - 1] != '\n' && text.p[text.n - 1] != '\r';
    status = read_csv(t, renames, has_crs, visit, context, facts, refusal);
    free(t);
    return status;
}

yz_status
yz_table_read(yz_span text, yz_renames *renames, bool has_crs, yz_arena *arena,
              yz_raw_row_visit *visit, void *context, yz_table_facts *facts,
              yz_refusal *refusal)
{
    yz_span trimmed = yz_text_trim(text);
    char first = trimmed.n > 0 ? trimmed.p[0] : '\0';
    yz_status status;

    *facts = (yz_table_facts){0};
    if (first == '[' || first == '<') {
        yz_refuse(refusal, "the file is %s, not CSV or GeoJSON",
                  first == '[' ? "a JSON list" : "HTML or XML");
        return YZ_BAD_INPUT;
    }
    if (first == '{') {
        facts->is_geojson = true;
        status = yz_geojson_read(text, renames, arena, visit, context,
                                 &facts->names, refusal);
    } else {
        status = read_as_csv(text, renames, has_crs, arena, visit, context,
                             facts, refusal);
    }
    return status == YZ_OK ? check_renames(renames, refusal) : status;
}
