/*
 * Logging in and out: /v1/session.
 */
#ifndef YZ_RULES_LOGIN_H
#define YZ_RULES_LOGIN_H

#include "admin/http/route.h"
#include "admin/identity/desk.h"

extern const yz_route yz_login_routes[];

#define YZ_LOGIN_RETURN_MAX 512 /* bytes */

/*
 * Whether a login may end at `path`: a path of this site and nothing that a
 * browser could take for another one.
 */
bool yz_login_return_good(yz_span path);

#endif
