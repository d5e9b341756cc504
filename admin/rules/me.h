/*
 * Who am I, what did I write, and its end: /v1/me.
 */
#ifndef YZ_RULES_ME_H
#define YZ_RULES_ME_H

#include "admin/http/route.h"
#include "admin/identity/desk.h"

extern const yz_route yz_me_routes[];

/*
 * How records of a table are shown to who wrote them, and what becomes of
 * them when that person has their data erased.  The table of me.c names both
 * for each table that yz_written_add() is called with.
 *
 * show: a JSON object of everything that is stored about the person, sealed
 *     texts opened, in the arena.
 * forget: NULL when nothing is to do: sealed texts can no more be opened.
 *     It may put.  The person's key is still there when it is called.
 *
 * key and value are copies.  YZ_OK, or a failure of the store.
 */
typedef yz_status yz_me_show(yz_desk *desk, yz_exchange *x, yz_span key,
                             yz_span value, yz_span *json);
typedef yz_status yz_me_forget(yz_desk *desk, yz_exchange *x, yz_span key,
                               yz_span value);

#endif
