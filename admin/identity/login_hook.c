/*
 * The city's answer to a login.  Runs in helpers of the daemon; called by the
 * login's routes.
 */
#include "admin/identity/login_hook.h"
#include "admin/identity/settings.h"
#include "core/utf8.h"

#include <yajl/yajl_tree.h>

#define NAME_MAX_BYTES 1024 /* of issuer and subject */

static yz_span
text_of(yajl_val object, const char *name)
{
    const char *path[] = {name, NULL};
    yajl_val value = yajl_tree_get(object, path, yajl_t_string);
    const char *text = YAJL_GET_STRING(value);

    return text != NULL ? yz_span_of(text) : (yz_span){"", 0};
}

static bool
is_name(yz_span text)
{
    return text.n > 0 && text.n <= NAME_MAX_BYTES && yz_text_clean(text);
}

static void
take_roles(yajl_val object, yz_person *person)
{
    const char *path[] = {"roles", NULL};
    yajl_val roles = yajl_tree_get(object, path, yajl_t_array);

    for (size_t i = 0; roles != NULL && i < roles->u.array.len; i++) {
        const char *text = YAJL_GET_STRING(roles->u.array.values[i]);

        if (text != NULL) {
            yz_person_grant(person, yz_span_of(text));
        }
    }
}

yz_status
yz_login_read(yz_vault *vault, const char *json, yz_person *person)
{
    const char *verified[] = {"verified", NULL};
    char why[64];
    yajl_val tree = yajl_tree_parse(json, why, sizeof(why));
    yz_span issuer = text_of(tree, "issuer"),
            subject = text_of(tree, "subject");
    yz_status status = YZ_BUSY;

    memset(person, 0, sizeof(*person));
    if (is_name(issuer) && is_name(subject)) {
        status = yz_vault_person_id(vault, issuer, subject, person->id);
        person->verified =
            YAJL_IS_TRUE(yajl_tree_get(tree, verified, yajl_t_true));
        take_roles(tree, person);
    }
    yajl_tree_free(tree);
    return status;
}

yz_status
yz_login_ask(yz_desk *desk, yz_exchange *x, yz_span code, const char *via,
             yz_person *person)
{
    const yz_hook *hook = &desk->settings->login_hook;
    size_t cap = 64 + 6 * code.n;
    char *room = yz_arena_alloc(&x->arena, cap);
    unsigned http = 0;
    yz_span reply;
    yz_out out;
    yz_status status;

    if (hook->url == NULL) {
        return YZ_NOT_FOUND;
    }
    if (room == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, room, cap);
    YZ_OUT_LIT(&out, "{\"code\":");
    yz_out_json(&out, code);
    YZ_OUT_LIT(&out, ",\"via\":");
    yz_out_json(&out, yz_span_of(via));
    yz_out_char(&out, '}');
    status = yz_hook_call(hook, yz_out_written(&out), x->now_s, &x->arena,
                          &reply, &http);
    if (status != YZ_OK) {
        return status;
    }
    if (http >= 400 && http < 500 && http != 429) {
        return YZ_NOT_FOUND;
    }
    if (http != 200) {
        return YZ_BUSY;
    }
    return yz_login_read(desk->vault, yz_arena_text(&x->arena, reply), person);
}
