/*
 * Operators' routes: `yizhan token` and `yizhan keys` ask them.
 */
#include "admin/rules/tokens.h"
#include "admin/identity/person.h"
#include "admin/identity/session.h"
#include "admin/identity/settings.h"
#include "core/civil_time.h"

#define TOKEN_ROOM 256
#define NAME_MAX_CHARS 256
#define HOURS_MAX 720
#define REWRAPPED_AT_ONCE 500 /* keys in one batch */

static yz_status
write_token(yz_desk *desk, yz_exchange *x, const yz_person *person,
            yz_span token, int64_t ttl_s)
{
    char until[YZ_RFC3339_SIZE];
    yz_status status = yz_exchange_answer(x, 201, TOKEN_ROOM);

    if (status != YZ_OK) {
        return status;
    }
    (void)yz_rfc3339_write(yz_store_now_s(desk->store) + ttl_s, until);
    YZ_OUT_LIT(&x->out, "{\"token\":");
    yz_out_json(&x->out, token);
    YZ_OUT_LIT(&x->out, ",\"expires_at\":\"");
    yz_out_text(&x->out, until);
    YZ_OUT_LIT(&x->out, "\",\"id\":\"");
    yz_out_hex(&x->out, person->id, sizeof(person->id));
    YZ_OUT_LIT(&x->out, "\"}");
    x->location = YZ_SPAN("/v1/me");
    return YZ_OK;
}

/* A session of a person whom the operator vouches for. */
static yz_status
issue_token(yz_desk *desk, yz_exchange *x)
{
    int64_t ttl_s =
        3600 * yz_json_integer(x, NULL, "hours", desk->settings->session_hours);
    yz_person person = {.verified = yz_json_boolean(x, NULL, "verified")};
    yz_span token;
    yz_status status =
        yz_vault_person_id(desk->vault, yz_json_text(x, NULL, "issuer"),
                           yz_json_text(x, NULL, "subject"), person.id);

    for (size_t i = 0; i < yz_json_texts(x, NULL, "roles"); i++) {
        size_t before = person.grant_count;

        yz_person_grant(&person, yz_json_texts_at(x, NULL, "roles", i));
        if (person.grant_count == before) {
            const yz_problem_error error = {
                .pointer = "/roles",
                .code = "member-malformed",
                .detail = "要像 head@12：角色和组织节点的编号"};

            return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID,
                                              &error, 1);
        }
    }
    if (status == YZ_OK) {
        status = yz_session_begin(desk, x, &person, ttl_s, &token);
    }
    return status == YZ_OK ? write_token(desk, x, &person, token, ttl_s)
                           : status;
}

/* The id of a person, for those who name one by issuer and subject. */
static yz_status
answer_id(yz_desk *desk, yz_exchange *x)
{
    uint8_t id[YZ_ACTOR_ID_SIZE];
    yz_status status =
        yz_vault_person_id(desk->vault, yz_json_text(x, NULL, "issuer"),
                           yz_json_text(x, NULL, "subject"), id);

    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 64);
    }
    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"id\":\"");
        yz_out_hex(&x->out, id, sizeof(id));
        YZ_OUT_LIT(&x->out, "\"}");
    }
    return status;
}

static yz_status
answer_newest(yz_desk *desk, yz_exchange *x, size_t changed, bool more)
{
    yz_status status = yz_exchange_answer(x, 200, 96);

    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"newest\":");
        yz_out_u64(&x->out, yz_vault_newest_seal(desk->vault));
        YZ_OUT_LIT(&x->out, ",\"changed\":");
        yz_out_u64(&x->out, changed);
        YZ_OUT_LIT(&x->out, ",\"more\":");
        yz_out_text(&x->out, more ? "true}" : "false}");
    }
    return status;
}

static yz_status
show_keys(yz_desk *desk, yz_exchange *x)
{
    bool older = false;
    yz_status status = yz_person_any_older(desk, &older);

    return status == YZ_OK ? answer_newest(desk, x, 0, older) : status;
}

static yz_status
rotate(yz_desk *desk, yz_exchange *x)
{
    yz_status status = yz_vault_rotate(desk->vault);

    return status == YZ_OK ? answer_newest(desk, x, 0, true) : status;
}

/* Wraps some keys anew; asked again until there are no more. */
static yz_status
rewrap(yz_desk *desk, yz_exchange *x)
{
    uint8_t id[YZ_ACTOR_ID_SIZE];
    yz_span next;
    size_t changed;
    yz_status status = yz_person_rewrap(desk, YZ_SPAN(""), REWRAPPED_AT_ONCE,
                                        id, &next, &changed);

    return status == YZ_OK ? answer_newest(desk, x, changed, next.n > 0)
                           : status;
}

/* Only when nothing is wrapped by another master any more. */
static yz_status
retire(yz_desk *desk, yz_exchange *x)
{
    bool older = true;
    yz_status status = yz_person_any_older(desk, &older);

    if (status == YZ_OK && older) {
        return yz_exchange_problem(x, YZ_PROBLEM_STATE_CONFLICT,
                                   "还有密钥由旧的主密钥封装，先运行 rewrap");
    }
    if (status == YZ_OK) {
        status = yz_vault_retire(desk->vault);
    }
    return status == YZ_OK ? answer_newest(desk, x, 0, false) : status;
}

static const yz_json_member person_members[] = {
    {.name = "issuer",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = NAME_MAX_CHARS},
    {.name = "subject",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = NAME_MAX_CHARS},
    {.name = NULL},
};

static const yz_json_member token_members[] = {
    {.name = "issuer",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = NAME_MAX_CHARS},
    {.name = "subject",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = NAME_MAX_CHARS},
    {.name = "verified", .kind = YZ_JSON_BOOLEAN},
    {.name = "roles", .kind = YZ_JSON_TEXTS, .min = 0, .max = YZ_GRANTS_MAX},
    {.name = "hours", .kind = YZ_JSON_INTEGER, .min = 1, .max = HOURS_MAX},
    {.name = NULL},
};

const yz_route yz_token_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/tokens",
     .members = token_members,
     .apply = issue_token,
     .operator_only = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/actors",
     .members = person_members,
     .prepare = answer_id,
     .operator_only = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/keys",
     .apply = show_keys,
     .operator_only = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/keys/rotate",
     .apply = rotate,
     .operator_only = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/keys/rewrap",
     .apply = rewrap,
     .operator_only = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/keys/retire",
     .apply = retire,
     .operator_only = true},
    {.path = NULL},
};
