/*
 * The cookies of the writing side.  All are HttpOnly, SameSite=Lax and, where
 * the setting says so (it does unless switched off), Secure and named with
 * __Host-, so that no sibling site can plant one.
 */
#ifndef YZ_IDENTITY_COOKIES_H
#define YZ_IDENTITY_COOKIES_H

#include "admin/identity/desk.h"

typedef enum {
    YZ_COOKIE_SESSION = 0, /* session.h */
    YZ_COOKIE_DEVICE,      /* of a phone without a session, one year */
    YZ_COOKIE_LOGIN,       /* binds a login that is under way to a browser */
} yz_cookie;

#define YZ_DEVICE_TTL_S (365 * 86400)

/* Its value as sent; n 0 when it is not there. */
yz_span yz_cookie_get(const yz_desk *desk, const yz_exchange *x,
                      yz_cookie cookie);

/*
 * Sends it with the answer.  value: no characters that a cookie may not have;
 * copied.  ttl_s: 0 takes the cookie away.  YZ_OK; YZ_FULL: the answer has
 * two already; YZ_NOMEM.
 */
yz_status yz_cookie_set(yz_desk *desk, yz_exchange *x, yz_cookie cookie,
                        yz_span value, uint32_t ttl_s);

#endif
