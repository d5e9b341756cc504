/*
 * The list of the organisation's nodes: all of them, the children of one, or
 * all below one.  Called by the daemon for its route (nodes.c).
 */
#include "admin/rules/nodes.h"
#include "core/number.h"

#define LIMIT_MAX 1000
#define LIMIT_USUAL 100

const char *const yz_node_list_parameters[] = {"parent", "under", "after",
                                               "limit", NULL};

void
yz_node_write(yz_out *out, const yz_node *node)
{
    YZ_OUT_LIT(out, "{\"node\":");
    yz_out_u64(out, node->number);
    YZ_OUT_LIT(out, ",\"parent\":");
    if (node->parent != 0) {
        yz_out_u64(out, node->parent);
    } else {
        YZ_OUT_LIT(out, "null");
    }
    YZ_OUT_LIT(out, ",\"kind\":");
    yz_out_json(out, node->kind);
    YZ_OUT_LIT(out, ",\"name\":");
    yz_out_json(out, node->name);
    YZ_OUT_LIT(out, ",\"region\":");
    if (node->region != 0) {
        yz_out_char(out, '"');
        yz_out_u64(out, node->region);
        yz_out_char(out, '"');
    } else {
        YZ_OUT_LIT(out, "null");
    }
    yz_out_char(out, '}');
}

/* What a list is asked for, and how far it is. */
typedef struct {
    yz_desk *desk;
    yz_out *out;
    bool by_parent;
    uint32_t parent;
    uint32_t under; /* 0: any */
    uint32_t after;
    uint32_t limit;
    uint32_t count;
    uint32_t last; /* the last one listed */
    bool more;
} listing;

static yz_status
list_node(void *context, const yz_node *node)
{
    listing *l = context;
    bool within = true;
    yz_status status = YZ_OK;

    if (l->by_parent && node->parent != l->parent) {
        return YZ_OK;
    }
    if (l->under != 0) {
        status = yz_org_within(l->desk, node->number, l->under, &within);
    }
    if (status != YZ_OK || !within) {
        return status;
    }
    l->more = l->count == l->limit;
    if (l->more) {
        return YZ_BUSY; /* ends the walk */
    }
    yz_out_text(l->out, l->count > 0 ? "," : "");
    yz_node_write(l->out, node);
    l->count++;
    l->last = node->number;
    return YZ_OK;
}

/* A number of the query; `*given` tells whether it is there. */
static bool
number_parameter(yz_exchange *x, const char *name, uint32_t most,
                 uint32_t *number, bool *given)
{
    yz_span text = yz_exchange_parameter(x, name);

    *given = text.p != NULL;
    return !*given || yz_number_parse_u32(text, most, number) == YZ_OK;
}

static const char *
read_listing(yz_exchange *x, listing *l)
{
    bool given;

    l->limit = LIMIT_USUAL;
    if (!number_parameter(x, "limit", LIMIT_MAX, &l->limit, &given) ||
        l->limit == 0) {
        return "limit";
    }
    if (!number_parameter(x, "parent", UINT32_MAX, &l->parent, &l->by_parent)) {
        return "parent";
    }
    if (!number_parameter(x, "under", UINT32_MAX, &l->under, &given)) {
        return "under";
    }
    return number_parameter(x, "after", UINT32_MAX - 1, &l->after, &given)
               ? NULL
               : "after";
}

static void
write_next(yz_out *out, const listing *l)
{
    YZ_OUT_LIT(out, "],\"links\":[");
    if (l->more) {
        YZ_OUT_LIT(out, "{\"rel\":\"next\",\"href\":\"/v1/admin/nodes?limit=");
        yz_out_u64(out, l->limit);
        YZ_OUT_LIT(out, "&after=");
        yz_out_u64(out, l->last);
        if (l->by_parent) {
            YZ_OUT_LIT(out, "&parent=");
            yz_out_u64(out, l->parent);
        }
        if (l->under != 0) {
            YZ_OUT_LIT(out, "&under=");
            yz_out_u64(out, l->under);
        }
        YZ_OUT_LIT(out, "\"}");
    }
    YZ_OUT_LIT(out, "]}");
}

yz_status
yz_node_list(yz_desk *desk, yz_exchange *x)
{
    listing l = {.desk = desk, .out = &x->out};
    const char *wrong = read_listing(x, &l);
    const yz_problem_error error = {
        .parameter = wrong,
        .code = "parameter-malformed",
        .detail = "要是不带符号的整数；limit 为 1 到 1000"};
    yz_status status;

    if (wrong != NULL) {
        return yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID,
                                          &error, 1);
    }
    status = yz_org_require(desk, x, YZ_NODE_READERS, 0, 0);
    if (status == YZ_OK) {
        status =
            yz_exchange_answer(x, 200, ((size_t)l.limit + 1) * YZ_NODE_ROOM);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    YZ_OUT_LIT(&x->out, "{\"nodes\":[");
    status = yz_org_each_node(desk, l.after + 1, list_node, &l);
    if (status != YZ_OK && status != YZ_BUSY) {
        return status;
    }
    write_next(&x->out, &l);
    return YZ_OK;
}
