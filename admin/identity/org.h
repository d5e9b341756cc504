/*
 * The organisation: a tree of nodes, and the roles that people hold at them.
 * A role is held by a holding of the store, or comes with a login.  Only in
 * `apply` steps.
 */
#ifndef YZ_IDENTITY_ORG_H
#define YZ_IDENTITY_ORG_H

#include "admin/identity/desk.h"

#define YZ_ROLE_BIT(role) (1u << (role))
#define YZ_NODE_NAME_MAX 128 /* bytes */
#define YZ_NODE_DEPTH_MAX 16 /* nodes from a root down */

typedef struct {
    uint32_t number; /* from 1 */
    uint32_t parent; /* 0: a root */
    uint32_t region; /* GB/T 2260, six digits; 0: names none */
    yz_span kind;    /* a word of yz_node_kinds */
    yz_span name;
} yz_node;

/* province, city, district, master_station, sub_station, department,
   supplier; NULL at the end.  Static storage. */
extern const char *const yz_node_kinds[];

/* YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT or YZ_IO; spans as yz_store_record_get(). */
yz_status yz_org_node(yz_desk *desk, uint32_t number, yz_node *node);

/*
 * Adds or changes a node; what it says is the caller's to check.  number: 0
 * gives it the next one.  YZ_OK, YZ_BAD_INPUT (kind or size of the name), or
 * a failure of the store.
 */
yz_status yz_org_node_put(yz_desk *desk, yz_node *node);

/* Takes a node out.  YZ_OK, YZ_NOT_FOUND, or a failure of the store. */
yz_status yz_org_node_delete(yz_desk *desk, uint32_t number);

/* Every node, by number, from `from` on; the visit must not put. */
typedef yz_status yz_node_visit(void *context, const yz_node *node);
yz_status yz_org_each_node(yz_desk *desk, uint32_t from, yz_node_visit *visit,
                           void *context);

/*
 * Whether `node` is `above` or below it.  YZ_OK and *within; or a failure of
 * the store (a parent that is not there, or a ring, is YZ_CORRUPT).
 */
yz_status yz_org_within(yz_desk *desk, uint32_t node, uint32_t above,
                        bool *within);

/* Whether a region, as a province, city or district, holds another one. */
bool yz_region_holds(uint32_t region, uint32_t other);

/* A role held. */
typedef struct {
    uint8_t id[YZ_ACTOR_ID_SIZE];
    uint32_t node;
    yz_role role;
    int64_t at_s; /* since when */
} yz_holding;

/*
 * Gives a role at a node to a person (and says since when it is held), or
 * takes it.  *changed tells whether it was otherwise before.  YZ_OK, or a
 * failure of the store.
 */
yz_status yz_org_grant(yz_desk *desk, yz_holding *holding, bool *changed);
yz_status yz_org_revoke(yz_desk *desk, const yz_holding *holding,
                        bool *changed);

/* The holdings of a person, or (id NULL) of everyone; must not put. */
typedef yz_status yz_holding_visit(void *context, const yz_holding *holding);
yz_status yz_org_each_holding(yz_desk *desk, const uint8_t *id,
                              yz_holding_visit *visit, void *context);

/*
 * Whether the asker holds one of `roles` (bits) at a place that counts:
 *
 *     region 0, node 0   at any node
 *     region 0, node N   at N, or at a node above it
 *     region R, node 0   at a node whose region holds R (six digits)
 *     region R, node N   at one of either
 *
 * The operators' socket always may; an auditor only where YZ_ROLE_AUDITOR is
 * among `roles`.  YZ_OK: x->actor.role and .node say by what.  YZ_DENIED: 401
 * or 403 is answered.  Else a failure of the store.
 */
yz_status yz_org_require(yz_desk *desk, yz_exchange *x, unsigned roles,
                         uint32_t region, uint32_t node);

/* The same without an answer; YZ_NOT_FOUND instead of YZ_DENIED. */
yz_status yz_org_may(yz_desk *desk, yz_exchange *x, unsigned roles,
                     uint32_t region, uint32_t node);

#endif
