/*
 * The desk: staff list tickets, read them, dispatch, answer, close, and take
 * in what people tell by phone.
 */
#ifndef YZ_RULES_TICKET_DESK_H
#define YZ_RULES_TICKET_DESK_H

#include "admin/http/route.h"

/* Everything below /v1/admin/tickets. */
extern const yz_route yz_ticket_desk_routes[];

#endif
