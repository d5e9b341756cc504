/*
 * The routing table of the city, loaded and shown.
 */
#ifndef YZ_RULES_ROUTING_DESK_H
#define YZ_RULES_ROUTING_DESK_H

#include "admin/http/route.h"

/* PUT and GET /v1/admin/routing. */
extern const yz_route yz_routing_routes[];

#endif
