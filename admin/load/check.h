/*
 * Checks over all places that there will be after a load: words that a
 * generation can hold, and points far from their region's others.
 */
#ifndef YZ_ADMIN_CHECK_H
#define YZ_ADMIN_CHECK_H

#include "admin/memory/arena.h"
#include "admin/load/new_words.h"
#include "admin/load/rows.h"
#include "admin/load/text_index.h"
#include "lmdb_schema/place.h"

#define YZ_FAR_M 200000 /* from the median of the 4-digit region */

typedef struct {
    uint32_t city; /* first four digits of the region */
    int32_t lat_e7;
    int32_t lng_e7;
} yz_check_point;

typedef struct {
    yz_arena *arena;
    yz_check_point *points;
    size_t count;
    size_t cap;
    yz_text_index kinds;
    yz_text_index service_cells; /* lists of services met before */
    yz_text_index services;
    yz_new_words new_words; /* of the rows that change something */
    bool failed;            /* no memory */
} yz_check;

/* Starts without places; `arena` outlives the check. */
void yz_check_init(yz_check *check, yz_arena *arena);

/*
 * Takes a place into account.
 *
 * YZ_OK, or YZ_FULL when its kind is one too many (*code is
 * YZ_FAULT_KINDS_MANY) or its services are (YZ_FAULT_SERVICES_MANY).
 */
yz_status yz_check_take(yz_check *check, const yz_place *place,
                        yz_fault_code *code);

/*
 * Takes all rows into account, collects the new words of those that change
 * something, and reports what does not fit and what lies far away to their
 * faults.  Call it once, after the other places.  YZ_OK or YZ_NOMEM.
 */
yz_status yz_check_rows(yz_check *check, yz_rows *rows);

void yz_check_free(yz_check *check);

#endif
