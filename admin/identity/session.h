/*
 * Sessions: a random token in a cookie (or, for a mini-program, in the
 * Authorization header) that stands for a person for some hours.  The store
 * keeps a keyed hash of the token.  Only in `apply` steps, but for the forms.
 */
#ifndef YZ_IDENTITY_SESSION_H
#define YZ_IDENTITY_SESSION_H

#include "admin/identity/desk.h"

#define YZ_SESSION_TOKEN_LENGTH (4 + 43) /* "yz1." and 32 bytes */

/* Who logs in, as the city's login says. */
typedef struct {
    uint8_t id[YZ_ACTOR_ID_SIZE];
    bool verified;
    size_t grant_count;
    yz_grant grant[YZ_GRANTS_MAX];
} yz_person;

/* Whether `text` has the form of a session's token. */
bool yz_session_token_like(yz_span text);

/*
 * Begins a session of `ttl_s` seconds.  token: YZ_SESSION_TOKEN_LENGTH
 * characters in the arena.  Forgets some sessions that are over.  YZ_OK,
 * YZ_NOMEM, YZ_IO, or a failure of the store.
 */
yz_status yz_session_begin(yz_desk *desk, yz_exchange *x,
                           const yz_person *person, int64_t ttl_s,
                           yz_span *token);

/*
 * The person of a token.  YZ_OK; YZ_NOT_FOUND: no such session, or it is
 * over, or the person was erased since; or a failure of the store.
 */
yz_status yz_session_find(yz_desk *desk, yz_span token, yz_person *person);

/* Ends it.  YZ_OK, also when there is none; or a failure of the store. */
yz_status yz_session_end(yz_desk *desk, yz_span token);

/*
 * Forgets the session with that key of YZ_TABLE_SESSION, when it is over: for
 * whoever goes through YZ_TABLE_EXPIRY.  YZ_OK, or a failure of the store.
 */
yz_status yz_session_expire(yz_desk *desk, yz_span key);

/*
 * Roles as a login names them: "head@12", the role's word and the number of a
 * node.  Adds it to *person; what is no role, or one too many, is left out.
 */
void yz_person_grant(yz_person *person, yz_span text);

#endif
