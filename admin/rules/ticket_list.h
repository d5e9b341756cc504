/*
 * The desk's list of tickets: by state, category, region, node and deadline,
 * in the order of deadlines.  What one request may look at is bounded: a page
 * can be short, or empty, and still have a next one.
 */
#ifndef YZ_RULES_TICKET_LIST_H
#define YZ_RULES_TICKET_LIST_H

#include "admin/identity/desk.h"

/* Names of the query parameters, for the route. */
extern const char *const yz_ticket_list_parameters[];

/* The step of GET /v1/admin/tickets. */
yz_status yz_ticket_list_apply(yz_desk *desk, yz_exchange *x);

#endif
