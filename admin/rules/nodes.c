/*
 * Nodes of the organisation: listed, added, changed, removed.  Called by the
 * daemon for its routes; the import and the holders use the checks.
 */
#include "admin/rules/nodes.h"
#include "core/number.h"
#include "lmdb_schema/ticket_index.h"

#define MANAGERS (YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_PROVINCE))

bool
yz_node_region_read(yz_span text, uint32_t *region)
{
    return text.n == 6 && yz_number_parse_u32(text, 999999, region) == YZ_OK &&
           *region >= 110000;
}

static yz_status
refuse(yz_exchange *x, const char *pointer, const char *code,
       const char *detail)
{
    const yz_problem_error error = {
        .pointer = pointer, .code = code, .detail = detail};

    return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);
}

static yz_status
unknown(yz_exchange *x)
{
    yz_status status =
        yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN, "没有这个组织节点");

    return status == YZ_OK ? YZ_DENIED : status;
}

yz_status
yz_node_of_path(yz_desk *desk, yz_exchange *x, yz_node *node)
{
    uint32_t number = 0;
    yz_status status;

    if (yz_number_parse_u32(x->part[0], UINT32_MAX, &number) != YZ_OK) {
        return unknown(x);
    }
    status = yz_org_node(desk, number, node);
    if (status == YZ_NOT_FOUND) {
        return unknown(x);
    }
    if (status == YZ_OK) {
        node->name = yz_exchange_keep(x, node->name);
        status = x->arena.failed ? YZ_NOMEM : YZ_OK;
    }
    return status;
}

yz_status
yz_node_may_change_below(yz_desk *desk, yz_exchange *x, uint32_t above)
{
    yz_status status;

    if (above != 0 || x->actor.kind != YZ_ACTOR_WORKER) {
        return yz_org_require(desk, x, MANAGERS, 0, above);
    }
    status = yz_exchange_problem(x, YZ_PROBLEM_FORBIDDEN, NULL);
    return status == YZ_OK ? YZ_DENIED : status;
}

/* YZ_DENIED means that it is answered. */
static yz_status
answered(yz_status status)
{
    return status == YZ_DENIED ? YZ_OK : status;
}

yz_status
yz_node_check_parent(yz_desk *desk, uint32_t number, uint32_t parent)
{
    unsigned depth = 1;

    for (uint32_t at = parent; at != 0; depth++) {
        yz_node node;
        yz_status status = yz_org_node(desk, at, &node);

        if (status != YZ_OK) {
            return status == YZ_NOT_FOUND ? YZ_BAD_INPUT : status;
        }
        if (at == number || depth >= YZ_NODE_DEPTH_MAX) {
            return YZ_BAD_INPUT;
        }
        at = node.parent;
    }
    return YZ_OK;
}

static yz_status
answer_node(yz_exchange *x, unsigned http, const yz_node *node)
{
    yz_status status = yz_exchange_answer(x, http, YZ_NODE_ROOM);
    yz_out place;

    if (status != YZ_OK) {
        return status;
    }
    yz_node_write(&x->out, node);
    if (http == 201) {
        yz_out_init(&place, yz_arena_alloc(&x->arena, 64), 63);
        if (place.p == NULL) {
            return YZ_NOMEM;
        }
        YZ_OUT_LIT(&place, "/v1/admin/nodes/");
        yz_out_u64(&place, node->number);
        x->location = yz_out_written(&place);
    }
    return YZ_OK;
}

static yz_status
show_node(yz_desk *desk, yz_exchange *x)
{
    yz_node node;
    yz_status status = yz_org_require(desk, x, YZ_NODE_READERS, 0, 0);

    if (status == YZ_OK) {
        status = yz_node_of_path(desk, x, &node);
    }
    return status == YZ_OK ? answer_node(x, 200, &node) : answered(status);
}

/* Puts what the body says into *node; an answer when something is wrong. */
static yz_status
take_members(yz_desk *desk, yz_exchange *x, yz_node *node)
{
    yz_span region = yz_json_text(x, NULL, "region");
    yz_status status;

    if (yz_json_given(x, NULL, "name")) {
        node->name = yz_json_text(x, NULL, "name");
    }
    if (yz_json_given(x, NULL, "kind")) {
        node->kind = yz_json_text(x, NULL, "kind");
    }
    if (yz_json_given(x, NULL, "region")) {
        node->region = 0;
        if (region.n > 0 && !yz_node_region_read(region, &node->region)) {
            return refuse(x, "/region", "member-malformed",
                          "要是六位行政区划代码，或 null");
        }
    }
    if (yz_json_given(x, NULL, "parent")) {
        node->parent = (uint32_t)yz_json_integer(x, NULL, "parent", 0);
        status = yz_node_check_parent(desk, node->number, node->parent);
        if (status == YZ_BAD_INPUT) {
            return refuse(x, "/parent", "member-range",
                          "没有这个上级，或它在这个节点之下，或层级太深");
        }
        return status;
    }
    return YZ_OK;
}

static yz_status
put_node(yz_desk *desk, yz_exchange *x, unsigned http, yz_node *node)
{
    yz_status status = yz_org_node_put(desk, node);

    if (status == YZ_BAD_INPUT) {
        return refuse(x, "/name", "member-range", "名称要有 1 到 128 字节");
    }
    return status == YZ_OK ? answer_node(x, http, node) : status;
}

