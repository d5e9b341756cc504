/*
 * The routing table that holds, as the writer has it at hand: read from the
 * policy record `routing` when that has changed.
 */
#ifndef YZ_RULES_ROUTING_CACHE_H
#define YZ_RULES_ROUTING_CACHE_H

#include "admin/identity/desk.h"
#include "admin/rules/routing.h"

/* YZ_OK or YZ_NOMEM. */
yz_status yz_routing_cache_new(yz_routing_cache **cache);
void yz_routing_cache_free(yz_routing_cache *cache); /* NULL is allowed */

/*
 * The table of the open batch; *routing is NULL when none was ever loaded,
 * and valid until the next call.  Only in `apply` steps.  YZ_OK, YZ_CORRUPT,
 * YZ_NOMEM or YZ_IO.
 */
yz_status yz_routing_now(yz_desk *desk, const yz_routing **routing);

#endif
