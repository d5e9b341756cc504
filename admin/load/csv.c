/*
 * Records of a CSV file.  Used by table.c; never fails on any bytes, faults
 * are told record by record.
 */
#include "admin/load/csv.h"

void
yz_csv_init(yz_csv *csv, yz_span text, yz_arena *arena)
{
    csv->text = text;
    csv->at = 0;
    csv->line = 1;
    csv->arena = arena;
}

static bool
at_line_end(const yz_csv *csv)
{
    char c = csv->text.p[csv->at];

    return c == '\n' || c == '\r';
}

/* Steps over one line end: LF, CRLF or CR. */
static void
skip_line_end(yz_csv *csv)
{
    const char *p = csv->text.p;

    if (p[csv->at] == '\r' && csv->at + 1 < csv->text.n &&
        p[csv->at + 1] == '\n') {
        csv->at++;
    }
    csv->at++;
    csv->line++;
}

/* Counts the line ends of `text` as skip_line_end() does. */
static uint64_t
lines_in(yz_span text)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n' ||
            (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'))) {
            lines++;
        }
    }
    return lines;
}

static yz_span
plain_field(yz_csv *csv)
{
    const char *begin = csv->text.p + csv->at;
    const char *end = csv->text.p + csv->text.n;
    const char *p = begin;

    while (p < end && *p != ',' && *p != '\n' && *p != '\r') {
        p++;
    }
    csv->at += (size_t)(p - begin);
    return (yz_span){begin, (size_t)(p - begin)};
}

/* A copy of `text` with each doubled quote made one. */
static yz_span
without_doubles(yz_csv *csv, yz_span text)
{
    char *copy = yz_arena_alloc(csv->arena, text.n);
    size_t n = 0;

    if (copy == NULL) {
        return (yz_span){"", 0};
    }
    for (size_t i = 0; i < text.n; i++) {
        copy[n++] = text.p[i];
        if (text.p[i] == '"') {
            i++;
        }
    }
    return (yz_span){copy, n};
}

/*
 * Reads a quoted field; csv->at is on its opening quote and ends behind its
 * closing one.
 */
static yz_span
quoted_field(yz_csv *csv, yz_csv_fault *fault)
{
    size_t begin = csv->at + 1;
    size_t i = begin;
    bool doubles = false;
    yz_span inside;

    for (;;) {
        const char *quote = memchr(csv->text.p + i, '"', csv->text.n - i);

        if (quote == NULL) {
            *fault = YZ_CSV_QUOTE_OPEN;
            i = csv->text.n;
            csv->at = i;
            break;
        }
        i = (size_t)(quote - csv->text.p);
        if (i + 1 == csv->text.n || csv->text.p[i + 1] != '"') {
            csv->at = i + 1;
            break;
        }
        doubles = true;
        i += 2;
    }
    inside = (yz_span){csv->text.p + begin, i - begin};
    csv->line += lines_in(inside);
    return doubles ? without_doubles(csv, inside) : inside;
}

static yz_span
next_field(yz_csv *csv, yz_csv_fault *fault)
{
    yz_span field;

    if (csv->at == csv->text.n || csv->text.p[csv->at] != '"') {
        return plain_field(csv);
    }
    field = quoted_field(csv, fault);
    if (csv->at < csv->text.n && csv->text.p[csv->at] != ',' &&
        !at_line_end(csv)) {
        *fault = YZ_CSV_AFTER_QUOTE;
        plain_field(csv);
    }
    return field;
}

static void
take_field(yz_csv *csv, yz_csv_record *record)
{
    yz_csv_fault fault = YZ_CSV_FINE;
    yz_span field = next_field(csv, &fault);

    if (record->count == YZ_CSV_FIELDS_MAX) {
        fault = YZ_CSV_MANY_FIELDS;
    } else {
        csv->fields[record->count] = field;
    }
    if (fault != YZ_CSV_FINE && record->fault == YZ_CSV_FINE) {
        record->fault = fault;
        record->fault_field = record->count;
    }
    if (record->count < YZ_CSV_FIELDS_MAX) {
        record->count++;
    }
}

bool
yz_csv_next(yz_csv *csv, yz_csv_record *record)
{
    size_t begin;

    while (csv->at < csv->text.n && at_line_end(csv)) {
        skip_line_end(csv);
    }
    if (csv->at == csv->text.n) {
        return false;
    }
    begin = csv->at;
    *record = (yz_csv_record){.line = csv->line, .fields = csv->fields};
    take_field(csv, record);
    while (csv->at < csv->text.n && csv->text.p[csv->at] == ',') {
        csv->at++;
        take_field(csv, record);
    }
    record->raw = (yz_span){csv->text.p + begin, csv->at - begin};
    if (csv->at < csv->text.n) {
        skip_line_end(csv);
    }
    return true;
}
