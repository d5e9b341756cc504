/*
 * Moderates the board.  Runs in the writer; the daemon's routes call it.
 */
#include "admin/rules/post_desk.h"

#include "admin/identity/org.h"
#include "admin/rules/post_report.h"
#include "admin/rules/post_store.h"
#include "admin/rules/post_text.h"
#include "admin/rules/presence.h"
#include "core/number.h"

#define LIST_MAX 50
#define LIST_DEFAULT 20
#define WALK_MAX 20000 /* posts that one page looks at */

#define MODERATORS                                                             \
    (YZ_ROLE_BIT(YZ_ROLE_LIAISON) | YZ_ROLE_BIT(YZ_ROLE_CHIEF) |               \
     YZ_ROLE_BIT(YZ_ROLE_CITY))
#define READERS                                                                \
    (MODERATORS | YZ_ROLE_BIT(YZ_ROLE_PROVINCE) |                              \
     YZ_ROLE_BIT(YZ_ROLE_OBSERVER) | YZ_ROLE_BIT(YZ_ROLE_AUDITOR))

static const char *const list_parameters[] = {"state", "region", "limit",
                                              "cursor", NULL};

static yz_step apply_list, apply_read, apply_release, apply_hide, apply_delete;

const yz_route yz_post_desk_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/posts",
     .parameters = list_parameters,
     .apply = apply_list,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/posts/{id}",
     .apply = apply_read,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/posts/{id}/release",
     .apply = apply_release,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/posts/{id}/hide",
     .apply = apply_hide,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/posts/{id}/delete",
     .apply = apply_delete,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};

/* What a list is asked for, and what was found. */
typedef struct {
    int state;       /* -1: any */
    uint32_t region; /* six digits; 0: everywhere */
    uint32_t limit;
    uint32_t before; /* only smaller numbers */
    uint32_t walked;
    uint32_t last; /* number that was looked at last */
    bool more;
    size_t count;
    yz_span values[LIST_MAX];
} page;

static yz_status
refuse_parameter(yz_exchange *x, const char *name, yz_param_fault fault,
                 const char *detail)
{
    const yz_problem_error error = {name, NULL, yz_param_fault_text(fault),
                                    detail};
    yz_status status =
        yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID, &error, 1);

    return status == YZ_OK ? YZ_DENIED : status;
}

