/*
 * The organisation over HTTP: /v1/admin/nodes and the roles held at them.
 */
#ifndef YZ_RULES_NODES_H
#define YZ_RULES_NODES_H

#include "admin/http/route.h"
#include "admin/identity/desk.h"
#include "admin/identity/org.h"

extern const yz_route yz_node_routes[];
extern const yz_route yz_holder_routes[]; /* holders.c */

/* Everybody who holds any role may look at the tree. */
#define YZ_NODE_READERS ((YZ_ROLE_BIT(YZ_ROLE_OPERATOR) - 1) & ~1u)

/* Writes a node as JSON, at most YZ_NODE_ROOM bytes. */
#define YZ_NODE_ROOM 1024
void yz_node_write(yz_out *out, const yz_node *node);

/* The `apply` step of the list, and the parameters that it takes. */
yz_status yz_node_list(yz_desk *desk, yz_exchange *x);
extern const char *const yz_node_list_parameters[];

/*
 * The node that {n} of the path names.  YZ_OK; YZ_DENIED: 404 is answered; or
 * a failure of the store.  Its texts are copies.
 */
yz_status yz_node_of_path(yz_desk *desk, yz_exchange *x, yz_node *node);

/*
 * Whether the asker may change what is below the node `above` (0: above all,
 * which only the operator is): a city's or a province's supervisor there or
 * further up.  As yz_org_require().
 */
yz_status yz_node_may_change_below(yz_desk *desk, yz_exchange *x,
                                   uint32_t above);

/* Reads a region of six digits; false when it is none. */
bool yz_node_region_read(yz_span text, uint32_t *region);

/*
 * Whether a node may be put below `parent`: it is there, is not the node
 * itself or below it, and the tree does not get too deep.  YZ_OK, YZ_BAD_INPUT
 * or a failure of the store.
 */
yz_status yz_node_check_parent(yz_desk *desk, uint32_t number, uint32_t parent);

#endif