/* The store takes the actor from the exchange, which has its role now. */
static yz_status
may_change_below(yz_desk *desk, yz_exchange *x, uint32_t above)
{
    yz_status status = yz_node_may_change_below(desk, x, above);

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

static yz_status
add_node(yz_desk *desk, yz_exchange *x)
{
    yz_node node = {.kind = {"", 0}};
    yz_status status = may_change_below(
        desk, x, (uint32_t)yz_json_integer(x, NULL, "parent", 0));

    if (status == YZ_OK) {
        status = take_members(desk, x, &node);
    }
    if (status != YZ_OK || x->status != 0) {
        return answered(status);
    }
    return put_node(desk, x, 201, &node);
}

static yz_status
change_node(yz_desk *desk, yz_exchange *x)
{
    yz_node node;
    uint32_t parent;
    yz_status status = yz_node_of_path(desk, x, &node);

    if (status == YZ_OK) {
        parent = node.parent;
        status = may_change_below(desk, x, parent);
    }
    if (status == YZ_OK) {
        status = take_members(desk, x, &node);
    }
    if (status == YZ_OK && x->status == 0 && node.parent != parent) {
        status = may_change_below(desk, x, node.parent);
    }
    if (status != YZ_OK || x->status != 0) {
        return answered(status);
    }
    return put_node(desk, x, 200, &node);
}

/* What still hangs on a node. */
typedef struct {
    uint32_t number;
    bool used;
} usage;

static yz_status
look_for_child(void *context, const yz_node *node)
{
    usage *u = context;

    u->used = node->parent == u->number;
    return u->used ? YZ_BUSY : YZ_OK;
}

static yz_status
look_for_holder(void *context, const yz_holding *holding)
{
    usage *u = context;

    u->used = holding->node == u->number;
    return u->used ? YZ_BUSY : YZ_OK;
}

static yz_status
look_for_ticket(void *context, yz_span key, yz_span value, uint64_t seq)
{
    usage *u = context;
    yz_ticket_at at;
    yz_status status = yz_ticket_at_key_read(key, &at);

    (void)value;
    (void)seq;
    if (status != YZ_OK || at.state == YZ_TICKET_CLOSED) {
        return status;
    }
    u->used = true;
    return YZ_BUSY;
}

static yz_status
look_for_use(yz_desk *desk, usage *u)
{
    uint8_t prefix[5] = {YZ_DESK_NODE};
    yz_status status = yz_org_each_node(desk, 0, look_for_child, u);

    if (status == YZ_OK) {
        status = yz_org_each_holding(desk, NULL, look_for_holder, u);
    }
    if (status == YZ_OK) {
        yz_put_u32_be(prefix + 1, u->number);
        status = yz_store_record_each(
            desk->store, YZ_TABLE_TICKET_AT,
            (yz_span){(const char *)prefix, sizeof(prefix)}, YZ_SPAN(""), false,
            look_for_ticket, u);
    }
    return status == YZ_BUSY ? YZ_OK : status;
}

static yz_status
remove_node(yz_desk *desk, yz_exchange *x)
{
    usage u = {0, false};
    yz_node node;
    yz_status status = yz_node_of_path(desk, x, &node);

    if (status == YZ_OK) {
        status = may_change_below(desk, x, node.parent);
    }
    if (status == YZ_OK) {
        u.number = node.number;
        status = look_for_use(desk, &u);
    }
    if (status != YZ_OK) {
        return answered(status);
    }
    if (u.used) {
        return yz_exchange_problem(
            x, YZ_PROBLEM_STATE_CONFLICT,
            "这个节点还有下级、任职的人或工单，不能删除");
    }
    status = yz_org_node_delete(desk, node.number);
    return status == YZ_OK ? yz_exchange_answer(x, 204, 0) : status;
}

#define NODE_MEMBERS(needed)                                                   \
    {.name = "name",                                                           \
     .kind = YZ_JSON_TEXT,                                                     \
     .required = (needed),                                                     \
     .min = 1,                                                                 \
     .max = YZ_NODE_NAME_MAX},                                                 \
        {.name = "kind",                                                       \
         .kind = YZ_JSON_TEXT,                                                 \
         .required = (needed),                                                 \
         .words = yz_node_kinds},                                              \
        {.name = "region", .kind = YZ_JSON_TEXT, .nullable = true, .max = 6},  \
        {.name = "parent",                                                     \
         .kind = YZ_JSON_INTEGER,                                              \
         .nullable = true,                                                     \
         .min = 1,                                                             \
         .max = UINT32_MAX},                                                   \
    {                                                                          \
        .name = NULL                                                           \
    }

static const yz_json_member add_members[] = {NODE_MEMBERS(true)};
static const yz_json_member change_members[] = {NODE_MEMBERS(false)};

const yz_route yz_node_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/nodes",
     .parameters = yz_node_list_parameters,
     .apply = yz_node_list,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/nodes",
     .members = add_members,
     .apply = add_node,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/nodes/{n}",
     .apply = show_node,
     .signed_in = true},
    {.method = YZ_METHOD_PATCH,
     .path = "/v1/admin/nodes/{n}",
     .members = change_members,
     .apply = change_node,
     .signed_in = true},
    {.method = YZ_METHOD_DELETE,
     .path = "/v1/admin/nodes/{n}",
     .apply = remove_node,
     .signed_in = true},
    {.path = NULL},
};
