/*
 * JSON Web Tokens of the city's apps (RFC 7519): signature by the pinned
 * algorithm and key of its issuer, audience, expiry.
 */
#ifndef YZ_IDENTITY_JWT_CHECK_H
#define YZ_IDENTITY_JWT_CHECK_H

#include "admin/identity/session.h"
#include "admin/identity/settings.h"

#define YZ_JWT_MAX (8u << 10) /* characters */
#define YZ_JWT_LEEWAY_S 60    /* by which clocks may differ */

/*
 * Checks `token` and says whose it is.  YZ_OK; YZ_BAD_INPUT: not good, for
 * whatever reason; YZ_NOMEM.
 */
yz_status yz_jwt_check(const yz_settings *settings, yz_vault *vault,
                       yz_span token, int64_t now_s, yz_person *person);

#endif
