/*
 * One row of a file before anything is understood: the same for CSV and
 * GeoJSON.
 */
#ifndef YZ_ADMIN_RAW_ROW_H
#define YZ_ADMIN_RAW_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "admin/load/columns.h"
#include "admin/load/faults.h"
#include "core/span.h"

typedef struct {
    uint64_t line;    /* where it begins in the file, from 1 */
    uint32_t present; /* bits of the columns that the file gives */
    yz_span cells[YZ_COLUMN_COUNT]; /* of the present columns, as written */
    yz_span raw; /* CSV: the record as written; GeoJSON: empty */
} yz_raw_row;

/*
 * Takes the next row; texts live as long as the file's text and arena.
 *
 * fault: what is wrong with its form, without row and line; NULL if nothing.
 *     The cells mean nothing then.
 *
 * False ends the reading.
 */
typedef bool yz_raw_row_visit(void *context, const yz_raw_row *row,
                              const yz_fault *fault);

#define YZ_NOTED_NAMES_MAX 64

/* Columns of the file that are not loaded, each once. */
typedef struct {
    yz_span unknown[YZ_NOTED_NAMES_MAX];
    size_t unknown_count;
    yz_span personal[YZ_NOTED_NAMES_MAX];
    size_t personal_count;
} yz_noted_names;

/* Adds a name unless it is there or the list is full. */
void yz_noted_names_add(yz_noted_names *names, yz_column column, yz_span name);

#endif
