/*
 * Who asks.  yz_identity_prepare() runs in threads of the server before each
 * route, yz_identity_apply() in the writer; rules call yz_identity_device().
 */
#include "admin/identity/identity.h"
#include "admin/identity/cookies.h"
#include "admin/identity/jwt_check.h"
#include "admin/identity/session.h"
#include "core/base64url.h"

#include <strings.h>

#define DEVICE_BYTES 16
#define DEVICE_LENGTH 22 /* of its base64url */

/* The token behind "Bearer "; n 0: another scheme, or nothing. */
static yz_span
bearer(yz_span authorization)
{
    static const char scheme[] = "bearer ";
    const size_t n = sizeof(scheme) - 1;

    if (authorization.n <= n || strncasecmp(authorization.p, scheme, n) != 0) {
        return (yz_span){"", 0};
    }
    return (yz_span){authorization.p + n, authorization.n - n};
}

static void
become(yz_exchange *x, const yz_person *person)
{
    memset(&x->actor, 0, sizeof(x->actor));
    x->actor.kind = YZ_ACTOR_WORKER;
    memcpy(x->actor.id, person->id, sizeof(x->actor.id));
    x->verified = person->verified;
    x->grant_count = person->grant_count;
    memcpy(x->grant, person->grant, sizeof(x->grant));
}

static yz_status
refuse_token(yz_exchange *x)
{
    return yz_exchange_problem(x, YZ_PROBLEM_UNAUTHENTICATED,
                               "登录凭证无效或已过期，请重新登录");
}

static yz_status
prepare_bearer(yz_desk *desk, yz_exchange *x)
{
    yz_span token = bearer(x->authorization);
    yz_person person;
    yz_status status;

    if (yz_session_token_like(token)) {
        return YZ_OK; /* yz_identity_apply() looks it up */
    }
    status =
        yz_jwt_check(desk->settings, desk->vault, token, x->now_s, &person);
    if (status == YZ_BAD_INPUT) {
        return refuse_token(x);
    }
    if (status == YZ_OK) {
        become(x, &person);
    }
    return status;
}

/* Behind "://", or all of it. */
static yz_span
without_scheme(yz_span origin)
{
    const char *colon =
        origin.n > 0 ? memmem(origin.p, origin.n, "://", 3) : NULL;
    size_t n = colon != NULL ? (size_t)(colon - origin.p) + 3 : 0;

    return (yz_span){origin.p + n, origin.n - n};
}

/* Without its port, unless `other` has one, too. */
static yz_span
without_port(yz_span host, yz_span other)
{
    const char *colon = memrchr(host.p, ':', host.n);

    if (colon != NULL && memchr(other.p, ':', other.n) == NULL) {
        host.n = (size_t)(colon - host.p);
    }
    return host;
}

/*
 * Cookies come along with requests that another site makes a browser send.
 * The front may end TLS elsewhere, so the scheme is not compared, and the
 * port only where the front hands it on.
 */
static bool
from_other_site(const yz_desk *desk, const yz_exchange *x)
{
    const yz_settings *settings = desk->settings;
    yz_span host;

    for (size_t i = 0; x->origin.n > 0 && i < settings->origin_count; i++) {
        if (yz_span_equal(settings->origin[i], x->origin)) {
            return false;
        }
    }
    if (x->fetch_site.n > 0 &&
        !yz_span_equal(x->fetch_site, YZ_SPAN("same-origin")) &&
        !yz_span_equal(x->fetch_site, YZ_SPAN("none"))) {
        return true;
    }
    if (x->origin.n == 0 || x->host.n == 0) {
        return false;
    }
    host = without_port(without_scheme(x->origin), x->host);
    return (host.n != x->host.n || strncasecmp(host.p, x->host.p, host.n) != 0);
}

static yz_status
prepare_device(yz_desk *desk, yz_exchange *x)
{
    yz_span text = yz_cookie_get(desk, x, YZ_COOKIE_DEVICE);
    uint8_t bytes[DEVICE_BYTES];
    size_t n = 0;

    if (text.n != DEVICE_LENGTH ||
        yz_base64url_decode(text, bytes, sizeof(bytes), &n) != YZ_OK) {
        return YZ_OK;
    }
    memset(&x->actor, 0, sizeof(x->actor));
    x->actor.kind = YZ_ACTOR_DEVICE;
    return yz_vault_device_id(desk->vault, text, x->actor.id);
}

yz_status
yz_identity_prepare(yz_desk *desk, yz_exchange *x)
{
    memset(&x->actor, 0, sizeof(x->actor));
    x->verified = false;
    x->grant_count = 0;
    if (x->from_operator) {
        x->actor.kind = YZ_ACTOR_OPERATOR;
        x->actor.role = YZ_ROLE_OPERATOR;
        return yz_vault_person_id(desk->vault, YZ_SPAN("operator"), x->login,
                                  x->actor.id);
    }
    if (x->authorization.n > 0) {
        return prepare_bearer(desk, x);
    }
    if (x->method != YZ_METHOD_GET && x->cookie.n > 0 &&
        from_other_site(desk, x)) {
        return yz_exchange_problem(x, YZ_PROBLEM_FORBIDDEN,
                                   "不接受其他网站发起的请求");
    }
    return prepare_device(desk, x);
}

yz_status
yz_identity_apply(yz_desk *desk, yz_exchange *x)
{
    yz_span token = bearer(x->authorization);
    yz_person person;
    yz_status status;

    if (x->from_operator ||
        (x->authorization.n > 0 && !yz_session_token_like(token))) {
        return YZ_OK;
    }
    if (x->authorization.n == 0) {
        token = yz_cookie_get(desk, x, YZ_COOKIE_SESSION);
    }
    if (token.n == 0) {
        return YZ_OK;
    }
    status = yz_session_find(desk, token, &person);
    if (status == YZ_OK) {
        become(x, &person);
    } else if (status == YZ_NOT_FOUND) {
        return x->authorization.n > 0 ? refuse_token(x) : YZ_OK;
    }
    return status;
}

yz_status
yz_identity_device(yz_desk *desk, yz_exchange *x)
{
    uint8_t random[DEVICE_BYTES];
    char text[DEVICE_LENGTH];
    yz_span device = {text, sizeof(text)};
    yz_status status;

    if (x->actor.kind != YZ_ACTOR_SYSTEM) {
        return YZ_OK;
    }
    status = yz_vault_random(random, sizeof(random));
    if (status != YZ_OK) {
        return status;
    }
    (void)yz_base64url_encode(random, sizeof(random), text);
    status = yz_cookie_set(desk, x, YZ_COOKIE_DEVICE, device, YZ_DEVICE_TTL_S);
    if (status != YZ_OK) {
        return status;
    }
    memset(&x->actor, 0, sizeof(x->actor));
    x->actor.kind = YZ_ACTOR_DEVICE;
    status = yz_vault_device_id(desk->vault, device, x->actor.id);
    yz_store_act(desk->store, &x->actor);
    return status;
}
