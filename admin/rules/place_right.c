/*
 * Rights at places.  Called by place_admin.c and code_admin.c.
 */
#include "admin/rules/place_right.h"

#define CHANGERS                                                               \
    (YZ_ROLE_BIT(YZ_ROLE_CHIEF) | YZ_ROLE_BIT(YZ_ROLE_CITY) |                  \
     YZ_ROLE_BIT(YZ_ROLE_PROVINCE))
#define REGIONLESS YZ_ROLE_BIT(YZ_ROLE_PROVINCE)

yz_status
yz_place_may_change(yz_desk *desk, yz_exchange *x, uint32_t region)
{
    yz_status status =
        yz_org_require(desk, x, region != 0 ? CHANGERS : REGIONLESS, region, 0);

    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

/* A look for the node at which the asker is this place's head. */
typedef struct {
    yz_desk *desk;
    const yz_place *place;
    uint32_t node; /* 0: none yet */
} search;

static yz_status
look_at(search *s, uint32_t number)
{
    yz_node node;
    yz_status status = yz_org_node(s->desk, number, &node);

    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    if ((yz_span_equal(node.name, s->place->id) ||
         yz_span_equal(node.name, s->place->name)) &&
        (node.region == 0 || yz_region_holds(node.region, s->place->region))) {
        s->node = number;
    }
    return YZ_OK;
}

static yz_status
look_at_holding(void *context, const yz_holding *holding)
{
    search *s = context;

    return holding->role == YZ_ROLE_HEAD && s->node == 0
               ? look_at(s, holding->node)
               : YZ_OK;
}

static yz_status
find_head(search *s, const yz_exchange *x)
{
    yz_status status = YZ_OK;

    if (x->actor.kind != YZ_ACTOR_WORKER) {
        return YZ_OK;
    }
    for (size_t i = 0; status == YZ_OK && i < x->grant_count; i++) {
        if (x->grant[i].role == YZ_ROLE_HEAD && s->node == 0) {
            status = look_at(s, x->grant[i].node);
        }
    }
    return status == YZ_OK
               ? yz_org_each_holding(s->desk, x->actor.id, look_at_holding, s)
               : status;
}

yz_status
yz_place_may_run(yz_desk *desk, yz_exchange *x, const yz_place *place)
{
    search s = {.desk = desk, .place = place};
    yz_status status = find_head(&s, x);

    if (status != YZ_OK) {
        return status;
    }
    if (s.node == 0) {
        return yz_place_may_change(desk, x, place->region);
    }
    x->actor.role = YZ_ROLE_HEAD;
    x->actor.node = s.node;
    yz_store_act(desk->store, &x->actor);
    return YZ_OK;
}
