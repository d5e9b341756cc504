/*
 * Tickets of workers: a wish, an appeal, a suggestion, an experience report;
 * read and reopened by receipt, without a login.
 *
 * Where a path says {receipt}, the word `mine` stands for the one in the
 * header Yizhan-Receipt, so that no path need name it.
 */
#ifndef YZ_RULES_TICKET_H
#define YZ_RULES_TICKET_H

#include "admin/http/route.h"

extern const yz_route yz_ticket_routes[];

#endif