/* 37 and 3702 stand for 370000 and 370200. */
static yz_status
read_region(yz_span text, uint32_t *region)
{
    if ((text.n != 2 && text.n != 4 && text.n != 6) || text.p[0] == '0' ||
        yz_number_parse_u32(text, 999999, region) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    *region *= text.n == 2 ? 10000 : text.n == 4 ? 100 : 1;
    return YZ_OK;
}

static yz_status
read_query(yz_exchange *x, page *p)
{
    yz_span state = yz_exchange_parameter(x, "state");
    yz_span region = yz_exchange_parameter(x, "region");
    yz_span limit = yz_exchange_parameter(x, "limit");
    yz_span cursor = yz_exchange_parameter(x, "cursor");
    yz_post_state word = YZ_POST_MODERATED;

    *p = (page){.state = -1, .limit = LIST_DEFAULT, .before = UINT32_MAX};
    if (state.p != NULL) {
        if (yz_post_state_parse(state, &word) != YZ_OK) {
            return refuse_parameter(
                x, "state", YZ_PARAM_MALFORMED,
                "state 只能是 moderated、open、resolved、expired、hidden");
        }
        p->state = (int)word;
    }
    if (region.p != NULL && read_region(region, &p->region) != YZ_OK) {
        return refuse_parameter(x, "region", YZ_PARAM_MALFORMED,
                                "region 是行政区划代码的前 2、4 或 6 位数字");
    }
    if (limit.p != NULL &&
        (yz_number_parse_u32(limit, LIST_MAX, &p->limit) != YZ_OK ||
         p->limit == 0)) {
        return refuse_parameter(x, "limit", YZ_PARAM_RANGE, "limit 为 1 到 50");
    }
    if (cursor.p != NULL &&
        (yz_number_parse_u32(cursor, UINT32_MAX, &p->before) != YZ_OK ||
         p->before == 0)) {
        return refuse_parameter(x, "cursor", YZ_PARAM_MALFORMED,
                                YZ_QUERY_CURSOR_DETAIL);
    }
    return YZ_OK;
}

/*
 * Without a region the list is of the region of the node where the asker's
 * role is held; a node that names none gives no region to look at.
 */
static yz_status
check_reach(yz_desk *desk, yz_exchange *x, page *p)
{
    yz_node node;
    yz_status status = yz_org_require(desk, x, READERS, p->region, 0);

    if (status != YZ_OK || p->region != 0 ||
        x->actor.kind == YZ_ACTOR_OPERATOR) {
        return status;
    }
    status = yz_org_node(desk, x->actor.node, &node);
    if (status == YZ_OK && node.region != 0) {
        p->region = node.region;
        return YZ_OK;
    }
    return status == YZ_OK || status == YZ_NOT_FOUND
               ? refuse_parameter(x, "region", YZ_PARAM_MISSING,
                                  "你的组织节点没有行政区划，要写 region")
               : status;
}

static bool
region_holds(uint32_t outer, uint32_t region)
{
    uint32_t span = outer % 10000 == 0 ? 10000 : outer % 100 == 0 ? 100 : 1;

    return outer == 0 || region / span == outer / span;
}

static yz_status
visit(void *context, yz_span key, yz_span value, uint64_t seq)
{
    page *p = context;
    yz_post post;
    yz_status status = yz_post_decode(value.p, value.n, &post);

    (void)key;
    (void)seq;
    if (status != YZ_OK || post.number >= p->before) {
        return status;
    }
    if (p->count == p->limit || p->walked == WALK_MAX) {
        p->more = true;
        return YZ_FULL;
    }
    p->walked++;
    p->last = post.number;
    if ((p->state < 0 || p->state == post.state) &&
        region_holds(p->region, post.region)) {
        p->values[p->count++] = value;
    }
    return YZ_OK;
}

static yz_status
walk(yz_desk *desk, page *p)
{
    yz_post_key from;
    yz_status status =
        yz_store_record_each(desk->store, YZ_TABLE_POST, YZ_SPAN(""),
                             yz_post_key_of(p->before, &from), true, visit, p);

    return status == YZ_FULL && p->more ? YZ_OK : status;
}

static void
write_next(yz_exchange *x, const page *p)
{
    yz_span state = yz_exchange_parameter(x, "state");
    yz_span region = yz_exchange_parameter(x, "region");

    YZ_OUT_LIT(&x->out, "{\"rel\":\"next\",\"href\":\"/v1/admin/posts?limit=");
    yz_out_u64(&x->out, p->limit);
    if (state.n > 0) {
        YZ_OUT_LIT(&x->out, "&state=");
        yz_out_percent(&x->out, state);
    }
    if (region.n > 0) {
        YZ_OUT_LIT(&x->out, "&region=");
        yz_out_percent(&x->out, region);
    }
    YZ_OUT_LIT(&x->out, "&cursor=");
    yz_out_u64(&x->out, p->last);
    YZ_OUT_LIT(&x->out, "\"}");
}

static yz_status
answer_page(yz_desk *desk, yz_exchange *x, const page *p)
{
    yz_status status =
        yz_exchange_answer(x, 200, 1024 + p->count * YZ_POST_ROW_ROOM);

    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"posts\":[");
    for (size_t i = 0; status == YZ_OK && i < p->count; i++) {
        yz_post post;

        if (i > 0) {
            yz_out_char(&x->out, ',');
        }
        status = yz_post_decode(p->values[i].p, p->values[i].n, &post);
        if (status == YZ_OK) {
            status = yz_post_write(desk, x, &post, YZ_POST_FOR_STAFF, &x->out);
        }
    }
    YZ_OUT_LIT(&x->out, "],\"links\":[");
    if (p->more) {
        write_next(x, p);
    }
    YZ_OUT_LIT(&x->out, "]}");
    return status;
}

