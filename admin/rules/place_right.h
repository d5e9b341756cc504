/*
 * Who may change a place.  Only in `apply` steps.
 */
#ifndef YZ_RULES_PLACE_RIGHT_H
#define YZ_RULES_PLACE_RIGHT_H

#include "admin/identity/org.h"

/*
 * Whether the asker may change places of `region` (six digits): a chief, city
 * or province at a node whose region holds it.  A place without a region is
 * for the operator and for a province.  YZ_OK: the store acts for the asker
 * from now on; YZ_DENIED: 401 or 403 is answered; a failure of the store.
 */
yz_status yz_place_may_change(yz_desk *desk, yz_exchange *x, uint32_t region);

/*
 * The same for what a station's head may do as well: whoever is head at a
 * node that is called like the place, by id or by name, and names no region
 * that does not hold the place's.
 */
yz_status yz_place_may_run(yz_desk *desk, yz_exchange *x,
                           const yz_place *place);

#endif
