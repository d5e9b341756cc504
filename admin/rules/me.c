/*
 * /v1/me for workers and phones: who they are here, what they wrote, all of
 * it as one file, and its erasure.
 *
 * What an erasure leaves is state and log as they were, with a number for a
 * person that nobody can turn back into one, and sealed texts whose key is
 * gone.  Ratings go on to count.
 */
#include "admin/rules/me.h"
#include "admin/identity/cookies.h"
#include "admin/identity/org.h"
#include "admin/identity/person.h"
#include "admin/identity/session.h"
#include "admin/identity/written.h"
#include "admin/rules/post_report.h"
#include "admin/rules/post_text.h"
#include "admin/rules/rating_text.h"
#include "admin/rules/ticket_text.h"
#include "core/civil_time.h"

#define HEAD_ROOM 512  /* of an answer, without roles and writings */
#define ROLE_ROOM 1024 /* of a role with its node's name */
#define ITEM_ROOM 640  /* of a writing, without what its table shows */

/* Tables without a line are shown by their keys alone. */
static const struct {
    yz_table table;
    yz_me_show *show;
    yz_me_forget *forget;
} kinds[] = {
    {YZ_TABLE_NONE, NULL, NULL},
    {YZ_TABLE_RATING, yz_rating_show, NULL},
    {YZ_TABLE_TICKET, yz_ticket_show, NULL},
    {YZ_TABLE_POST, yz_post_show, yz_post_forget},
    {YZ_TABLE_REPORT, yz_report_show, NULL},
};

/* One thing that somebody wrote. */
typedef struct writing {
    struct writing *next;
    yz_table table;
    int64_t at_s;
    yz_span key;
    yz_span json; /* what its table shows; n 0: nothing */
    bool gone;    /* the record has passed away */
} writing;

/* What is gathered for an answer. */
typedef struct {
    yz_desk *desk;
    yz_exchange *x;
    writing *first;
    writing **last;
    yz_holding *roles;
    size_t role_count;
    size_t role_cap;
    size_t room; /* bytes that the answer takes at most */
} gathering;

static size_t
kind_of(yz_table table)
{
    size_t i = sizeof(kinds) / sizeof(kinds[0]) - 1;

    while (i > 0 && kinds[i].table != table) {
        i--;
    }
    return i;
}

