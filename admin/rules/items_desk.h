/*
 * The list of items that posts may name, loaded and shown.
 */
#ifndef YZ_RULES_ITEMS_DESK_H
#define YZ_RULES_ITEMS_DESK_H

#include "admin/http/route.h"

/* PUT and GET /v1/admin/items. */
extern const yz_route yz_items_routes[];

#endif
