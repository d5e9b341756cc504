/*
 * Gives out relay numbers.  Checks and bindings run in the writer, a carrier
 * is asked after it; the daemon's routes call it.
 */
#include "admin/rules/post_contact.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "admin/rules/phone_number.h"
#include "admin/rules/post_store.h"
#include "admin/rules/presence.h"
#include "admin/rules/relay.h"
#include "core/civil_time.h"

#define CARRIER_RETRY_S 30

/* Whoever wants everybody's number is no neighbour. */
static const yz_limit_rule limit = {
    .person = 20, .address = 400, .window_s = 86400};

static const yz_json_member members[] = {
    {.name = "phone",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = 24},
    {.name = NULL},
};

static yz_step prepare_contact, apply_contact, finish_contact, apply_lookup;

const yz_route yz_contact_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/posts/{id}/contact",
     .members = members,
     .prepare = prepare_contact,
     .apply = apply_contact,
     .finish = finish_contact,
     .slow = true,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/relay/{number}",
     .apply = apply_lookup,
     .operator_only = true},
    {.path = NULL},
};

/* What the steps hand on. */
typedef struct {
    yz_presence_mark mark;
    yz_relay_call call;
} contact;

static yz_status
refuse_phone(yz_exchange *x)
{
    const yz_problem_error error = {NULL, "/phone", "member-malformed",
                                    "手机号是 11 位数字"};

    return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);
}

static yz_status
prepare_contact(yz_desk *desk, yz_exchange *x)
{
    contact *own = yz_arena_alloc(&x->arena, sizeof(*own));
    char number[YZ_MOBILE_SIZE];

    if (own == NULL) {
        return YZ_NOMEM;
    }
    memset(own, 0, sizeof(*own));
    x->own = own;
    if (yz_mobile_read(yz_json_text(x, NULL, "phone"), number) != YZ_OK) {
        return refuse_phone(x);
    }
    memcpy(own->call.caller, number, sizeof(number));
    if (desk->relay == NULL) {
        return yz_exchange_problem(x, YZ_PROBLEM_UPSTREAM_UNAVAILABLE,
                                   "本市还没有开通中转号码。");
    }
    return YZ_OK;
}

/* Another worker, for a post that is on the board and left a contact. */
static yz_status
check_contact(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    yz_status status = yz_post_require(desk, x, x->part[0], post);

    if (status != YZ_OK) {
        return status;
    }
    if (x->actor.kind != YZ_ACTOR_WORKER || !x->verified) {
        return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN,
                                  "联系发布者要用实名认证的工会账号。");
    }
    if (!post->shown) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_UNKNOWN, NULL);
    }
    if (post->state != YZ_POST_OPEN ||
        post->expires_s <= yz_store_now_s(desk->store)) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    if (memcmp(x->actor.id, post->writer.id, YZ_ACTOR_ID_SIZE) == 0) {
        return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN,
                                  "这是你自己的帖子。");
    }
    return post->contact.n == 0
               ? yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                                    "发布者没有留联系方式。")
               : YZ_OK;
}

/* The number that the writer sealed. */
static yz_status
open_callee(yz_desk *desk, yz_exchange *x, const yz_post *post,
            yz_relay_call *call)
{
    yz_span plain;
    yz_status status = yz_post_unseal(desk, x, post, YZ_POST_CONTACT, &plain);

    if (status == YZ_NOT_FOUND) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    if (status != YZ_OK || plain.n >= sizeof(call->callee)) {
        return status != YZ_OK ? status : YZ_CORRUPT;
    }
    memcpy(call->callee, plain.p, plain.n);
    call->callee[plain.n] = '\0';
    OPENSSL_cleanse((void *)(uintptr_t)plain.p, plain.n);
    return YZ_OK;
}

static yz_status
answer_binding(yz_exchange *x, const yz_relay_binding *binding)
{
    char at[YZ_RFC3339_SIZE];
    yz_status status = yz_exchange_answer(x, 200, 160);

    if (status != YZ_OK) {
        return status;
    }
    (void)yz_rfc3339_write(binding->expires_s, at);
    YZ_OUT_LIT(&x->out, "{\"number\":");
    yz_out_json(&x->out, yz_span_of(binding->number));
    YZ_OUT_LIT(&x->out, ",\"expires_at\":");
    yz_out_json(&x->out, yz_span_of(at));
    yz_out_char(&x->out, '}');
    return YZ_OK;
}

