/*
 * How often one phone, or one address, may write at one place.  Counters live
 * in memory of the daemon, in a table of fixed size: a restart forgets them,
 * and when the table is full the oldest give way.  Only the writer counts
 * (`apply` steps), so there is no lock.
 *
 * Many workers share one address behind a carrier's NAT or a station's Wi-Fi,
 * so an address may do far more than a phone; what is proof of presence for
 * all of them at once, the scan token, is never counted.
 */
#ifndef YZ_RULES_LIMITS_H
#define YZ_RULES_LIMITS_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/actor.h"
#include <stdint.h>

typedef struct yz_limits yz_limits;

/* What is counted apart from each other. */
typedef enum {
    YZ_LIMIT_RATING = 1,
    YZ_LIMIT_TICKET,
    YZ_LIMIT_POST,
    YZ_LIMIT_REPORT,
    YZ_LIMIT_CONTACT,
} yz_limit_subject;

typedef struct {
    unsigned person;  /* deeds of one worker or device */
    unsigned address; /* deeds from one address */
    unsigned window_s;
} yz_limit_rule;

/* YZ_OK, or YZ_NOMEM (no memory, or no random bytes for its hash). */
yz_status yz_limits_new(yz_limits **limits);
void yz_limits_free(yz_limits *limits); /* NULL is allowed */

/*
 * Counts a deed of `actor` (worker or device) from `address` (n 0: unknown,
 * not counted) at `place` (any number; 0: not at a place), unless one of both
 * has no more left; then nothing is counted.
 *
 * now_s: the daemon's clock; may step back.
 *
 * YZ_OK; YZ_BUSY with the seconds until there is room in *retry_after_s
 * (from 1 to the window).
 */
yz_status yz_limits_take(yz_limits *limits, yz_limit_subject subject,
                         const yz_limit_rule *rule, const yz_actor *actor,
                         yz_span address, uint32_t place, int64_t now_s,
                         unsigned *retry_after_s);

#endif