static yz_status
gather_writing(void *context, yz_table table, yz_span key, int64_t at_s)
{
    gathering *g = context;
    writing *one = yz_arena_alloc(&g->x->arena, sizeof(*one));

    if (one == NULL) {
        return YZ_NOMEM;
    }
    one->table = table;
    one->at_s = at_s;
    one->key = yz_exchange_keep(g->x, key);
    *g->last = one;
    g->last = &one->next;
    return g->x->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
add_role(void *context, const yz_holding *holding)
{
    gathering *g = context;

    if (g->role_count == g->role_cap) {
        size_t cap = g->role_cap == 0 ? 8 : 2 * g->role_cap;
        yz_holding *more =
            yz_arena_alloc(&g->x->arena, cap * sizeof(*g->roles));

        if (more == NULL) {
            return YZ_NOMEM;
        }
        if (g->role_count > 0) {
            memcpy(more, g->roles, g->role_count * sizeof(*more));
        }
        g->roles = more;
        g->role_cap = cap;
    }
    g->roles[g->role_count++] = *holding;
    return YZ_OK;
}

static yz_status
gather_roles(gathering *g)
{
    yz_exchange *x = g->x;
    yz_status status = yz_org_each_holding(g->desk, x->actor.id, add_role, g);

    for (size_t i = 0; i < x->grant_count && status == YZ_OK; i++) {
        const yz_holding granted = {.node = x->grant[i].node,
                                    .role = (yz_role)x->grant[i].role};

        status = add_role(g, &granted);
    }
    g->room += g->role_count * ROLE_ROOM;
    return status;
}

/* The record of a writing, copied; YZ_NOT_FOUND: it is no more. */
static yz_status
record_of(gathering *g, const writing *one, yz_span *value)
{
    yz_status status =
        yz_store_record_get(g->desk->store, one->table, one->key, value, NULL);

    if (status == YZ_OK) {
        *value = yz_exchange_keep(g->x, *value);
        status = g->x->arena.failed ? YZ_NOMEM : YZ_OK;
    }
    return status;
}

static yz_status
show_writings(gathering *g)
{
    for (writing *one = g->first; one != NULL; one = one->next) {
        size_t kind = kind_of(one->table);
        yz_span value;
        yz_status status = record_of(g, one, &value);

        one->gone = status == YZ_NOT_FOUND;
        if (status == YZ_OK && kinds[kind].show != NULL) {
            status =
                kinds[kind].show(g->desk, g->x, one->key, value, &one->json);
        }
        if (status != YZ_OK && status != YZ_NOT_FOUND) {
            return status;
        }
        g->room += ITEM_ROOM + one->json.n;
    }
    return YZ_OK;
}

static yz_status
gather(gathering *g, yz_desk *desk, yz_exchange *x)
{
    yz_status status;

    memset(g, 0, sizeof(*g));
    g->desk = desk;
    g->x = x;
    g->last = &g->first;
    g->room = HEAD_ROOM;
    status = yz_written_each(desk, x->actor.id, gather_writing, g);
    return status == YZ_OK ? gather_roles(g) : status;
}

static void
write_time(yz_out *out, int64_t at_s)
{
    char text[YZ_RFC3339_SIZE];

    (void)yz_rfc3339_write(at_s, text);
    yz_out_json(out, yz_span_of(text));
}

static yz_status
write_role(gathering *g, yz_out *out, const yz_holding *role)
{
    yz_node node = {.name = {"", 0}};
    yz_status status = yz_org_node(g->desk, role->node, &node);

    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"role\":");
    yz_out_json(out, yz_span_of(yz_role_word(role->role)));
    YZ_OUT_LIT(out, ",\"node\":");
    yz_out_u64(out, role->node);
    YZ_OUT_LIT(out, ",\"name\":");
    yz_out_json(out, node.name);
    if (role->at_s != 0) {
        YZ_OUT_LIT(out, ",\"since\":");
        write_time(out, role->at_s);
    }
    yz_out_char(out, '}');
    return YZ_OK;
}

static void
write_writing(yz_out *out, const writing *one)
{
    YZ_OUT_LIT(out, "{\"table\":");
    yz_out_json(out, yz_span_of(yz_table_name(one->table)));
    YZ_OUT_LIT(out, ",\"at\":");
    write_time(out, one->at_s);
    if (one->json.n > 0) {
        YZ_OUT_LIT(out, ",\"record\":");
        yz_out_span(out, one->json);
    } else {
        YZ_OUT_LIT(out, ",\"key\":\"");
        yz_out_hex(out, one->key.p, one->key.n);
        yz_out_char(out, '"');
    }
    yz_out_char(out, '}');
}

/* The rest of what is stored about a person, for the export. */
static yz_status
write_rest(gathering *g, yz_out *out)
{
    int64_t erased_at_s;
    yz_status status =
        yz_person_erased_at(g->desk, g->x->actor.id, &erased_at_s);

    YZ_OUT_LIT(out, ",\"exported_at\":");
    write_time(out, yz_store_now_s(g->desk->store));
    YZ_OUT_LIT(out, ",\"erased_at\":");
    if (status == YZ_OK && erased_at_s != 0) {
        write_time(out, erased_at_s);
    } else {
        YZ_OUT_LIT(out, "null");
    }
    return status;
}

static yz_status
write_me(gathering *g, bool whole)
{
    yz_exchange *x = g->x;
    yz_status status = yz_exchange_answer(x, 200, g->room);
    yz_out *out = &x->out;
    bool first = true;

    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"id\":\"");
    yz_out_hex(out, x->actor.id, sizeof(x->actor.id));
    YZ_OUT_LIT(out, "\",\"kind\":");
    yz_out_json(out,
                yz_span_of(yz_actor_kind_word((yz_actor_kind)x->actor.kind)));
    YZ_OUT_LIT(out, ",\"verified\":");
    yz_out_text(out, x->verified ? "true" : "false");
    YZ_OUT_LIT(out, ",\"roles\":[");
    for (size_t i = 0; i < g->role_count && status == YZ_OK; i++) {
        yz_out_text(out, i > 0 ? "," : "");
        status = write_role(g, out, &g->roles[i]);
    }
    YZ_OUT_LIT(out, "],\"writings\":[");
    for (const writing *one = g->first; one != NULL; one = one->next) {
        if (whole || !one->gone) {
            yz_out_text(out, first ? "" : ",");
            write_writing(out, one);
            first = false;
        }
    }
    yz_out_char(out, ']');
    if (whole && status == YZ_OK) {
        status = write_rest(g, out);
    }
    yz_out_char(out, '}');
    return status == YZ_OK && out->full ? YZ_NOMEM : status;
}

