/*
 * Administration of places: added, changed, moved, suspended, closed, opened
 * again.
 */
#ifndef YZ_RULES_PLACE_ADMIN_H
#define YZ_RULES_PLACE_ADMIN_H

#include "admin/http/route.h"

extern const yz_route yz_place_admin_routes[];

#endif
