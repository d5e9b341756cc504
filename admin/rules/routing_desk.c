/*
 * Loads the routing table, and shows it.  What is loaded is the file's text
 * itself, in the policy record `routing`.  Reads the city's own file before
 * the queue; the rest runs in the writer.
 */
#include "admin/rules/routing_desk.h"

#include <stdio.h>

#include "admin/identity/org.h"
#include "admin/identity/settings.h"
#include "admin/rules/presence.h"
#include "admin/rules/routing_cache.h"

static const yz_json_member load_members[] = {
    {.name = "text",
     .kind = YZ_JSON_TEXT,
     .lines = true,
     .min = 1,
     .max = YZ_ROUTING_FILE_MAX},
    {.name = NULL},
};

static yz_step prepare_load, apply_load, apply_show;

const yz_route yz_routing_routes[] = {
    {.method = YZ_METHOD_PUT,
     .path = "/v1/admin/routing",
     .members = load_members,
     .prepare = prepare_load,
     .apply = apply_load,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/routing",
     .apply = apply_show,
     .signed_in = true},
    {.path = NULL},
};

/* The text that is to be loaded, and what it was parsed to. */
typedef struct {
    yz_span text;
    yz_routing routing;
} load;

static yz_status
refuse_line(yz_exchange *x, const yz_routing_fault *fault)
{
    yz_problem_error error = {NULL, "/text", fault->code, NULL};
    char text[512];

    if (fault->line > 0) {
        snprintf(text, sizeof(text), "第 %llu 行：%s。",
                 (unsigned long long)fault->line, fault->detail);
    } else {
        snprintf(text, sizeof(text), "%s。", fault->detail);
    }
    error.detail = yz_arena_text(&x->arena, yz_span_of(text));
    return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);
}

/* The city's own file, which the settings name. */
static yz_status
read_file(yz_desk *desk, yz_exchange *x, yz_span *text)
{
    const char *path =
        desk->settings != NULL ? desk->settings->routing_file : NULL;
    char *bytes = yz_arena_alloc(&x->arena, YZ_ROUTING_FILE_MAX + 1);
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;

    if (bytes == NULL) {
        if (file != NULL) {
            fclose(file);
        }
        return YZ_NOMEM;
    }
    if (file == NULL) {
        return YZ_NOT_FOUND;
    }
    *text = (yz_span){bytes, fread(bytes, 1, YZ_ROUTING_FILE_MAX + 1, file)};
    fclose(file);
    return YZ_OK;
}

/* Whose text it is depends on who may: only operators name no text. */
static yz_status
prepare_load(yz_desk *desk, yz_exchange *x)
{
    load *l = yz_arena_alloc(&x->arena, sizeof(*l));
    yz_status status = YZ_OK;

    if (l == NULL) {
        return YZ_NOMEM;
    }
    x->own = l;
    l->text = yz_json_text(x, NULL, "text");
    if (l->text.n == 0) {
        status = x->from_operator ? read_file(desk, x, &l->text) : YZ_NOT_FOUND;
    }
    return status == YZ_NOT_FOUND
               ? yz_exchange_problem(x, YZ_PROBLEM_UNPROCESSABLE,
                                     "没有给出分派表，设置里也没有可读的"
                                     " routing_file。")
               : status;
}

/* Every node of the table is one of the organisation. */
static yz_status
check_nodes(yz_desk *desk, const yz_routing *routing, yz_routing_fault *fault)
{
    for (size_t i = 0; i < routing->count; i++) {
        const yz_routing_line *line = &routing->lines[i];

        for (int j = -1; j < line->co_count; j++) {
            yz_node node;
            yz_status status = yz_org_node(
                desk, j < 0 ? line->node : line->co_handlers[j], &node);

            if (status == YZ_NOT_FOUND) {
                *fault = (yz_routing_fault){
                    line->line, j < 0 ? "routing-node" : "routing-co-handlers",
                    "没有这个组织节点"};
                return YZ_BAD_INPUT;
            }
            if (status != YZ_OK) {
                return status;
            }
        }
    }
    return YZ_OK;
}

/* Parsed in the writer: a table is small, and loaded a few times a year. */
static yz_status
check_table(yz_desk *desk, load *l, size_t *lines, yz_routing_fault *fault)
{
    yz_status status = yz_routing_parse(l->text, &l->routing, fault);

    if (status == YZ_OK) {
        *lines = l->routing.count;
        status = check_nodes(desk, &l->routing, fault);
        yz_routing_free(&l->routing);
    }
    return status;
}

static yz_status
apply_load(yz_desk *desk, yz_exchange *x)
{
    load *l = x->own;
    yz_routing_fault fault;
    size_t lines = 0;
    yz_status status = yz_org_require(desk, x, YZ_ROLE_BIT(YZ_ROLE_CITY), 0, 0);

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    status = check_table(desk, l, &lines, &fault);
    if (status == YZ_BAD_INPUT) {
        return refuse_line(x, &fault);
    }
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
        status = yz_store_record_put(desk->store, YZ_TABLE_POLICY,
                                     YZ_SPAN("routing"), l->text);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 64);
    }
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"lines\":");
    yz_out_u64(&x->out, lines);
    yz_out_char(&x->out, '}');
    return YZ_OK;
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
    status = yz_store_record_get(desk->store, YZ_TABLE_POLICY,
                                 YZ_SPAN("routing"), &text, NULL);
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
