/*
 * Asking the city who a login's code stands for.  Waits for another server:
 * only in `prepare` steps of slow routes.
 */
#ifndef YZ_IDENTITY_LOGIN_HOOK_H
#define YZ_IDENTITY_LOGIN_HOOK_H

#include "admin/identity/session.h"

#define YZ_LOGIN_CODE_MAX 2048 /* bytes */

/*
 * Posts {"code":…,"via":…} to the login hook.  The city answers 200 with
 *
 *     {"issuer":"…","subject":"…","verified":true,"roles":["head@12"]}
 *
 * verified and roles may be absent; other members are ignored; issuer and
 * subject are hashed at once.
 *
 * via: "browser" or "mini_program".
 *
 * YZ_OK; YZ_NOT_FOUND: the city says no (4xx), or there is no hook; YZ_BUSY:
 * it does not answer, or not so; YZ_NOMEM.
 */
yz_status yz_login_ask(yz_desk *desk, yz_exchange *x, yz_span code,
                       const char *via, yz_person *person);

/* The same for the answer's text: YZ_OK, YZ_BUSY or YZ_NOMEM. */
yz_status yz_login_read(yz_vault *vault, const char *json, yz_person *person);

#endif
