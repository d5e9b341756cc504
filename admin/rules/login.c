/*
 * Logging in: the browser goes to the city's login and comes back with a
 * code, a mini-program sends its code at once; the city's hook says who it
 * is; a session stands for them from then on.
 *
 * What a browser must show when it comes back (its state, and where it wanted
 * to go) lies sealed in a cookie, so that a code that somebody else planted
 * logs nobody in, and nothing is kept for those who never come back.
 */
#include "admin/rules/login.h"
#include "admin/identity/cookies.h"
#include "admin/identity/login_hook.h"
#include "admin/identity/settings.h"
#include "core/base64url.h"
#include "core/civil_time.h"
#include "core/scan_token.h"

#define STATE_BYTES 16
#define STATE_LENGTH 22
#define LOGIN_TTL_S 900
#define CONTEXT YZ_SPAN("login")
#define HEAD_SIZE (8 + STATE_BYTES) /* when it ends, state; then the path */
#define PLAIN_MAX (HEAD_SIZE + YZ_LOGIN_RETURN_MAX)
#define SEALED_MAX (PLAIN_MAX + YZ_SEAL_OVERHEAD)

/* What the steps of one login hand on: x->own. */
typedef struct {
    yz_person person;
    yz_span back; /* where a browser goes; n 0: it is a mini-program */
} login;

bool
yz_login_return_good(yz_span path)
{
    if (path.n == 0 || path.n > YZ_LOGIN_RETURN_MAX || path.p[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] <= ' ' || path.p[i] > '~' || path.p[i] == '\\') {
            return false;
        }
    }
    return path.n == 1 || path.p[1] != '/';
}

static yz_status
refuse_parameter(yz_exchange *x, const char *name, const char *detail)
{
    const yz_problem_error error = {
        .parameter = name, .code = "parameter-malformed", .detail = detail};

    return yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID, &error,
                                      1);
}

static yz_status
redirect(yz_exchange *x, yz_span to)
{
    yz_status status = yz_exchange_answer(x, 303, 0);

    x->location = to;
    return status;
}

/* Seals what must come back into a cookie. */
static yz_status
bind_browser(yz_desk *desk, yz_exchange *x,
             const uint8_t state[static STATE_BYTES], yz_span back)
{
    uint8_t plain[PLAIN_MAX], sealed[SEALED_MAX];
    char text[YZ_BASE64URL_LENGTH(SEALED_MAX)];
    size_t n = 0;
    yz_status status;

    yz_put_u64_be(plain, (uint64_t)(x->now_s + LOGIN_TTL_S));
    memcpy(plain + 8, state, STATE_BYTES);
    memcpy(plain + HEAD_SIZE, back.p, back.n);
    status = yz_vault_seal_own(
        desk->vault, CONTEXT,
        (yz_span){(const char *)plain, HEAD_SIZE + back.n}, sealed, &n);
    if (status != YZ_OK) {
        return status;
    }
    n = yz_base64url_encode(sealed, n, text);
    return yz_cookie_set(desk, x, YZ_COOKIE_LOGIN, (yz_span){text, n},
                         LOGIN_TTL_S);
}

/* The address of the city's login, with the state. */
static yz_status
login_address(yz_desk *desk, yz_exchange *x,
              const uint8_t state[static STATE_BYTES], yz_span *address)
{
    const yz_span url = desk->settings->login_url;
    size_t cap = url.n + 64;
    char *room = yz_arena_alloc(&x->arena, cap);
    yz_out out;
    char *at;

    if (room == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, room, cap);
    yz_out_span(&out, url);
    yz_out_char(&out, memchr(url.p, '?', url.n) != NULL ? '&' : '?');
    YZ_OUT_LIT(&out, "state=");
    at = yz_out_reserve(&out, STATE_LENGTH);
    if (at == NULL) {
        return YZ_NOMEM;
    }
    (void)yz_base64url_encode(state, STATE_BYTES, at);
    *address = yz_out_written(&out);
    return YZ_OK;
}

