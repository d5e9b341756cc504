/*
 * One request and its answer, on their way through the daemon.  The server
 * fills the first part, identity the second, a rule the third.  Everything
 * that a rule hands back lies in the exchange's arena and lives as long as
 * the exchange.  One thread at a time has an exchange.
 */
#ifndef YZ_HTTP_EXCHANGE_H
#define YZ_HTTP_EXCHANGE_H

#include "admin/memory/arena.h"
#include "core/out.h"
#include "core/problem.h"
#include "core/span.h"
#include "lmdb_schema/actor.h"

#define YZ_BODY_MAX (64u << 10)
#define YZ_PATH_PARTS_MAX 4
#define YZ_FAULTS_SHOWN 32 /* members of `errors` in one answer */

typedef enum {
    YZ_METHOD_GET = 1,
    YZ_METHOD_POST = 2,
    YZ_METHOD_PUT = 4,
    YZ_METHOD_PATCH = 8,
    YZ_METHOD_DELETE = 16,
} yz_method;

typedef struct yz_json yz_json; /* a parsed body: json.h */

#define YZ_GRANTS_MAX 8

/* A role at a node. */
typedef struct {
    uint32_t node;
    uint8_t role; /* yz_role */
} yz_grant;

typedef struct yz_exchange yz_exchange;
struct yz_route; /* route.h */

struct yz_exchange {
    /* The request.  Spans with n 0 were not there. */
    unsigned method; /* of yz_method; 0: one that nothing takes */
    yz_span path;    /* as sent, without query */
    yz_span query;   /* as sent, without the '?' */
    yz_span part[YZ_PATH_PARTS_MAX]; /* what {…} of the route matched */
    yz_span body;
    yz_span content_type;
    yz_span accept;
    yz_span authorization;
    yz_span cookie;
    yz_span idempotency_key;
    yz_span receipt;    /* Yizhan-Receipt */
    yz_span scan_token; /* Yizhan-Scan-Token */
    yz_span client;     /* X-Real-IP, of the module's proxy; never stored */
    yz_span origin;     /* Origin, of a browser */
    yz_span fetch_site; /* Sec-Fetch-Site, of a browser */
    yz_span host;       /* Host, as the browser sent it to the front */
    bool from_operator; /* came by the operators' socket */
    yz_span login;      /* Yizhan-Operator, by that socket: who types */
    int64_t now_s;      /* the daemon's clock when the request was read */
    yz_json *json;      /* the body, checked against the route's members */

    /* Who asks, as far as the request proves; YZ_ACTOR_SYSTEM: nobody. */
    yz_actor actor;
    bool verified; /* the issuer vouches for the person */
    size_t grant_count;
    yz_grant grant[YZ_GRANTS_MAX]; /* roles that the login itself brought */

    /* The answer. */
    unsigned status;   /* 0: not answered yet */
    const char *media; /* application/json when NULL */
    yz_out out;        /* its body */
    yz_span location;
    yz_span set_cookie[2];
    unsigned retry_after_s; /* 0: none */
    unsigned allowed;       /* of yz_method, for Allow; 0: none */

    /* For the steps of one route among themselves. */
    void *own;

    /* Of the daemon, which moves exchanges from thread to thread. */
    const struct yz_route *route;
    yz_exchange *next; /* in the queue that holds it */
    void *work;

    yz_arena arena;
};

/*
 * Starts an answer with room for `cap` bytes of body in x->out.  YZ_OK, or
 * YZ_NOMEM.  An answer that was started before is dropped.
 */
yz_status yz_exchange_answer(yz_exchange *x, unsigned status, size_t cap);

/*
 * Answers with a problem; `detail` in Chinese, NULL takes the code's own.
 * With `errors` (count > 0) each names a pointer or a parameter.  Always
 * YZ_OK or YZ_NOMEM, so that a rule can end with it.
 */
yz_status yz_exchange_problem(yz_exchange *x, yz_problem_code code,
                              const char *detail);
yz_status yz_exchange_problem_errors(yz_exchange *x, yz_problem_code code,
                                     const yz_problem_error *errors,
                                     size_t count);

/* A copy in the arena, NUL-terminated; empty with YZ_NOMEM noted in it. */
yz_span yz_exchange_keep(yz_exchange *x, yz_span text);

/*
 * The decoded value of a query parameter, in the arena; n 0 and p NULL when
 * it is not there.
 */
yz_span yz_exchange_parameter(yz_exchange *x, const char *name);

/* The value of a cookie as sent; n 0 when it is not there. */
yz_span yz_exchange_cookie(const yz_exchange *x, const char *name);

#endif
