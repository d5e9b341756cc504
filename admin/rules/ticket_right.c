/*
 * Rights at tickets.  Runs in the writer; called by the rules of the desk.
 */
#include "admin/rules/ticket_right.h"

#include "admin/identity/org.h"
#include "admin/rules/presence.h"
#include "admin/rules/ticket_store.h"

#define BIT YZ_ROLE_BIT

/* By region as well as by node. */
#define WIDE_HANDLERS                                                          \
    (BIT(YZ_ROLE_LIAISON) | BIT(YZ_ROLE_CHIEF) | BIT(YZ_ROLE_CITY))
#define WIDE_READERS                                                           \
    (WIDE_HANDLERS | BIT(YZ_ROLE_PROVINCE) | BIT(YZ_ROLE_OBSERVER) |           \
     BIT(YZ_ROLE_AUDITOR))
/* By node alone. */
#define NODE_HANDLERS                                                          \
    (BIT(YZ_ROLE_HEAD) | BIT(YZ_ROLE_DEPARTMENT) | BIT(YZ_ROLE_GRID_OFFICER))
/* What has no node stands at the city's desk. */
#define CITY_HANDLERS BIT(YZ_ROLE_CITY)
#define CITY_READERS                                                           \
    (BIT(YZ_ROLE_CITY) | BIT(YZ_ROLE_PROVINCE) | BIT(YZ_ROLE_OBSERVER) |       \
     BIT(YZ_ROLE_AUDITOR))
#define INTAKE (WIDE_HANDLERS | BIT(YZ_ROLE_HEAD) | BIT(YZ_ROLE_GRID_OFFICER))

/* The node, or 0 for one that the organisation has no more. */
static yz_status
living(yz_desk *desk, uint32_t *number)
{
    yz_node node;
    yz_status status = *number != 0 ? yz_org_node(desk, *number, &node) : YZ_OK;

    if (status == YZ_NOT_FOUND) {
        *number = 0;
        status = YZ_OK;
    }
    return status;
}

/* By the node that has it, and by each that co-handles it. */
static yz_status
may_by_node(yz_desk *desk, yz_exchange *x, const yz_ticket *ticket,
            unsigned roles)
{
    yz_status status = YZ_NOT_FOUND;

    for (int i = -1; status == YZ_NOT_FOUND && i < ticket->co_count; i++) {
        uint32_t node = i < 0 ? ticket->node : ticket->co_handlers[i];
        yz_status alive = living(desk, &node);

        if (alive != YZ_OK) {
            return alive;
        }
        if (node != 0) {
            status = yz_org_may(desk, x, roles, 0, node);
        }
    }
    return status;
}

yz_status
yz_ticket_may(yz_desk *desk, yz_exchange *x, const yz_ticket *ticket,
              yz_ticket_right right)
{
    const bool reads = right == YZ_TICKET_READ;
    const unsigned wide = reads ? WIDE_READERS : WIDE_HANDLERS;
    yz_status status = YZ_NOT_FOUND;

    if (ticket->region != 0) {
        status = yz_org_may(desk, x, wide, ticket->region, 0);
    }
    if (status == YZ_NOT_FOUND && ticket->node == 0) {
        status =
            yz_org_may(desk, x, reads ? CITY_READERS : CITY_HANDLERS, 0, 0);
    }
    if (status == YZ_NOT_FOUND) {
        status = may_by_node(desk, x, ticket, wide | NODE_HANDLERS);
    }
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

/* Decimal, from 1, and not more than eight bytes hold. */
static bool
read_number(yz_span text, uint64_t *number)
{
    *number = 0;
    if (text.n == 0 || text.n > 19 || text.p[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        *number = *number * 10 + (uint64_t)(text.p[i] - '0');
    }
    return true;
}

static yz_status
refuse_stranger(yz_exchange *x)
{
    return yz_presence_refuse(x,
                              x->actor.kind == YZ_ACTOR_WORKER
                                  ? YZ_PROBLEM_FORBIDDEN
                                  : YZ_PROBLEM_UNAUTHENTICATED,
                              NULL);
}

yz_status
yz_ticket_require(yz_desk *desk, yz_exchange *x, yz_ticket_right right,
                  uint64_t *number, yz_ticket *ticket)
{
    yz_status status = YZ_NOT_FOUND;

    if (read_number(x->part[0], number)) {
        status = yz_ticket_load(desk, x, *number, ticket);
    }
    if (status == YZ_NOT_FOUND) {
        /* Only staff learn that there is none. */
        status = yz_org_require(desk, x, WIDE_READERS | NODE_HANDLERS, 0, 0);
        return status == YZ_OK
                   ? yz_presence_refuse(x, YZ_PROBLEM_TICKET_UNKNOWN, NULL)
                   : status;
    }
    if (status == YZ_OK) {
        status = yz_ticket_may(desk, x, ticket, right);
    }
    return status == YZ_NOT_FOUND ? refuse_stranger(x) : status;
}

/* More than one root: the organisations of several cities. */
static yz_status
count_root(void *context, const yz_node *node)
{
    unsigned *roots = context;

    *roots += node->parent == 0;
    return YZ_OK;
}

/* A wide role reaches its node's region too; at the only root, everything. */
static yz_status
widen(yz_desk *desk, unsigned role, yz_ticket_reach *reach)
{
    yz_node node;
    unsigned roots = 0;
    yz_status status = yz_org_node(desk, reach->node, &node);

    if (status != YZ_OK || (BIT(role) & WIDE_READERS) == 0) {
        return status;
    }
    reach->by_region = node.region != 0;
    reach->region = node.region;
    if (node.parent == 0 && (BIT(role) & CITY_READERS) != 0) {
        status = yz_org_each_node(desk, 0, count_root, &roots);
        reach->all = roots == 1;
    }
    return status;
}

yz_status
yz_ticket_list_require(yz_desk *desk, yz_exchange *x, yz_ticket_reach *reach)
{
    const unsigned roles = WIDE_READERS | NODE_HANDLERS;
    yz_status status;

    if (reach->by_node) {
        reach->by_region = false; /* the list still filters by it */
        return reach->node == 0
                   ? yz_org_require(desk, x, CITY_READERS, 0, 0)
                   : yz_org_require(desk, x, roles, 0, reach->node);
    }
    if (reach->by_region) {
        return yz_org_require(desk, x, WIDE_READERS, reach->region, 0);
    }
    status = yz_org_require(desk, x, roles, 0, 0);
    if (status != YZ_OK) {
        return status;
    }
    if (x->actor.kind == YZ_ACTOR_OPERATOR) {
        reach->all = true;
        return YZ_OK;
    }
    reach->by_node = true;
    reach->node = x->actor.node;
    return widen(desk, x->actor.role, reach);
}

yz_status
yz_ticket_intake_require(yz_desk *desk, yz_exchange *x)
{
    yz_status status = yz_org_require(desk, x, INTAKE, 0, 0);

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}
