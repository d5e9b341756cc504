/*
 * One place at a time, by the rules of the loader.  Called by the daemon for
 * its routes.
 */
#include "admin/rules/place_admin.h"

#include "admin/rules/place_body.h"
#include "admin/rules/place_right.h"
#include "core/limits.h"
#include "core/vocabulary.h"

/* What a route does to a place. */
typedef struct {
    const char *status; /* a word that it sets, or NULL */
    unsigned from;      /* bits of the states that it starts from; 0: any */
    bool adds;          /* also a place that is not there */
    unsigned of_head;   /* of these also for the station's own head */
} deed;

#define STATE(name) (1u << YZ_PLACE_##name)

/* A change on its way; `before` lives in the exchange's arena. */
typedef struct {
    const deed *deed;
    bool exists;
    yz_place before;
    yz_place now;
    yz_place_said said;
} change;

static yz_status
answered(yz_status status)
{
    return status == YZ_DENIED ? YZ_OK : status;
}

/* Answers with a problem; YZ_DENIED then. */
static yz_status
refuse(yz_exchange *x, yz_problem_code code, const char *detail)
{
    yz_status status = yz_exchange_problem(x, code, detail);

    return status == YZ_OK ? YZ_DENIED : status;
}

static yz_status
find_place(yz_desk *desk, yz_exchange *x, change *c)
{
    yz_status status =
        x->part[0].n <= YZ_ID_MAX
            ? yz_store_place_get(desk->store, x->part[0], &c->before)
            : YZ_NOT_FOUND;

    if (status == YZ_NOT_FOUND) {
        return c->deed->adds ? YZ_OK
                             : refuse(x, YZ_PROBLEM_PLACE_UNKNOWN, NULL);
    }
    if (status != YZ_OK) {
        return status;
    }
    c->exists = true;
    yz_arena_keep_place(&x->arena, &c->before);
    return x->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
check_right(yz_desk *desk, yz_exchange *x, const change *c)
{
    if (!c->exists) {
        return YZ_OK; /* where it will be is not known yet */
    }
    return c->deed->of_head & 1u << c->before.status
               ? yz_place_may_run(desk, x, &c->before)
               : yz_place_may_change(desk, x, c->before.region);
}

static yz_status
check_state(yz_exchange *x, const change *c)
{
    if (c->deed->from == 0 || c->deed->from & 1u << c->before.status) {
        return YZ_OK;
    }
    return refuse(x, YZ_PROBLEM_STATE_CONFLICT, NULL);
}

/* From what is said to what will be stored. */
static yz_status
read_place(yz_desk *desk, yz_exchange *x, change *c)
{
    yz_status status =
        yz_place_said_read(desk, x, x->part[0], c->deed->status, &c->said);

    if (status != YZ_OK) {
        return status;
    }
    if (c->exists) {
        c->now = yz_row_merge(&c->said.row, &c->before);
    } else {
        yz_place_said_want_name(&c->said);
        c->now = c->said.row.place;
        yz_place_complete(&c->now);
    }
    return yz_place_said_refuse(x, &c->said);
}

/* What only the whole place shows. */
static yz_status
check_place(yz_desk *desk, yz_exchange *x, const change *c)
{
    yz_status status = YZ_OK;
    double distance_m;
    yz_span word;

    if (!c->exists || c->now.region != c->before.region) {
        status = yz_place_may_change(desk, x, c->now.region);
    }
    if (status == YZ_OK && c->exists && !yz_json_boolean(x, NULL, "moved") &&
        yz_place_renumbered(&c->now, &c->before, &distance_m)) {
        return refuse(x, YZ_PROBLEM_UNPROCESSABLE,
                      "名称变了，位置又移动了 1 公里以上：像是另一个站点用了这"
                      "个编号，印好的二维码会指错地方。确实是它，请加上 "
                      "\"moved\": true。");
    }
    if (status != YZ_OK) {
        return status;
    }
    status = yz_store_words_fit(desk->store, &c->now, &word);
    return status == YZ_FULL
               ? refuse(x, YZ_PROBLEM_UNPROCESSABLE, "类别或服务的种类已满")
               : status;
}

static yz_status
answer_place(yz_exchange *x, const change *c)
{
    yz_status status = yz_exchange_answer(x, c->exists ? 200 : 201,
                                          yz_place_answer_room(&c->said));
    const size_t room = sizeof("/v1/places/") + 3 * YZ_ID_MAX;
    yz_out location;

    if (status != YZ_OK) {
        return status;
    }
    yz_place_answer_write(&x->out, &c->now, &c->said);
    if (!c->exists) {
        yz_out_init(&location, yz_arena_alloc(&x->arena, room), room - 1);
        if (location.p == NULL) {
            return YZ_NOMEM;
        }
        YZ_OUT_LIT(&location, "/v1/places/");
        yz_out_percent(&location, c->now.id);
        x->location = yz_out_written(&location);
    }
    return YZ_OK;
}

static yz_status
change_place(yz_desk *desk, yz_exchange *x, const deed *what)
{
    change c = {.deed = what};
    yz_status status = find_place(desk, x, &c);

    if (status == YZ_OK) {
        status = check_right(desk, x, &c);
    }
    if (status == YZ_OK && c.exists) {
        status = check_state(x, &c);
    }
    if (status == YZ_OK) {
        status = read_place(desk, x, &c);
    }
    if (status == YZ_OK) {
        status = check_place(desk, x, &c);
    }
    if (status == YZ_OK) {
        status = answer_place(x, &c); /* before its texts move */
    }
    if (status == YZ_OK) {
        status = yz_store_place_put(desk->store, &c.now);
    }
    yz_place_said_free(&c.said);
    return answered(status);
}

static yz_status
put_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.adds = true};

    return change_place(desk, x, &what);
}

static yz_status
patch_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.status = NULL};

    return change_place(desk, x, &what);
}

static yz_status
suspend_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.status = "suspended",
                              .from = STATE(OPEN) | STATE(SUSPENDED),
                              .of_head = STATE(OPEN) | STATE(SUSPENDED)};

    return change_place(desk, x, &what);
}

/* What was closed for good is not the head's to open. */
static yz_status
reopen_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.status = "open",
                              .from = STATE(SUSPENDED) | STATE(CLOSED),
                              .of_head = STATE(OPEN) | STATE(SUSPENDED)};

    return change_place(desk, x, &what);
}

static yz_status
close_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.status = "closed",
                              .from = STATE(OPEN) | STATE(SUSPENDED)};

    return change_place(desk, x, &what);
}

static yz_status
show_place(yz_desk *desk, yz_exchange *x)
{
    static const deed what = {.status = NULL};
    change c = {.deed = &what};
    yz_status status = find_place(desk, x, &c);

    if (status == YZ_OK) {
        status = yz_place_may_run(desk, x, &c.before);
    }
    if (status == YZ_OK) {
        c.now = c.before;
        status = answer_place(x, &c);
    }
    return answered(status);
}

const yz_route yz_place_admin_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/places/{id}",
     .apply = show_place,
     .signed_in = true},
    {.method = YZ_METHOD_PUT,
     .path = "/v1/admin/places/{id}",
     .members = yz_place_members,
     .apply = put_place,
     .signed_in = true},
    {.method = YZ_METHOD_PATCH,
     .path = "/v1/admin/places/{id}",
     .members = yz_place_members,
     .apply = patch_place,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/move",
     .members = yz_place_move_members,
     .apply = patch_place,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/suspend",
     .members = yz_place_suspend_members,
     .apply = suspend_place,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/reopen",
     .apply = reopen_place,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/places/{id}/close",
     .apply = close_place,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};