static yz_status
apply_list(yz_desk *desk, yz_exchange *x)
{
    page p;
    yz_status status = read_query(x, &p);

    if (status == YZ_OK) {
        status = check_reach(desk, x, &p);
    }
    if (status == YZ_OK) {
        status = walk(desk, &p);
    }
    if (status == YZ_OK) {
        status = answer_page(desk, x, &p);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

/* The post of the path, for someone with one of `roles` in its region. */
static yz_status
require(yz_desk *desk, yz_exchange *x, unsigned roles, yz_post *post)
{
    yz_status status = yz_post_get(desk, x, x->part[0], post);

    if (status == YZ_OK) {
        status = yz_org_require(desk, x, roles, post->region, 0);
    } else if (status == YZ_NOT_FOUND) {
        /* Only those who hold a role anywhere learn that it is not there. */
        status = yz_org_require(desk, x, roles, 0, 0);
        if (status == YZ_OK) {
            return yz_presence_refuse(x, YZ_PROBLEM_POST_UNKNOWN, NULL);
        }
    }
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

static yz_status
apply_read(yz_desk *desk, yz_exchange *x)
{
    yz_post post;
    yz_status status = require(desk, x, READERS, &post);

    if (status == YZ_OK) {
        status = yz_post_answer(desk, x, 200, &post, YZ_POST_FOR_STAFF);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

static bool
is_over(yz_desk *desk, const yz_post *post)
{
    return post->state == YZ_POST_RESOLVED || post->state == YZ_POST_EXPIRED ||
           post->expires_s <= yz_store_now_s(desk->store);
}

/* Opens the text for the board; a text whose key was erased is none. */
static yz_status
open_text(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    yz_span plain;
    yz_status status = yz_post_unseal(desk, x, post, YZ_POST_TEXT, &plain);

    if (status == YZ_NOT_FOUND || status == YZ_CORRUPT ||
        (status == YZ_OK && plain.n == 0 && post->item.n == 0)) {
        return yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                                  "帖子的文字已经抹去，不能放行。");
    }
    post->text = plain;
    post->text_open = true;
    return status;
}

static yz_status
release(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    yz_status status;

    if (is_over(desk, post)) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    if (post->state == YZ_POST_OPEN) {
        return yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                                  "帖子已经在公布。");
    }
    status = open_text(desk, x, post);
    if (status == YZ_OK) {
        status = yz_post_reports_forget(desk, post->number);
    }
    if (status != YZ_OK) {
        return status;
    }
    post->state = YZ_POST_OPEN;
    post->shown = true;
    post->reports = 0;
    return yz_post_put(desk, post);
}

static yz_status
hide(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    if (is_over(desk, post)) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    if (post->state == YZ_POST_HIDDEN) {
        return yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                                  "帖子已经撤下。");
    }
    post->state = YZ_POST_HIDDEN;
    return yz_post_put(desk, post);
}

static yz_status
empty(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    (void)x;
    return yz_post_empty(desk, post);
}

static yz_status
moderate(yz_desk *desk, yz_exchange *x,
         yz_status (*deed)(yz_desk *desk, yz_exchange *x, yz_post *post))
{
    yz_post post;
    yz_status status = require(desk, x, MODERATORS, &post);

    if (status == YZ_OK) {
        status = deed(desk, x, &post);
    }
    if (status == YZ_OK) {
        status = yz_post_answer(desk, x, 200, &post, YZ_POST_FOR_STAFF);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

static yz_status
apply_release(yz_desk *desk, yz_exchange *x)
{
    return moderate(desk, x, release);
}

static yz_status
apply_hide(yz_desk *desk, yz_exchange *x)
{
    return moderate(desk, x, hide);
}

static yz_status
apply_delete(yz_desk *desk, yz_exchange *x)
{
    return moderate(desk, x, empty);
}
