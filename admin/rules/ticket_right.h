/*
 * Who of the staff may do what with a ticket.  Liaisons, chiefs and those
 * above act by region or by node; heads, departments and grid officers only
 * on what was dispatched to their node or below it, as handler or co-handler.
 * Observers and auditors read.  Only in `apply` steps.
 */
#ifndef YZ_RULES_TICKET_RIGHT_H
#define YZ_RULES_TICKET_RIGHT_H

#include "admin/identity/desk.h"
#include "lmdb_schema/ticket_record.h"

typedef enum { YZ_TICKET_READ, YZ_TICKET_HANDLE } yz_ticket_right;

/*
 * YZ_OK: x->actor says by what; the store is told who acts.  YZ_NOT_FOUND:
 * may not.  Else a failure of the store.
 */
yz_status yz_ticket_may(yz_desk *desk, yz_exchange *x, const yz_ticket *ticket,
                        yz_ticket_right right);

/*
 * The ticket that x->part[0] names, for someone who may.  YZ_OK; YZ_DENIED:
 * 401, 403 or 404 is answered; else a failure of the system.
 */
yz_status yz_ticket_require(yz_desk *desk, yz_exchange *x,
                            yz_ticket_right right, uint64_t *number,
                            yz_ticket *ticket);

/* What the desk's list is asked for: all, or what a node and those below it
   have together with what is in a region. */
typedef struct {
    bool all;
    bool by_node;
    uint32_t node; /* 0: the city's desk */
    bool by_region;
    uint32_t region; /* six digits */
} yz_ticket_reach;

/*
 * Whether the asker may list that; with neither node nor region, *reach
 * becomes what their role reaches.  YZ_OK; YZ_DENIED: 401 or 403 is answered;
 * else a failure of the store.
 */
yz_status yz_ticket_list_require(yz_desk *desk, yz_exchange *x,
                                 yz_ticket_reach *reach);

/* Whether the asker may take calls in.  Likewise. */
yz_status yz_ticket_intake_require(yz_desk *desk, yz_exchange *x);

#endif