static yz_status
go_to_login(yz_desk *desk, yz_exchange *x)
{
    yz_span back = yz_exchange_parameter(x, "return"), address;
    uint8_t state[STATE_BYTES];
    yz_status status;

    if (back.p == NULL) {
        back = YZ_SPAN("/");
    }
    if (!yz_login_return_good(back)) {
        return refuse_parameter(x, "return",
                                "return 要是本站的路径，以 / 开头");
    }
    if (desk->settings->login_url.n == 0) {
        return yz_exchange_problem(x, YZ_PROBLEM_PATH_UNKNOWN,
                                   "这里没有配置网页登录");
    }
    status = yz_vault_random(state, sizeof(state));
    if (status == YZ_OK) {
        status = login_address(desk, x, state, &address);
    }
    if (status == YZ_OK) {
        status = redirect(x, address);
    }
    return status == YZ_OK ? bind_browser(desk, x, state, back) : status;
}

/*
 * Opens the cookie.  YZ_OK with where to go, if `state` is the one that this
 * browser was sent away with, not long ago; else YZ_NOT_FOUND.
 */
static yz_status
recall_browser(yz_desk *desk, yz_exchange *x, yz_span state, yz_span *back)
{
    yz_span cookie = yz_cookie_get(desk, x, YZ_COOKIE_LOGIN);
    uint8_t sealed[SEALED_MAX], plain[SEALED_MAX], given[STATE_BYTES];
    size_t n = 0, given_n = 0;
    yz_status status;

    if (yz_base64url_decode(cookie, sealed, sizeof(sealed), &n) != YZ_OK ||
        yz_base64url_decode(state, given, sizeof(given), &given_n) != YZ_OK ||
        given_n != STATE_BYTES) {
        return YZ_NOT_FOUND;
    }
    status = yz_vault_open_own(desk->vault, CONTEXT,
                               (yz_span){(const char *)sealed, n}, plain, &n);
    if (status != YZ_OK) {
        return status == YZ_CORRUPT ? YZ_NOT_FOUND : status;
    }
    if (n <= HEAD_SIZE ||
        !yz_equal_constant_time(plain + 8, given, STATE_BYTES) ||
        (int64_t)yz_get_u64_be(plain) <= x->now_s) {
        return YZ_NOT_FOUND;
    }
    *back = yz_exchange_keep(
        x, (yz_span){(const char *)plain + HEAD_SIZE, n - HEAD_SIZE});
    return x->arena.failed ? YZ_NOMEM : YZ_OK;
}

/* Asks the city, and says so when it does not help. */
static yz_status
ask_city(yz_desk *desk, yz_exchange *x, yz_span code, const char *via,
         yz_span back)
{
    login *own = yz_arena_alloc(&x->arena, sizeof(*own));
    yz_status status;

    if (own == NULL) {
        return YZ_NOMEM;
    }
    own->back = back;
    x->own = own;
    status = yz_login_ask(desk, x, code, via, &own->person);
    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_UNAUTHENTICATED,
                                   "登录没有成功，请重新登录");
    }
    if (status == YZ_BUSY) {
        status = yz_exchange_problem(x, YZ_PROBLEM_UPSTREAM_UNAVAILABLE, NULL);
        x->retry_after_s = 5;
    }
    return status;
}

static yz_status
come_back(yz_desk *desk, yz_exchange *x)
{
    yz_span code = yz_exchange_parameter(x, "code"), back = {"", 0};
    yz_span state = yz_exchange_parameter(x, "state");
    yz_status status = recall_browser(desk, x, state, &back);

    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_FORBIDDEN,
                                   "这次登录不是从这个浏览器开始的，或已过期，"
                                   "请重新登录");
    }
    if (status != YZ_OK) {
        return status;
    }
    if (yz_exchange_parameter(x, "error").p != NULL) {
        status = redirect(x, back); /* the person changed their mind */
        return status == YZ_OK
                   ? yz_cookie_set(desk, x, YZ_COOKIE_LOGIN, YZ_SPAN(""), 0)
                   : status;
    }
    if (code.n == 0 || code.n > YZ_LOGIN_CODE_MAX) {
        return refuse_parameter(x, "code", "code 要原样取自登录页");
    }
    return ask_city(desk, x, code, "browser", back);
}

