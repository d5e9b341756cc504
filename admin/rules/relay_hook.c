/*
 * The relay's hook: a carrier binds a number of its own.  Runs in threads that
 * may wait; others call it by way of relay.c.
 */
#include "admin/rules/relay_impl.h"

#include <openssl/crypto.h>
#include <yajl/yajl_tree.h>

#define BODY_MAX 512
#define TTL_MAX_S ((int64_t)31 * 86400)

static void
copy_number(const char *text, yz_relay_binding *binding)
{
    size_t n = strlen(text);

    memset(binding->number, 0, sizeof(binding->number));
    if (n <= YZ_RELAY_NUMBER_MAX) {
        memcpy(binding->number, text, n);
    }
}

/* A number that a person can dial, and nothing else. */
static bool
is_number(const char *text)
{
    size_t digits = 0;

    for (size_t i = text[0] == '+'; text[i] != '\0'; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits++;
        } else if (text[i] != '-' && text[i] != ',') {
            return false;
        }
    }
    return digits >= 5;
}

yz_status
yz_relay_reply_read(const char *json, int64_t now_s, yz_relay_binding *binding)
{
    const char *number_path[] = {"number", NULL}, *ttl_path[] = {"ttl_s", NULL};
    char why[64];
    yajl_val tree = yajl_tree_parse(json, why, sizeof(why));
    yajl_val number = yajl_tree_get(tree, number_path, yajl_t_string);
    yajl_val ttl = yajl_tree_get(tree, ttl_path, yajl_t_number);
    int64_t ttl_s = YZ_RELAY_TTL_S;

    memset(binding, 0, sizeof(*binding));
    if (number != NULL && is_number(YAJL_GET_STRING(number))) {
        copy_number(YAJL_GET_STRING(number), binding);
    }
    if (ttl != NULL) {
        ttl_s = YAJL_IS_INTEGER(ttl) ? YAJL_GET_INTEGER(ttl) : 0;
    }
    yajl_tree_free(tree);
    if (binding->number[0] == '\0' || ttl_s < 1 || ttl_s > TTL_MAX_S) {
        return YZ_BAD_INPUT;
    }
    binding->expires_s = now_s + ttl_s;
    return YZ_OK;
}

static yz_status
ask(const yz_hook *hook, yz_exchange *x, const yz_relay_call *call,
    yz_relay_binding *binding)
{
    char body[BODY_MAX];
    unsigned http = 0;
    yz_span reply;
    yz_out out;

    yz_out_init(&out, body, sizeof(body));
    YZ_OUT_LIT(&out, "{\"post\":\"");
    yz_out_u64(&out, call->post);
    YZ_OUT_LIT(&out, "\",\"caller\":");
    yz_out_json(&out, yz_span_of(call->caller));
    YZ_OUT_LIT(&out, ",\"callee\":");
    yz_out_json(&out, yz_span_of(call->callee));
    YZ_OUT_LIT(&out, ",\"ttl_s\":");
    yz_out_i64(&out, YZ_RELAY_TTL_S);
    yz_out_char(&out, '}');
    yz_status status = yz_hook_call(hook, yz_out_written(&out), x->now_s,
                                    &x->arena, &reply, &http);
    OPENSSL_cleanse(body, sizeof(body));
    if (status != YZ_OK) {
        return status;
    }
    if (http != 200 || yz_relay_reply_read(yz_arena_text(&x->arena, reply),
                                           x->now_s, binding) != YZ_OK) {
        return YZ_BUSY;
    }
    return YZ_OK;
}

const yz_relay_backend yz_relay_hook = {.ask = ask};
