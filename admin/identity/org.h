/*
 * The organisation: a tree of nodes, and the roles that people hold at them.
 */
#ifndef YZ_IDENTITY_ORG_H
#define YZ_IDENTITY_ORG_H

#include "admin/identity/desk.h"

#define YZ_ROLE_BIT(role) (1u << (role))
#define YZ_NODE_NAME_MAX 128 /* bytes */

typedef struct {
    uint32_t number; /* from 1 */
    uint32_t parent; /* 0: a root */
    uint32_t region; /* GB/T 2260, six digits; 0: names none */
    yz_span kind;    /* city, district, master_station, sub_station,
                        department, supplier */
    yz_span name;
} yz_node;

/* YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT or YZ_IO; spans as yz_store_record_get(). */
yz_status yz_org_node(yz_desk *desk, uint32_t number, yz_node *node);

/*
 * Whether the asker holds one of `roles` (bits) at a node that is `node` or
 * above it (0: any), or whose region holds `region` (six digits, 0: any).
 * The operators' socket always may; an auditor only where YZ_ROLE_AUDITOR is
 * among `roles`.  YZ_OK: x->actor.role and .node say by what.  YZ_DENIED: 401
 * or 403 is answered.  Else a failure of the store.
 */
yz_status yz_org_require(yz_desk *desk, yz_exchange *x, unsigned roles,
                         uint32_t region, uint32_t node);

#endif