static yz_status
answer_busy(yz_exchange *x, const char *detail, unsigned retry_after_s)
{
    yz_status status =
        yz_exchange_problem(x, YZ_PROBLEM_UPSTREAM_UNAVAILABLE, detail);

    x->retry_after_s = retry_after_s;
    return status;
}

static yz_status
apply_contact(yz_desk *desk, yz_exchange *x)
{
    contact *own = x->own;
    yz_relay_binding binding;
    unsigned retry_after_s = 1;
    yz_post post;
    yz_status status = check_contact(desk, x, &post);

    if (status == YZ_OK) {
        status = yz_presence_count(desk, x, YZ_LIMIT_CONTACT, &limit, 0);
    }
    if (status == YZ_OK) {
        own->call.post = post.number;
        memcpy(own->call.asker, x->actor.id, YZ_ACTOR_ID_SIZE);
        status = open_callee(desk, x, &post, &own->call);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    status = yz_relay_bind(desk, &own->call, &binding, &retry_after_s);
    if (status == YZ_NOT_FOUND) {
        return YZ_OK; /* the carrier is asked in finish */
    }
    if (status == YZ_BUSY) {
        return answer_busy(x, "中转号码都在使用中，请稍后再试。",
                           retry_after_s);
    }
    return status == YZ_OK ? answer_binding(x, &binding) : status;
}

static yz_status
finish_contact(yz_desk *desk, yz_exchange *x)
{
    contact *own = x->own;
    yz_relay_binding binding;
    yz_status status = yz_relay_ask(desk, x, &own->call, &binding);

    OPENSSL_cleanse(&own->call, sizeof(own->call));
    if (status == YZ_BUSY) {
        return answer_busy(x, NULL, CARRIER_RETRY_S);
    }
    return status == YZ_OK ? answer_binding(x, &binding) : status;
}

/* The post that a binding leads to; YZ_NOT_FOUND when it is over. */
static yz_status
find_callee(yz_desk *desk, yz_exchange *x, yz_relay_call *call)
{
    char id[16];
    yz_span plain;
    yz_post post;
    int n = snprintf(id, sizeof(id), "%lu", (unsigned long)call->post);
    yz_status status = yz_post_get(desk, x, (yz_span){id, (size_t)n}, &post);

    if (status == YZ_OK &&
        (post.state != YZ_POST_OPEN || post.contact.n == 0)) {
        return YZ_NOT_FOUND;
    }
    if (status == YZ_OK) {
        status = yz_post_unseal(desk, x, &post, YZ_POST_CONTACT, &plain);
    }
    if (status == YZ_OK && plain.n < sizeof(call->callee)) {
        memcpy(call->callee, plain.p, plain.n);
        call->callee[plain.n] = '\0';
    }
    return status;
}

static yz_status
apply_lookup(yz_desk *desk, yz_exchange *x)
{
    yz_relay_call call;
    char at[YZ_RFC3339_SIZE];
    int64_t expires_s;
    yz_status status = yz_relay_find(desk, x->part[0], &call, &expires_s);

    if (status == YZ_OK) {
        status = find_callee(desk, x, &call);
    }
    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN, NULL);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 256);
    }
    if (status != YZ_OK) {
        return status;
    }
    (void)yz_rfc3339_write(expires_s, at);
    YZ_OUT_LIT(&x->out, "{\"post\":\"");
    yz_out_u64(&x->out, call.post);
    YZ_OUT_LIT(&x->out, "\",\"caller\":");
    yz_out_json(&x->out, yz_span_of(call.caller));
    YZ_OUT_LIT(&x->out, ",\"callee\":");
    yz_out_json(&x->out, yz_span_of(call.callee));
    YZ_OUT_LIT(&x->out, ",\"expires_at\":");
    yz_out_json(&x->out, yz_span_of(at));
    yz_out_char(&x->out, '}');
    OPENSSL_cleanse(&call, sizeof(call));
    return YZ_OK;
}
