/*
 * Idempotency-Key: whoever is not sure whether a request arrived sends it
 * again under the same key, and gets the first answer.  Keys belong to an
 * actor, a method and a path.  Answers below 400 are kept, sealed, for seven
 * days, in the batch that made what they tell of; a request that was refused
 * changed nothing and is judged anew.
 */
#ifndef YZ_DAEMON_IDEMPOTENCY_H
#define YZ_DAEMON_IDEMPOTENCY_H

#include "admin/identity/desk.h"

#define YZ_IDEMPOTENCY_KEY_MAX 128 /* visible ASCII characters */
#define YZ_IDEMPOTENCY_KEPT_S (7 * 24 * 3600)

#define YZ_IDEMPOTENCY_SCOPE_SIZE YZ_RECEIPT_HASH_SIZE

/* What is known of an exchange between the look-up and the keeping. */
typedef struct {
    uint8_t scope[YZ_IDEMPOTENCY_SCOPE_SIZE]; /* key of the record */
    uint8_t body[YZ_RECEIPT_HASH_SIZE];
    yz_actor actor; /* that the scope was made for */
    int64_t at_s;
    bool running; /* kept without an answer: it comes after the commit */
} yz_idempotency;

/* Which run of the daemon, and which of its batches. */
typedef struct {
    uint64_t run; /* random */
    uint64_t batch;
} yz_idempotency_moment;

/* Before the queue: YZ_OK, with 400 answered when the key is none; YZ_NOMEM. */
yz_status yz_idempotency_check(yz_exchange *x);

/*
 * In a batch, before the rule.  Answers where the key was seen: the first
 * answer again, 422 for another body, 409 while the first is under way (in
 * this very batch, or behind it).  A first that a crash of the daemon cut is
 * done again.  YZ_OK, or a failure of store or vault.
 */
yz_status yz_idempotency_find(yz_desk *desk, yz_exchange *x,
                              const yz_idempotency_moment *now,
                              yz_idempotency *note);

/*
 * In the same batch, after the rule, and again in a later one when the answer
 * came after the commit (note->running).  YZ_OK, or a failure.
 */
yz_status yz_idempotency_keep(yz_desk *desk, yz_exchange *x,
                              const yz_idempotency_moment *now,
                              yz_idempotency *note);

/* Of the tick that ends what is due: `key` of YZ_TABLE_IDEMPOTENCY. */
yz_status yz_idempotency_expire(yz_desk *desk, yz_span key);

#endif
