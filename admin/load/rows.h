/*
 * All rows of a file, understood, with an index of their ids.
 */
#ifndef YZ_ADMIN_ROWS_H
#define YZ_ADMIN_ROWS_H

#include "admin/load/progress.h"
#include "admin/load/refusal.h"
#include "admin/load/row.h"
#include "admin/load/table.h"
#include "admin/load/text_index.h"

typedef struct {
    yz_row *items;
    size_t count;
    size_t cap;
    yz_text_index ids; /* id -> number of the row */
    yz_table_facts facts;
    yz_row_reader reader;
} yz_rows;

/*
 * Reads and checks every row by itself, and that no id is there twice.
 *
 * text: UTF-8 without byte order mark; text, regions, arena and faults must
 *     outlive the rows.
 * renames: of --map.
 * crs: of --crs, or NULL.
 * rows: filled; freed by yz_rows_free() whatever the answer is.
 * progress: is told how much of the text is read.
 *
 * YZ_OK, also when rows are faulty: that is in `faults`; YZ_BAD_INPUT with
 * the reason in `refusal` when the file as a whole is refused; YZ_NOMEM.
 */
yz_status yz_rows_read(yz_span text, yz_renames *renames, const yz_crs *crs,
                       const yz_regions *regions, yz_arena *arena,
                       yz_faults *faults, yz_rows *rows, yz_progress *progress,
                       yz_refusal *refusal);

void yz_rows_free(yz_rows *rows);

#endif
