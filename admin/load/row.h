/*
 * From the cells of one row to a place, with everything that is wrong.
 */
#ifndef YZ_ADMIN_ROW_H
#define YZ_ADMIN_ROW_H

#include "admin/memory/arena.h"
#include "admin/load/faults.h"
#include "admin/load/meanings.h"
#include "admin/load/raw_row.h"
#include "admin/load/regions.h"
#include "core/crs.h"
#include "lmdb_schema/place.h"

typedef enum {
    YZ_ROW_SAME = 0, /* the store says the same */
    YZ_ROW_ADD,
    YZ_ROW_CHANGE,
    YZ_ROW_CLOSE /* a change that takes the place out of service */
} yz_row_action;

typedef struct {
    yz_place place;   /* what the file says; after planning, what is stored */
    yz_place *before; /* what the store says, in the arena; NULL: nothing,
                         or the same */
    uint64_t line;
    yz_span raw;      /* as in yz_raw_row */
    uint32_t present; /* bits of the columns that the file gives */
    bool refused;     /* it has an error */
    yz_row_action action;
} yz_row;

/* What all rows of a file share. */
typedef struct {
    yz_arena *arena;
    yz_faults *faults;
    const yz_regions *regions;
    bool has_crs; /* `crs` is given by --crs */
    yz_crs crs;
    yz_meanings meanings; /* starts zeroed; see yz_row_reader_free() */
} yz_row_reader;

/*
 * Understands one row.
 *
 * number: 0-based, for faults.
 * row: filled.  Members of columns that are not present or empty have their
 *     empty values: kind is "" then, status open.  Positions are WGS-84.
 *
 * Faults go to the reader's list.
 */
void yz_row_read(yz_row_reader *reader, const yz_raw_row *raw, uint32_t number,
                 yz_row *row);

/* Reports `fault` for `row`, and refuses the row unless it is a warning. */
void yz_row_fault(yz_faults *faults, yz_row *row, uint32_t number,
                  yz_fault fault);

/* Frees what the reader allocated itself. */
void yz_row_reader_free(yz_row_reader *reader);

#endif
