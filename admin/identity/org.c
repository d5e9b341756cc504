/*
 * Nodes, holdings, and who may what.  Runs in the writer, inside the open
 * batch; called by every rule that asks for a role.
 */
#include "admin/identity/org.h"

#define VERSION 1
#define HOLDING_KEY_SIZE (YZ_ACTOR_ID_SIZE + 4 + 1)

/* Value of YZ_TABLE_NODE: this, then the name. */
typedef struct {
    uint8_t version;    /*  0 */
    uint8_t kind;       /*  1 place in yz_node_kinds, from 1 */
    uint16_t name_size; /*  2 bytes */
    uint32_t parent;    /*  4 */
    uint32_t region;    /*  8 */
    uint32_t removed;   /* 12 1: it is no more; numbers are used once */
} node_record;

_Static_assert(sizeof(node_record) == 16, "node head is 16 bytes");

/* Value of YZ_TABLE_HOLDING. */
typedef struct {
    uint8_t version; /* 0 */
    uint8_t zero[7]; /* 1 */
    int64_t at_s;    /* 8 */
} holding_record;

_Static_assert(sizeof(holding_record) == 16, "holding is 16 bytes");

const char *const yz_node_kinds[] = {
    "province",    "city",       "district", "master_station",
    "sub_station", "department", "supplier", NULL,
};

#define KIND_COUNT (sizeof(yz_node_kinds) / sizeof(yz_node_kinds[0]) - 1)

static yz_status
decode_node(uint32_t number, yz_span value, yz_node *node)
{
    node_record record;

    if (value.n < sizeof(record)) {
        return YZ_CORRUPT;
    }
    memcpy(&record, value.p, sizeof(record));
    if (record.version != VERSION || record.kind == 0 ||
        record.kind > KIND_COUNT ||
        value.n != sizeof(record) + record.name_size) {
        return YZ_CORRUPT;
    }
    if (record.removed != 0) {
        return YZ_NOT_FOUND;
    }
    node->number = number;
    node->parent = record.parent;
    node->region = record.region;
    node->kind = yz_span_of(yz_node_kinds[record.kind - 1]);
    node->name = (yz_span){value.p + sizeof(record), record.name_size};
    return YZ_OK;
}

yz_status
yz_org_node(yz_desk *desk, uint32_t number, yz_node *node)
{
    uint8_t key[4];
    yz_span value;
    yz_status status;

    yz_put_u32_be(key, number);
    status = yz_store_record_get(desk->store, YZ_TABLE_NODE,
                                 (yz_span){(const char *)key, 4}, &value, NULL);
    return status == YZ_OK ? decode_node(number, value, node) : status;
}

yz_status
yz_org_node_put(yz_desk *desk, yz_node *node)
{
    uint8_t key[4];
    char value[sizeof(node_record) + YZ_NODE_NAME_MAX];
    node_record record = {.version = VERSION,
                          .name_size = (uint16_t)node->name.n,
                          .parent = node->parent,
                          .region = node->region};
    uint64_t next = node->number;
    yz_status status = YZ_OK;

    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (yz_span_equal(node->kind, yz_span_of(yz_node_kinds[i]))) {
            record.kind = (uint8_t)(i + 1);
        }
    }
    if (record.kind == 0 || node->name.n == 0 ||
        node->name.n > YZ_NODE_NAME_MAX) {
        return YZ_BAD_INPUT;
    }
    memcpy(value, &record, sizeof(record));
    memcpy(value + sizeof(record), node->name.p, node->name.n);
    if (next == 0) {
        status = yz_store_record_next(desk->store, YZ_TABLE_NODE, true, &next);
    }
    if (status != YZ_OK) {
        return status;
    }
    node->number = (uint32_t)next;
    yz_put_u32_be(key, node->number);
    return yz_store_record_put(desk->store, YZ_TABLE_NODE,
                               (yz_span){(const char *)key, 4},
                               (yz_span){value, sizeof(record) + node->name.n});
}

