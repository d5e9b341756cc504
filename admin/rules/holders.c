/*
 * Who holds which role at a node of the organisation.  Called by the daemon
 * for its routes.
 */
#include "admin/rules/nodes.h"
#include "core/civil_time.h"

#define HOLDER_ROOM 192 /* of a holder as JSON */
#define NAME_MAX_CHARS 256

#define READERS                                                                \
    (YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_PROVINCE) |               \
     YZ_ROLE_BIT(YZ_ROLE_AUDITOR))
/* Who has one at a node may not give the like of it there. */
#define FROM_ABOVE READERS

static yz_status
answered(yz_status status)
{
    return status == YZ_DENIED ? YZ_OK : status;
}

static void
write_holder(yz_out *out, const yz_holding *holding)
{
    char since[YZ_RFC3339_SIZE];

    (void)yz_rfc3339_write(holding->at_s, since);
    YZ_OUT_LIT(out, "{\"actor\":\"");
    yz_out_hex(out, holding->id, sizeof(holding->id));
    YZ_OUT_LIT(out, "\",\"role\":");
    yz_out_json(out, yz_span_of(yz_role_word(holding->role)));
    YZ_OUT_LIT(out, ",\"node\":");
    yz_out_u64(out, holding->node);
    YZ_OUT_LIT(out, ",\"since\":\"");
    yz_out_text(out, since);
    YZ_OUT_LIT(out, "\"}");
}

/* Holders of one node; counted first, then written. */
typedef struct {
    uint32_t node;
    size_t count;
    yz_out *out; /* NULL: only count */
} listing;

static yz_status
list_holder(void *context, const yz_holding *holding)
{
    listing *l = context;

    if (holding->node != l->node) {
        return YZ_OK;
    }
    if (l->out != NULL) {
        yz_out_text(l->out, l->count > 0 ? "," : "");
        write_holder(l->out, holding);
    }
    l->count++;
    return YZ_OK;
}

static yz_status
list_holders(yz_desk *desk, yz_exchange *x)
{
    listing l = {0, 0, NULL};
    yz_node node;
    yz_status status = yz_node_of_path(desk, x, &node);

    if (status == YZ_OK) {
        status = yz_org_require(desk, x, READERS, 0, node.number);
    }
    if (status == YZ_OK) {
        l.node = node.number;
        status = yz_org_each_holding(desk, NULL, list_holder, &l);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 64 + l.count * HOLDER_ROOM);
    }
    if (status != YZ_OK) {
        return answered(status);
    }
    l.count = 0;
    l.out = &x->out;
    YZ_OUT_LIT(&x->out, "{\"holders\":[");
    status = yz_org_each_holding(desk, NULL, list_holder, &l);
    YZ_OUT_LIT(&x->out, "]}");
    return status;
}

/* Whether the asker may give or take that role at that node. */
static yz_status
may_appoint(yz_desk *desk, yz_exchange *x, const yz_node *node, yz_role role)
{
    bool from_above = (FROM_ABOVE & YZ_ROLE_BIT(role)) != 0;
    yz_status status = yz_node_may_change_below(
        desk, x, from_above ? node->parent : node->number);

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

static bool
role_of(yz_span word, yz_role *role)
{
    for (unsigned i = YZ_ROLE_HEAD; i < YZ_ROLE_OPERATOR; i++) {
        if (yz_span_equal(word, yz_span_of(yz_role_word((yz_role)i)))) {
            *role = (yz_role)i;
            return true;
        }
    }
    return false;
}

/* The id of a worker, in hexadecimal as GET /v1/me shows it. */
static bool
id_of(yz_span text, uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    if (text.n != 2 * YZ_ACTOR_ID_SIZE) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        const char *at = memchr(digits, text.p[i], 16);

        if (at == NULL) {
            return false;
        }
        id[i / 2] = (uint8_t)(id[i / 2] << 4 | (at - digits));
    }
    return true;
}

