/*
 * Loads the list of items, and shows it.  What is loaded is the file's text
 * itself, in the policy record `items`.  Reads the city's own file before the
 * queue; the rest runs in the writer.
 */
#include "admin/rules/items_desk.h"

#include <stdio.h>

#include "admin/identity/org.h"
#include "admin/identity/settings.h"
#include "core/items.h"

static const yz_json_member load_members[] = {
    {.name = "text",
     .kind = YZ_JSON_TEXT,
     .lines = true,
     .min = 1,
     .max = YZ_ITEMS_FILE_MAX},
    {.name = NULL},
};

static yz_step prepare_load, apply_load, apply_show;

const yz_route yz_items_routes[] = {
    {.method = YZ_METHOD_PUT,
     .path = "/v1/admin/items",
     .members = load_members,
     .prepare = prepare_load,
     .apply = apply_load,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/items",
     .apply = apply_show,
     .signed_in = true},
    {.path = NULL},
};

/* The city's own file, which the settings name. */
static yz_status
read_file(yz_desk *desk, yz_exchange *x, yz_span *text)
{
    const char *path =
        desk->settings != NULL ? desk->settings->items_file : NULL;
    char *bytes = yz_arena_alloc(&x->arena, YZ_ITEMS_FILE_MAX + 1);
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;

    if (file != NULL && bytes != NULL) {
        *text = (yz_span){bytes, fread(bytes, 1, YZ_ITEMS_FILE_MAX + 1, file)};
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes == NULL ? YZ_NOMEM : file == NULL ? YZ_NOT_FOUND : YZ_OK;
}

static yz_status
refuse_line(yz_exchange *x, size_t line, const char *why)
{
    yz_problem_error error = {NULL, "/text", "items-line", NULL};
    char text[256];

    snprintf(text, sizeof(text), "第 %zu 行：%s。", line, why);
    error.detail = yz_arena_text(&x->arena, yz_span_of(text));
    return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);
}

/* Only operators name no text: the settings' file is the machine's. */
static yz_status
prepare_load(yz_desk *desk, yz_exchange *x)
{
    yz_span *text = yz_arena_alloc(&x->arena, sizeof(*text));
    yz_status status = YZ_OK;
    const char *why;
    size_t line;

    if (text == NULL) {
        return YZ_NOMEM;
    }
    x->own = text;
    *text = yz_json_text(x, NULL, "text");
    if (text->n == 0) {
        status = x->from_operator ? read_file(desk, x, text) : YZ_NOT_FOUND;
    }
    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_UNPROCESSABLE,
                                   "没有给出物品表，设置里也没有可读的"
                                   " items_file。");
    }
    if (status == YZ_OK && yz_items_check(*text, &line, &why) != YZ_OK) {
        return refuse_line(x, line, why);
    }
    return status;
}

static yz_status
answer_count(yz_exchange *x, yz_span csv)
{
    yz_items_walk walk = yz_items_begin(csv);
    yz_status status = yz_exchange_answer(x, 200, 64);
    uint64_t count = 0;
    yz_item item;

    if (status != YZ_OK) {
        return status;
    }
    while (yz_items_next(&walk, &item) == YZ_OK) {
        count++;
    }
    YZ_OUT_LIT(&x->out, "{\"items\":");
    yz_out_u64(&x->out, count);
    yz_out_char(&x->out, '}');
    return YZ_OK;
}

static yz_status
apply_load(yz_desk *desk, yz_exchange *x)
{
    const yz_span *text = x->own;
    yz_status status = yz_org_require(desk, x, YZ_ROLE_BIT(YZ_ROLE_CITY), 0, 0);

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
        status = yz_store_record_put(desk->store, YZ_TABLE_POLICY,
                                     YZ_SPAN("items"), *text);
    }
    if (status == YZ_OK) {
        status = answer_count(x, *text);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

static yz_status
apply_show(yz_desk *desk, yz_exchange *x)
{
    const unsigned roles =
        YZ_ROLE_BIT(YZ_ROLE_LIAISON) | YZ_ROLE_BIT(YZ_ROLE_CHIEF) |
        YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_PROVINCE) |
        YZ_ROLE_BIT(YZ_ROLE_OBSERVER) | YZ_ROLE_BIT(YZ_ROLE_AUDITOR);
    yz_span text = YZ_SPAN("");
    yz_status status = yz_org_require(desk, x, roles, 0, 0);

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    status = yz_store_record_get(desk->store, YZ_TABLE_POLICY, YZ_SPAN("items"),
                                 &text, NULL);
    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        status = yz_exchange_answer(x, 200, 64 + 6 * text.n);
    }
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"text\":");
    yz_out_json(&x->out, text);
    yz_out_char(&x->out, '}');
    return YZ_OK;
}
