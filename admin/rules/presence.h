/*
 * Who writes at a place, and whether their page of it is fresh: what ratings
 * and tickets have in common.  Only in `apply` steps.  Functions that answer
 * a refusal themselves return YZ_DENIED then, and the rule ends with YZ_OK.
 */
#ifndef YZ_RULES_PRESENCE_H
#define YZ_RULES_PRESENCE_H

#include "admin/identity/desk.h"
#include "admin/rules/limits.h"

#define YZ_SCAN_FRESH_S (30 * 60)      /* older tokens are late */
#define YZ_SCAN_DRAFT_S (24 * 60 * 60) /* older ones are over */

/* What `own` of an exchange begins with that is counted.  It outlives a batch
   that is done again: what it points to is not taken back. */
typedef struct {
    bool counted;
} yz_presence_mark;

typedef struct {
    bool late;      /* a draft of someone who was offline */
    int64_t seen_s; /* when the page of the place was fresh */
} yz_presence;

/*
 * The place with that id, if people may write there: open or suspended.
 * place: its spans are valid until the next put.  YZ_OK; YZ_DENIED: 404 or 410 is
 * answered; else a failure of the store.
 */
yz_status yz_presence_place(yz_desk *desk, yz_exchange *x, yz_span id,
                            yz_place *place);

/*
 * Checks the scan token of the request (the body's member `scan_token`, else
 * the header) against the place.  YZ_OK; YZ_DENIED: 403 is answered; YZ_NOMEM.
 */
yz_status yz_presence_token(yz_desk *desk, yz_exchange *x,
                            const yz_place *place, yz_presence *presence);

/*
 * Counts one deed of the exchange at a place, once, however often its batch
 * is done again.  x->own begins with a yz_presence_mark: yz_presence_prepare makes one.  YZ_OK;
 * YZ_DENIED: 429 is answered; YZ_NOMEM.
 */
yz_status yz_presence_count(yz_desk *desk, yz_exchange *x,
                            yz_limit_subject subject, const yz_limit_rule *rule,
                            uint32_t place);
yz_status yz_presence_prepare(yz_desk *desk, yz_exchange *x);

/* Ends a check: YZ_DENIED, or YZ_NOMEM when there is no answer either. */
yz_status yz_presence_refuse(yz_exchange *x, yz_problem_code code,
                             const char *detail);

#endif