static yz_status
refuse(yz_exchange *x, const char *pointer, const char *detail)
{
    const yz_problem_error error = {
        .pointer = pointer, .code = "member-malformed", .detail = detail};

    return yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);
}

/* Who is named: by id, or by issuer and subject, which are hashed at once. */
static yz_status
holder_of(yz_desk *desk, yz_exchange *x, uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    yz_span actor = yz_json_text(x, NULL, "actor");
    yz_span issuer = yz_json_text(x, NULL, "issuer");
    yz_span subject = yz_json_text(x, NULL, "subject");

    if (actor.n > 0) {
        return issuer.n == 0 && subject.n == 0 && id_of(actor, id)
                   ? YZ_OK
                   : refuse(x, "/actor",
                            "要是 32 位十六进制数，且不与 issuer、subject "
                            "同时给出");
    }
    if (issuer.n == 0 || subject.n == 0) {
        return refuse(x, "/actor", "要给出 actor，或 issuer 和 subject");
    }
    return yz_vault_person_id(desk->vault, issuer, subject, id);
}

static yz_status
appoint(yz_desk *desk, yz_exchange *x)
{
    yz_holding holding = {.role = YZ_ROLE_NONE};
    bool changed = false;
    yz_node node;
    yz_status status = yz_node_of_path(desk, x, &node);

    (void)role_of(yz_json_text(x, NULL, "role"), &holding.role);
    if (status == YZ_OK) {
        status = may_appoint(desk, x, &node, holding.role);
    }
    if (status == YZ_OK) {
        status = holder_of(desk, x, holding.id);
    }
    if (status != YZ_OK || x->status != 0) {
        return answered(status);
    }
    holding.node = node.number;
    status = yz_org_grant(desk, &holding, &changed);
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, changed ? 201 : 200, HOLDER_ROOM);
    }
    if (status == YZ_OK) {
        write_holder(&x->out, &holding);
    }
    return status;
}

static yz_status
dismiss(yz_desk *desk, yz_exchange *x)
{
    yz_holding holding = {.role = YZ_ROLE_NONE};
    bool changed = false, named;
    yz_node node;
    yz_status status = yz_node_of_path(desk, x, &node);

    named = role_of(x->part[1], &holding.role) && id_of(x->part[2], holding.id);
    if (status == YZ_OK) {
        status = may_appoint(desk, x, &node, holding.role);
    }
    if (status == YZ_OK && named) {
        holding.node = node.number;
        status = yz_org_revoke(desk, &holding, &changed);
    }
    if (status != YZ_OK) {
        return answered(status);
    }
    return changed ? yz_exchange_answer(x, 204, 0)
                   : yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN,
                                         "这个人在这个节点没有这个角色");
}

static const char *const role_words[] = {
    "head",      "liaison",    "chief",        "city",
    "province",  "department", "grid_officer", "supplier",
    "inspector", "observer",   "auditor",      NULL,
};

static const yz_json_member appoint_members[] = {
    {.name = "role",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .words = role_words},
    {.name = "actor", .kind = YZ_JSON_TEXT, .max = 2 * YZ_ACTOR_ID_SIZE},
    {.name = "issuer", .kind = YZ_JSON_TEXT, .min = 1, .max = NAME_MAX_CHARS},
    {.name = "subject", .kind = YZ_JSON_TEXT, .min = 1, .max = NAME_MAX_CHARS},
    {.name = NULL},
};

const yz_route yz_holder_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/nodes/{n}/roles",
     .apply = list_holders,
     .signed_in = true},
    {.method = YZ_METHOD_PUT,
     .path = "/v1/admin/nodes/{n}/roles",
     .members = appoint_members,
     .apply = appoint,
     .signed_in = true},
    {.method = YZ_METHOD_DELETE,
     .path = "/v1/admin/nodes/{n}/roles/{role}/{actor}",
     .apply = dismiss,
     .signed_in = true},
    {.path = NULL},
};
