/*
 * Shows faults: on the terminal, and in the clerk's file.  Used by load.c.
 */
#include "admin/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

/* One field with its quotes, whatever its size. */
static void
put_field(FILE *file, yz_span text)
{
    putc('"', file);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') {
            putc('"', file);
        }
        putc(text.p[i], file);
    }
    putc('"', file);
}

/* The row as it was; one whose quotes are broken becomes one field. */
static void
put_row(FILE *file, const yz_rows *rows, const yz_row *row, bool broken)
{
    if (rows->facts.is_geojson) {
        fprintf(file, "%llu,", (unsigned long long)row->line);
        put_field(file, row->place.id);
        putc(',', file);
        put_field(file, row->place.name);
    } else if (broken) {
        put_field(file, row->raw);
    } else {
        put(file, row->raw);
    }
    putc(',', file);
}

static bool
has_broken_quotes(const yz_faults *faults, size_t next, uint32_t row)
{
    for (; next < faults->count && faults->items[next].row == row; next++) {
        if (faults->items[next].code == YZ_FAULT_QUOTE_OPEN ||
            faults->items[next].code == YZ_FAULT_AFTER_QUOTE) {
            return true;
        }
    }
    return false;
}

static void
put_all(FILE *file, const yz_rows *rows, const yz_faults *faults, char *reasons)
{
    size_t next = 0;

    put(file, YZ_SPAN("\xef\xbb\xbf"));
    put(file, rows->facts.is_geojson ? YZ_SPAN("行,站点编号,站点名称")
                                     : rows->facts.header);
    put(file, YZ_SPAN(",问题\r\n"));
    for (size_t i = 0; i < rows->count; i++) {
        yz_out out;

        put_row(file, rows, &rows->items[i],
                has_broken_quotes(faults, next, (uint32_t)i));
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
