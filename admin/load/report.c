/*
 * Shows faults: on the terminal, and in the clerk's file.  Used by load.c.
 */
#include "admin/load/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/load/csv.h"

#define LINE_MAX_SIZE 1024       /* one fault as text */
#define REASONS_SIZE (64 * 1024) /* all faults of one row */

/* Appends the reasons of faults[*next] and those behind it of the same row. */
static void
reasons_of_row(const yz_faults *faults, size_t *next, uint32_t row, yz_out *out)
{
    for (; *next < faults->count && faults->items[*next].row == row;
         (*next)++) {
        const yz_fault *fault = &faults->items[*next];

        if (out->n > 0) {
            yz_out_text(out, "；");
        }
        if (yz_fault_is_warning(fault->code)) {
            yz_out_text(out, "提醒：");
        }
        if (fault->column < YZ_COLUMN_COUNT) {
            yz_out_text(out, yz_column_label(fault->column));
            yz_out_text(out, "：");
        }
        yz_fault_reason(out, fault, true);
    }
}

static void
put(FILE *file, yz_span text)
{
    fwrite(text.p, 1, text.n, file);
}

/* What stands between the quotes of a field. */
static void
put_quoted(FILE *file, yz_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') {
            putc('"', file);
        }
        putc(text.p[i], file);
    }
}

/* One field with its quotes, whatever its size. */
static void
put_field(FILE *file, yz_span text)
{
    putc('"', file);
    put_quoted(file, text);
    putc('"', file);
}

/* The fields from number `first` on as one field, with their commas. */
static void
put_joined(FILE *file, const yz_csv_record *record, size_t first)
{
    putc('"', file);
    for (size_t i = first; i < record->count; i++) {
        if (i > first) {
            putc(',', file);
        }
        put_quoted(file, record->fields[i]);
    }
    putc('"', file);
}

/*
 * The row as it was, in as many columns as the header has, so that what is
 * wrong comes below 问题: a short row is filled up, what a long one has too
 * much goes into its last field, one whose quotes are broken becomes one
 * field.
 */
static void
put_csv_row(FILE *file, yz_csv *csv, yz_span raw, size_t width)
{
    yz_csv_record record;
    size_t put_count;

    yz_csv_init(csv, raw, csv->arena);
    if (!yz_csv_next(csv, &record) || record.fault != YZ_CSV_FINE) {
        put_field(file, raw);
        put_count = 1;
    } else if (record.count <= width) {
        put(file, raw);
        put_count = record.count;
    } else {
        for (size_t i = 0; i + 1 < width; i++) {
            put_field(file, record.fields[i]);
            putc(',', file);
        }
        put_joined(file, &record, width - 1);
        put_count = width;
    }
    for (; put_count < width; put_count++) {
        putc(',', file);
    }
}

static void
put_feature(FILE *file, const yz_row *row)
{
    fprintf(file, "%llu,", (unsigned long long)row->line);
    put_field(file, row->place.id);
    putc(',', file);
    put_field(file, row->place.name);
}

/* Columns of a header that was read before, hence of one record. */
static size_t
width_of(yz_csv *csv, yz_span header)
{
    yz_csv_record record;

    yz_csv_init(csv, header, csv->arena);
    return yz_csv_next(csv, &record) ? record.count : 1;
}

static void
put_all(FILE *file, const yz_rows *rows, const yz_faults *faults, char *reasons)
{
    yz_csv csv = {.arena = rows->reader.arena};
    size_t width = width_of(&csv, rows->facts.header);
    size_t next = 0;

    put(file, YZ_SPAN("\xef\xbb\xbf"));
    put(file, rows->facts.is_geojson ? YZ_SPAN("行,站点编号,站点名称")
                                     : rows->facts.header);
    put(file, YZ_SPAN(",问题\r\n"));
    for (size_t i = 0; i < rows->count; i++) {
        yz_out out;

        if (rows->facts.is_geojson) {
            put_feature(file, &rows->items[i]);
        } else {
            put_csv_row(file, &csv, rows->items[i].raw, width);
        }
        putc(',', file);
        yz_out_init(&out, reasons, REASONS_SIZE);
        reasons_of_row(faults, &next, (uint32_t)i, &out);
        if (out.n > 0) {
            put_field(file, yz_out_written(&out));
        }
        put(file, YZ_SPAN("\r\n"));
    }
}

yz_status
yz_report_write(const char *path, const yz_rows *rows, const yz_faults *faults,
                yz_refusal *refusal)
{
    char *reasons = malloc(REASONS_SIZE);
    FILE *file = reasons == NULL ? NULL : fopen(path, "w");
    bool fine;

    if (file == NULL) {
        yz_refuse(refusal, "cannot write the report %s: %s", path,
                  strerror(errno));
        free(reasons);
        return reasons == NULL ? YZ_NOMEM : YZ_IO;
    }
    put_all(file, rows, faults, reasons);
    free(reasons);
    fine = fflush(file) == 0 && !ferror(file);
    if (!fine) {
        yz_refuse(refusal, "cannot write the report %s: %s", path,
                  strerror(errno));
    }
    return fclose(file) == 0 && fine ? YZ_OK : YZ_IO;
}

/* Shows at most `most` faults of one sort; how many there are in all. */
static size_t
show(const yz_faults *faults, bool warnings, size_t most)
{
    char text[LINE_MAX_SIZE];
    size_t n = 0;

    for (size_t i = 0; i < faults->count; i++) {
        yz_out out;

        if (yz_fault_is_warning(faults->items[i].code) != warnings ||
            n++ >= most) {
            continue;
        }
        yz_out_init(&out, text, sizeof(text));
        yz_fault_line(&out, &faults->items[i]);
        fprintf(stderr, "%s: %.*s\n", warnings ? "warning" : "error",
                (int)out.n, out.p);
    }
    return n;
}

void
yz_report_show(const yz_faults *faults, size_t errors, size_t warnings)
{
    size_t n = show(faults, true, warnings);

    if (warnings > 0 && n > warnings) {
        fprintf(stderr,
                "warning: and %zu more; --report OUT.csv lists all of them\n",
                n - warnings);
    }
    n = show(faults, false, errors);
    if (n > errors) {
        fprintf(stderr,
                "error: and %zu more; --report OUT.csv lists all of them\n",
                n - errors);
    }
}
