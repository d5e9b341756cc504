/*
 * The rows of a file of either format, told apart by content: what begins
 * with a brace is GeoJSON, everything else CSV.
 */
#ifndef YZ_ADMIN_TABLE_H
#define YZ_ADMIN_TABLE_H

#include "admin/memory/arena.h"
#include "admin/load/columns.h"
#include "admin/load/raw_row.h"
#include "admin/load/refusal.h"
#include "core/status.h"

typedef struct {
    bool is_geojson;
    uint32_t columns;     /* CSV: bits of the columns in its header */
    yz_span header;       /* CSV: the header as written */
    bool ends_open;       /* CSV: the last line has no line end */
    yz_noted_names names; /* columns that are not loaded */
} yz_table_facts;

/*
 * Reads all rows.
 *
 * text: UTF-8 without byte order mark; outlives the rows, as arena does.
 * renames: of --map; each must be a column of the file.
 * has_crs: --crs was given, so that the file needs no such column.
 * visit, context: get each row, and each row whose form is broken.
 * facts: filled; also when the answer is not YZ_OK, as far as known.
 *
 * YZ_OK; YZ_BAD_INPUT with the reason in `refusal` when the file as a whole
 * cannot be loaded: no such format, nothing but a header, no known column,
 * a column twice, longitude without latitude, positions without coordinate
 * system, a --map that names no column; YZ_NOMEM.
 */
yz_status yz_table_read(yz_span text, yz_renames *renames, bool has_crs,
                        yz_arena *arena, yz_raw_row_visit *visit, void *context,
                        yz_table_facts *facts, yz_refusal *refusal);

#endif
