/*
 * What the daemon answers: a table of routes, each with up to three steps.
 *
 * prepare  in a thread of the server, before the queue; may compute, and may
 *          wait for another server where `slow` is set; sees no store.
 * apply    in the writer, inside the open batch: everything that reads or
 *          changes the store.  First all checks, then all puts: what it has
 *          put stays, also when it answers with a problem.
 * finish   in a thread of the server, after the commit; may wait where `slow`
 *          is set.
 *
 * Before apply the writer looks who asks (yz_identity_apply) and says so to
 * the store (yz_store_act).  Whoever changes x->actor later, inside apply,
 * says it again before the first put.
 *
 * A step answers through the exchange and returns YZ_OK; once an exchange has
 * a status, later steps are left out, and so is what follows a problem.  Any
 * other status is a failure of the system: in apply it costs the whole batch,
 * which is then done again one request at a time.
 */
#ifndef YZ_HTTP_ROUTE_H
#define YZ_HTTP_ROUTE_H

#include "admin/http/exchange.h"
#include "admin/http/json.h"

/* What the steps work with; the daemon's own (admin/identity/desk.h). */
struct yz_desk;

typedef yz_status yz_step(struct yz_desk *desk, yz_exchange *x);

typedef struct yz_route {
    unsigned method;               /* of yz_method, one */
    const char *path;              /* "/v1/places/{id}/ratings" */
    const yz_json_member *members; /* of the body; NULL: no body is allowed */
    /* Names of query parameters, NULL at the end; NULL: none is allowed.
       Unknown, repeated and malformed ones get 400. */
    const char *const *parameters;
    yz_step *prepare;
    yz_step *apply;
    yz_step *finish;
    bool slow;          /* prepare or finish may wait for another server */
    bool idempotent;    /* wants Idempotency-Key, answers the same again */
    bool signed_in;     /* 401 without a session, JWT or operators' socket */
    bool operator_only; /* only by the operators' socket: 404 elsewhere */
    bool alone;         /* apply runs with no batch open, and begins and
                           commits its own (load, rollback, rebuild, backup) */
} yz_route;

/* A list of routes, ended by path NULL. */
typedef const yz_route *yz_routes;

/*
 * Finds the route of method and path in `lists` (ended by NULL) and fills
 * x->part with what its {…} match, percent-decoded and never empty.  The
 * first that matches is taken.  YZ_OK; YZ_NOT_FOUND: no such path;
 * YZ_BAD_INPUT: the path takes other methods, *allowed has them; YZ_NOMEM.
 */
yz_status yz_route_find(const yz_routes *lists, yz_exchange *x,
                        const yz_route **route, unsigned *allowed);

#endif
