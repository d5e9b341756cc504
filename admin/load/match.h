/*
 * Rows without id: each stands for the one stored place of equal name and
 * region within 300 m, or for a new place.
 */
#ifndef YZ_ADMIN_MATCH_H
#define YZ_ADMIN_MATCH_H

#include "admin/load/rows.h"
#include "admin/load/text_index.h"
#include "lmdb_schema/place.h"

#define YZ_MATCH_M 300 /* how far apart the two may lie */

typedef struct {
    uint32_t row;
    uint32_t group;   /* rows of equal name and region */
    uint32_t found;   /* stored places that it may be */
    yz_place *stored; /* the first of them, in the arena */
} yz_match_row;

typedef struct {
    yz_rows *rows;
    yz_match_row *items; /* by group, those without position first, then by
                            latitude */
    size_t count;
    uint32_t *begins;     /* first item of each group, and one behind */
    yz_text_index groups; /* region and name -> group */
} yz_match;

/* Collects the rows without id that are not refused.  YZ_OK or YZ_NOMEM. */
yz_status yz_match_init(yz_match *match, yz_rows *rows);

/* Looks whether a stored place is one of them.  YZ_OK or YZ_NOMEM. */
yz_status yz_match_see(yz_match *match, const yz_place *stored);

/*
 * Gives every row an id: that of its place, or a new one drawn from the
 * system's random source.  Adds the ids to the rows' index and reports rows
 * that may be several places, or that are one place together.
 *
 * YZ_OK, YZ_NOMEM, or YZ_IO without random source.
 */
yz_status yz_match_settle(yz_match *match);

void yz_match_free(yz_match *match);

#endif
