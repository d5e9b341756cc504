/*
 * What a load would do: every row compared with the store.
 */
#ifndef YZ_ADMIN_PLAN_H
#define YZ_ADMIN_PLAN_H

#include "admin/load/check.h"
#include "admin/load/match.h"
#include "admin/load/merge.h"
#include "admin/load/rows.h"
#include "lmdb_schema/store.h"

typedef struct {
    const yz_text_index *moved; /* ids that may move and change their name;
                                   NULL: none */
    bool replace;               /* close what the file does not name */
    uint32_t region_low;        /* in these regions */
    uint32_t region_high;
} yz_plan_options;

typedef struct {
    yz_rows *rows;
    yz_plan_options options;
    /* Places that --replace closes: as they are now, in the arena. */
    yz_place **closing;
    size_t closing_count;
    size_t closing_cap;
    /* What the rows and the closing do, each place counted once. */
    size_t added;
    size_t changed;
    size_t closed;
    size_t unchanged;
    yz_match match;
    yz_check check;
} yz_plan;

/*
 * Compares the rows with all stored places, completes each row that changes
 * something with what the store has and the file does not say, and makes the
 * checks that need the store.
 *
 * rows: get their place, before and action; faults go to their list.
 * store: inside a batch or not; NULL for an empty one.
 * plan: filled; freed by yz_plan_free() whatever the answer is.
 *
 * YZ_OK, also with faulty rows; else what the store answered, YZ_NOMEM or
 * YZ_IO (no random source).
 */
yz_status yz_plan_make(yz_plan *plan, yz_rows *rows,
                       const yz_plan_options *options, yz_store *store);

/* True when carrying it out would change nothing. */
bool yz_plan_is_empty(const yz_plan *plan);

/*
 * The rows that are to be put, in the order in which to put them: changed
 * ones first, then new ones along the Hilbert curve, those without position
 * last.
 *
 * order: receives numbers of rows; freed by the caller.
 *
 * YZ_OK or YZ_NOMEM.
 */
yz_status yz_plan_order(const yz_plan *plan, uint32_t **order, size_t *count);

void yz_plan_free(yz_plan *plan);

#endif