/* 401 is answered for who shows neither session nor device. */
static bool
is_someone(yz_exchange *x, yz_status *status)
{
    if (x->actor.kind == YZ_ACTOR_SYSTEM) {
        *status = yz_exchange_problem(x, YZ_PROBLEM_UNAUTHENTICATED, NULL);
        return false;
    }
    return true;
}

static yz_status
answer_person(yz_desk *desk, yz_exchange *x, bool whole)
{
    gathering g;
    yz_status status;

    if (!is_someone(x, &status)) {
        return status;
    }
    status = gather(&g, desk, x);
    if (status == YZ_OK) {
        status = show_writings(&g);
    }
    return status == YZ_OK ? write_me(&g, whole) : status;
}

static yz_status
answer_me(yz_desk *desk, yz_exchange *x)
{
    return answer_person(desk, x, false);
}

static yz_status
export_me(yz_desk *desk, yz_exchange *x)
{
    return answer_person(desk, x, true);
}

/* Takes the roles that the store knows; those of a login end with it. */
static yz_status
drop_roles(gathering *g)
{
    yz_status status = YZ_OK;
    bool changed;

    for (size_t i = 0; i < g->role_count && status == YZ_OK; i++) {
        yz_holding held = g->roles[i];

        memcpy(held.id, g->x->actor.id, sizeof(held.id));
        status = yz_org_revoke(g->desk, &held, &changed);
    }
    return status;
}

static yz_status
forget_writings(gathering *g)
{
    for (const writing *one = g->first; one != NULL; one = one->next) {
        size_t kind = kind_of(one->table);
        yz_span value;
        yz_status status;

        if (kinds[kind].forget == NULL) {
            continue;
        }
        status = record_of(g, one, &value);
        if (status == YZ_OK) {
            status = kinds[kind].forget(g->desk, g->x, one->key, value);
        }
        if (status != YZ_OK && status != YZ_NOT_FOUND) {
            return status;
        }
    }
    return yz_written_forget(g->desk, g->x->actor.id);
}

static yz_status
forget_cookies(yz_desk *desk, yz_exchange *x)
{
    yz_status status = YZ_OK;

    for (int cookie = YZ_COOKIE_SESSION;
         cookie <= YZ_COOKIE_DEVICE && status == YZ_OK; cookie++) {
        if (yz_cookie_get(desk, x, (yz_cookie)cookie).n > 0) {
            status = yz_cookie_set(desk, x, (yz_cookie)cookie, YZ_SPAN(""), 0);
        }
    }
    return status;
}

static yz_status
erase_me(yz_desk *desk, yz_exchange *x)
{
    gathering g;
    yz_status status;

    if (!is_someone(x, &status)) {
        return status;
    }
    status = gather(&g, desk, x);
    if (status == YZ_OK) {
        status = forget_writings(&g);
    }
    if (status == YZ_OK) {
        status = drop_roles(&g);
    }
    if (status == YZ_OK) {
        status = yz_person_erase(desk, x->actor.id);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 204, 0);
    }
    return status == YZ_OK ? forget_cookies(desk, x) : status;
}

const yz_route yz_me_routes[] = {
    {.method = YZ_METHOD_GET, .path = "/v1/me", .apply = answer_me},
    {.method = YZ_METHOD_DELETE, .path = "/v1/me", .apply = erase_me},
    {.method = YZ_METHOD_GET, .path = "/v1/me/export", .apply = export_me},
    {.path = NULL},
};