yz_status
yz_org_node_delete(yz_desk *desk, uint32_t number)
{
    const node_record record = {.version = VERSION, .kind = 1, .removed = 1};
    uint8_t key[4];
    yz_node node;
    yz_status status = yz_org_node(desk, number, &node);

    yz_put_u32_be(key, number);
    return status == YZ_OK
               ? yz_store_record_put(
                     desk->store, YZ_TABLE_NODE,
                     (yz_span){(const char *)key, 4},
                     (yz_span){(const char *)&record, sizeof(record)})
               : status;
}

typedef struct {
    yz_node_visit *visit;
    void *context;
} node_walk;

static yz_status
visit_node(void *context, yz_span key, yz_span value, uint64_t seq)
{
    const node_walk *walk = context;
    yz_node node;
    yz_status status;

    (void)seq;
    if (key.n != 4) {
        return YZ_CORRUPT;
    }
    status = decode_node(yz_get_u32_be(key.p), value, &node);
    if (status == YZ_NOT_FOUND) {
        return YZ_OK;
    }
    return status == YZ_OK ? walk->visit(walk->context, &node) : status;
}

yz_status
yz_org_each_node(yz_desk *desk, uint32_t from, yz_node_visit *visit,
                 void *context)
{
    node_walk walk = {visit, context};
    uint8_t key[4];

    yz_put_u32_be(key, from);
    return yz_store_record_each(desk->store, YZ_TABLE_NODE, (yz_span){"", 0},
                                (yz_span){(const char *)key, 4}, false,
                                visit_node, &walk);
}

yz_status
yz_org_within(yz_desk *desk, uint32_t node, uint32_t above, bool *within)
{
    yz_node step;

    *within = false;
    for (unsigned i = 0; i < YZ_NODE_DEPTH_MAX; i++) {
        yz_status status;

        if (node == above) {
            *within = true;
            return YZ_OK;
        }
        if (node == 0) {
            return YZ_OK;
        }
        status = yz_org_node(desk, node, &step);
        if (status != YZ_OK) {
            return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
        }
        node = step.parent;
    }
    return node == 0 ? YZ_OK : YZ_CORRUPT;
}

bool
yz_region_holds(uint32_t region, uint32_t other)
{
    uint32_t unit = region % 10000 == 0 ? 10000 : region % 100 == 0 ? 100 : 1;

    return region != 0 && region / unit == other / unit;
}

static void
holding_key(const yz_holding *holding, uint8_t key[HOLDING_KEY_SIZE])
{
    memcpy(key, holding->id, YZ_ACTOR_ID_SIZE);
    yz_put_u32_be(key + YZ_ACTOR_ID_SIZE, holding->node);
    key[HOLDING_KEY_SIZE - 1] = (uint8_t)holding->role;
}

yz_status
yz_org_grant(yz_desk *desk, yz_holding *holding, bool *changed)
{
    uint8_t bytes[HOLDING_KEY_SIZE];
    const yz_span key = {(const char *)bytes, sizeof(bytes)};
    holding_record record = {.version = VERSION,
                             .at_s = yz_store_now_s(desk->store)};
    yz_span value;
    yz_status status;

    holding_key(holding, bytes);
    status =
        yz_store_record_get(desk->store, YZ_TABLE_HOLDING, key, &value, NULL);
    *changed = status == YZ_NOT_FOUND;
    if (*changed) {
        status = yz_store_record_put(
            desk->store, YZ_TABLE_HOLDING, key,
            (yz_span){(const char *)&record, sizeof(record)});
    } else if (status == YZ_OK && value.n == sizeof(record)) {
        memcpy(&record, value.p, sizeof(record));
    }
    holding->at_s = record.at_s;
    return status;
}