static yz_status
take_code(yz_desk *desk, yz_exchange *x)
{
    return ask_city(desk, x, yz_json_text(x, NULL, "code"), "mini_program",
                    (yz_span){"", 0});
}

static yz_status
begin_session(yz_desk *desk, yz_exchange *x, yz_span *token, int64_t *ttl_s)
{
    const login *own = x->own;
    yz_status status;

    *ttl_s = (int64_t)desk->settings->session_hours * 3600;
    status = yz_session_begin(desk, x, &own->person, *ttl_s, token);
    return status == YZ_OK ? yz_cookie_set(desk, x, YZ_COOKIE_SESSION, *token,
                                           (uint32_t)*ttl_s)
                           : status;
}

static yz_status
log_browser_in(yz_desk *desk, yz_exchange *x)
{
    const login *own = x->own;
    yz_span token;
    int64_t ttl_s;
    yz_status status = begin_session(desk, x, &token, &ttl_s);

    if (status == YZ_OK) {
        status = yz_cookie_set(desk, x, YZ_COOKIE_LOGIN, YZ_SPAN(""), 0);
    }
    return status == YZ_OK ? redirect(x, own->back) : status;
}

/* A mini-program keeps no cookies: it gets the token to send along. */
static yz_status
log_program_in(yz_desk *desk, yz_exchange *x)
{
    const login *own = x->own;
    char until[YZ_RFC3339_SIZE];
    yz_span token;
    int64_t ttl_s;
    yz_status status = begin_session(desk, x, &token, &ttl_s);

    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 201, 256);
    }
    if (status != YZ_OK) {
        return status;
    }
    (void)yz_rfc3339_write(yz_store_now_s(desk->store) + ttl_s, until);
    YZ_OUT_LIT(&x->out, "{\"token\":");
    yz_out_json(&x->out, token);
    YZ_OUT_LIT(&x->out, ",\"expires_at\":\"");
    yz_out_text(&x->out, until);
    YZ_OUT_LIT(&x->out, "\",\"verified\":");
    yz_out_text(&x->out, own->person.verified ? "true" : "false");
    YZ_OUT_LIT(&x->out, ",\"id\":\"");
    yz_out_hex(&x->out, own->person.id, sizeof(own->person.id));
    YZ_OUT_LIT(&x->out, "\"}");
    x->location = YZ_SPAN("/v1/me");
    return YZ_OK;
}

static yz_status
log_out(yz_desk *desk, yz_exchange *x)
{
    yz_span cookie = yz_cookie_get(desk, x, YZ_COOKIE_SESSION);
    yz_span token = cookie;
    yz_status status;

    if (x->authorization.n > YZ_SESSION_TOKEN_LENGTH) {
        token = (yz_span){x->authorization.p + x->authorization.n -
                              YZ_SESSION_TOKEN_LENGTH,
                          YZ_SESSION_TOKEN_LENGTH};
    }
    status = yz_session_end(desk, token);
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 204, 0);
    }
    if (status == YZ_OK && cookie.n > 0) {
        status = yz_cookie_set(desk, x, YZ_COOKIE_SESSION, YZ_SPAN(""), 0);
    }
    return status;
}

static const char *const login_parameters[] = {"return", NULL};

/* Also what login servers are known to add to an address that they send a
   browser to. */
static const char *const callback_parameters[] = {
    "code", "state",         "error", "error_description", "scope", "error_uri",
    "iss",  "session_state", NULL,
};

static const yz_json_member code_members[] = {
    {.name = "code",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = YZ_LOGIN_CODE_MAX / 4},
    {.name = NULL},
};

const yz_route yz_login_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/session",
     .parameters = login_parameters,
     .prepare = go_to_login},
    {.method = YZ_METHOD_GET,
     .path = "/v1/session/callback",
     .parameters = callback_parameters,
     .prepare = come_back,
     .apply = log_browser_in,
     .slow = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/session",
     .members = code_members,
     .prepare = take_code,
     .apply = log_program_in,
     .slow = true},
    {.method = YZ_METHOD_DELETE, .path = "/v1/session", .apply = log_out},
    {.path = NULL},
};
