/*
 * Finds a page of tickets in the desk's index.  Only in `apply` steps.
 */
#ifndef YZ_RULES_TICKET_SCAN_H
#define YZ_RULES_TICKET_SCAN_H

#include "admin/identity/desk.h"
#include "admin/rules/ticket_right.h"
#include "lmdb_schema/ticket_index.h"

#define YZ_TICKET_PAGE_MAX 100

/* Where a list stands: it goes by deadline, then by number. */
typedef struct {
    uint64_t due_s; /* UINT64_MAX: no deadline */
    uint64_t ticket;
} yz_ticket_position;

typedef struct {
    yz_ticket_reach reach;
    unsigned states;     /* bit n: yz_ticket_state n */
    yz_span category;    /* n 0: any */
    uint32_t region_low; /* only of these regions; 0 and 0: any */
    uint32_t region_high;
    uint64_t due_before_s;    /* only earlier deadlines; UINT64_MAX: any */
    yz_ticket_position after; /* zeros: from the start */
    size_t limit;             /* 1..YZ_TICKET_PAGE_MAX */
} yz_ticket_query;

typedef struct {
    size_t count;
    yz_ticket_position found[YZ_TICKET_PAGE_MAX + 1];
    bool more;              /* there may be others after `end` */
    yz_ticket_position end; /* where the next page goes on */
} yz_ticket_page;

/* YZ_OK with the page; YZ_CORRUPT, YZ_NOMEM or YZ_IO. */
yz_status yz_ticket_scan(yz_desk *desk, yz_exchange *x,
                         const yz_ticket_query *query, yz_ticket_page *page);

#endif