yz_status
yz_org_revoke(yz_desk *desk, const yz_holding *holding, bool *changed)
{
    uint8_t bytes[HOLDING_KEY_SIZE];
    yz_status status;

    holding_key(holding, bytes);
    status =
        yz_store_record_delete(desk->store, YZ_TABLE_HOLDING,
                               (yz_span){(const char *)bytes, sizeof(bytes)});
    *changed = status == YZ_OK;
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

typedef struct {
    yz_holding_visit *visit;
    void *context;
} holding_walk;

static yz_status
visit_holding(void *context, yz_span key, yz_span value, uint64_t seq)
{
    const holding_walk *walk = context;
    holding_record record;
    yz_holding holding;

    (void)seq;
    if (key.n != HOLDING_KEY_SIZE || value.n != sizeof(record)) {
        return YZ_CORRUPT;
    }
    memcpy(&record, value.p, sizeof(record));
    memcpy(holding.id, key.p, sizeof(holding.id));
    holding.node = yz_get_u32_be(key.p + YZ_ACTOR_ID_SIZE);
    holding.role = (yz_role)(uint8_t)key.p[HOLDING_KEY_SIZE - 1];
    holding.at_s = record.at_s;
    return walk->visit(walk->context, &holding);
}

yz_status
yz_org_each_holding(yz_desk *desk, const uint8_t *id, yz_holding_visit *visit,
                    void *context)
{
    holding_walk walk = {visit, context};
    const yz_span prefix = {id != NULL ? (const char *)id : "",
                            id != NULL ? YZ_ACTOR_ID_SIZE : 0};

    return yz_store_record_each(desk->store, YZ_TABLE_HOLDING, prefix,
                                (yz_span){"", 0}, false, visit_holding, &walk);
}

/* What is asked for, and what was found. */
typedef struct {
    yz_desk *desk;
    unsigned roles;
    uint32_t region;
    uint32_t node;
    yz_holding found; /* role YZ_ROLE_NONE: nothing yet */
} look;

/* Whether a role at `node` counts for what is asked. */
static yz_status
counts(const look *l, uint32_t node, bool *good)
{
    yz_node at;
    yz_status status = yz_org_node(l->desk, node, &at);

    *good = false;
    if (status != YZ_OK) {
        /* The role came with a login, and the node is gone. */
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    *good = (l->region == 0 && l->node == 0) ||
            (l->region != 0 && yz_region_holds(at.region, l->region));
    if (!*good && l->node != 0) {
        status = yz_org_within(l->desk, l->node, node, good);
    }
    return status;
}

static yz_status
look_at(void *context, const yz_holding *holding)
{
    look *l = context;
    bool good = false;
    yz_status status;

    if ((unsigned)holding->role >= YZ_ROLE_OPERATOR ||
        (l->roles & YZ_ROLE_BIT(holding->role)) == 0) {
        return YZ_OK;
    }
    status = counts(l, holding->node, &good);
    if (status == YZ_OK && good) {
        l->found = *holding;
        return YZ_BUSY; /* ends the walk */
    }
    return status;
}

yz_status
yz_org_may(yz_desk *desk, yz_exchange *x, unsigned roles, uint32_t region,
           uint32_t node)
{
    look l = {.desk = desk, .roles = roles, .region = region, .node = node};
    yz_status status = YZ_OK;

    if (x->actor.kind == YZ_ACTOR_OPERATOR) {
        return YZ_OK;
    }
    if (x->actor.kind != YZ_ACTOR_WORKER) {
        return YZ_NOT_FOUND;
    }
    status = yz_org_each_holding(desk, x->actor.id, look_at, &l);
    for (size_t i = 0; status == YZ_OK && i < x->grant_count; i++) {
        const yz_holding granted = {.node = x->grant[i].node,
                                    .role = (yz_role)x->grant[i].role};

        status = look_at(&l, &granted);
    }
    if (status != YZ_BUSY) {
        return status == YZ_OK ? YZ_NOT_FOUND : status;
    }
    x->actor.role = (uint8_t)l.found.role;
    x->actor.node = l.found.node;
    yz_store_act(desk->store, &x->actor);
    return YZ_OK;
}

yz_status
yz_org_require(yz_desk *desk, yz_exchange *x, unsigned roles, uint32_t region,
               uint32_t node)
{
    yz_status status = yz_org_may(desk, x, roles, region, node);

    if (status != YZ_NOT_FOUND) {
        return status;
    }
    status = yz_exchange_problem(x,
                                 x->actor.kind == YZ_ACTOR_WORKER
                                     ? YZ_PROBLEM_FORBIDDEN
                                     : YZ_PROBLEM_UNAUTHENTICATED,
                                 NULL);
    return status == YZ_OK ? YZ_DENIED : status;
}
