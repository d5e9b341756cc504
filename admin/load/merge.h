/*
 * What becomes of a place when somebody says something about it: the columns
 * of a file's row, or the members of a request.
 */
#ifndef YZ_ADMIN_MERGE_H
#define YZ_ADMIN_MERGE_H

#include "admin/load/row.h"

#define YZ_MOVED_M 1000 /* a move that goes with a new name and is refused */

/* What every stored place keeps to: a kind, and no end of a suspension
   without one. */
void yz_place_complete(yz_place *place);

/* `row`'s place with the columns that it lacks taken from `stored`. */
yz_place yz_row_merge(const yz_row *row, const yz_place *stored);

/*
 * Whether `place`, with the id of `stored`, has another name and lies more
 * than YZ_MOVED_M away, at *distance_m: it is rather another place under that
 * id, and printed codes would lead to it.
 */
bool yz_place_renumbered(const yz_place *place, const yz_place *stored,
                         double *distance_m);

#endif
