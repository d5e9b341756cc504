/*
 * Takes posts and takes them down again.  Runs in the writer; the daemon's
 * routes call it.  What a body says is checked in post_check.c.
 */
#include "admin/rules/post_new.h"

#include "admin/identity/settings.h"
#include "admin/identity/written.h"
#include "admin/rules/post_check.h"
#include "admin/rules/post_store.h"
#include "admin/rules/post_text.h"
#include "admin/rules/presence.h"
#include "admin/rules/words.h"

#define DAY_S 86400
#define LOCATION_MAX 32

/* Beside the number of posts at a time: for those who put up and take down. */
static const yz_limit_rule limit = {
    .person = 20, .address = 200, .window_s = 86400};

static const char *const topics[] = {"need", "offer", "job", "notice", NULL};
static const char *const systems[] = {"wgs84", "gcj02", "bd09", NULL};

static const yz_json_member new_members[] = {
    {.name = "topic",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = 16,
     .words = topics},
    {.name = "item", .kind = YZ_JSON_TEXT, .min = 1, .max = YZ_WORD_MAX},
    {.name = "text",
     .kind = YZ_JSON_TEXT,
     .lines = true,
     .min = 1,
     .max = YZ_POST_CHARACTERS_MAX},
    {.name = "contact", .kind = YZ_JSON_TEXT, .min = 1, .max = 24},
    {.name = "place", .kind = YZ_JSON_TEXT, .min = 1, .max = YZ_ID_MAX},
    {.name = "region", .kind = YZ_JSON_TEXT, .min = 6, .max = 6},
    {.name = "lng", .kind = YZ_JSON_NUMBER, .min = -180, .max = 180},
    {.name = "lat", .kind = YZ_JSON_NUMBER, .min = -90, .max = 90},
    {.name = "crs", .kind = YZ_JSON_TEXT, .min = 1, .max = 8, .words = systems},
    {.name = "days", .kind = YZ_JSON_INTEGER, .min = 1, .max = 31},
    {.name = NULL},
};

static yz_step prepare_new, apply_new, apply_resolve;

const yz_route yz_post_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/posts",
     .members = new_members,
     .prepare = prepare_new,
     .apply = apply_new,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/posts/{id}/resolve",
     .apply = apply_resolve,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};

/* What prepare finds out for apply. */
typedef struct {
    yz_presence_mark mark;
    bool hold; /* a moderator has to see the text first */
} new_post;

static yz_status
prepare_new(yz_desk *desk, yz_exchange *x)
{
    new_post *own = yz_arena_alloc(&x->arena, sizeof(*own));
    yz_span text = yz_json_text(x, NULL, "text");
    const char *words =
        desk->settings != NULL ? desk->settings->words_file : NULL;

    if (own == NULL) {
        return YZ_NOMEM;
    }
    own->mark.counted = false;
    own->hold = text.n > 0 && yz_words_file_holds(words, text);
    x->own = own;
    return YZ_OK;
}

/* Numbers of posts that somebody wrote. */
typedef struct {
    yz_desk *desk;
    uint32_t live;
} census;

static yz_status
count_live(void *context, yz_table table, yz_span key, int64_t at_s)
{
    census *c = context;
    yz_span value;
    yz_post post;

    (void)at_s;
    if (table != YZ_TABLE_POST) {
        return YZ_OK;
    }
    yz_status status =
        yz_store_record_get(c->desk->store, YZ_TABLE_POST, key, &value, NULL);
    if (status == YZ_NOT_FOUND) {
        return YZ_OK;
    }
    if (status == YZ_OK) {
        status = yz_post_decode(value.p, value.n, &post);
    }
    if (status == YZ_OK) {
        c->live +=
            post.state == YZ_POST_OPEN || post.state == YZ_POST_MODERATED;
    }
    return status;
}

static yz_status
check_limits(yz_desk *desk, yz_exchange *x)
{
    census c = {.desk = desk};
    yz_status status = yz_written_each(desk, x->actor.id, count_live, &c);

    if (status == YZ_OK && c.live >= YZ_POSTS_AT_A_TIME) {
        return yz_presence_refuse(x, YZ_PROBLEM_TOO_MANY,
                                  "同时最多有 10 条帖子，先把解决了的结束掉。");
    }
    return status == YZ_OK
               ? yz_presence_count(desk, x, YZ_LIMIT_POST, &limit, 0)
               : status;
}

/* What a staff's notice says is public at once; a worker's text may wait. */
static bool
waits(const yz_exchange *x, const yz_post *post)
{
    const new_post *own = x->own;

    return post->text.n > 0 && own->hold && !yz_post_by_staff(post->topic);
}

static yz_status
fill(yz_desk *desk, yz_exchange *x, const yz_post_draft *draft, yz_post *post)
{
    uint64_t next;
    yz_status status =
        yz_store_record_next(desk->store, YZ_TABLE_POST, true, &next);

    if (status == YZ_OK && next > UINT32_MAX) {
        return YZ_FULL;
    }
    post->number = (uint32_t)next;
    post->writer = x->actor;
    post->created_s = yz_store_now_s(desk->store);
    post->expires_s = post->created_s + (int64_t)draft->days * DAY_S;
    post->state = YZ_POST_OPEN;
    post->shown = post->text_open = true;
    if (waits(x, post)) {
        post->state = YZ_POST_MODERATED;
        post->shown = post->text_open = false;
    }
    if (status == YZ_OK && !post->text_open) {
        status =
            yz_post_seal(desk, x, post, YZ_POST_TEXT, draft->text, &post->text);
    }
    return status == YZ_OK ? yz_post_seal(desk, x, post, YZ_POST_CONTACT,
                                          draft->contact, &post->contact)
                           : status;
}

static yz_status
answer_new(yz_desk *desk, yz_exchange *x, const yz_post *post)
{
    char *location = yz_arena_alloc(&x->arena, LOCATION_MAX);
    yz_out out;
    yz_status status = yz_post_answer(desk, x, 201, post, YZ_POST_FOR_WRITER);

    if (location == NULL || status != YZ_OK) {
        return status != YZ_OK ? status : YZ_NOMEM;
    }
    yz_out_init(&out, location, LOCATION_MAX);
    YZ_OUT_LIT(&out, "/v1/posts/");
    yz_out_u64(&out, post->number);
    x->location = yz_out_written(&out);
    yz_out_char(&out, '\0');
    return YZ_OK;
}

static yz_status
apply_new(yz_desk *desk, yz_exchange *x)
{
    yz_post_draft draft;
    yz_post post;
    yz_post_key key;
    yz_status status = yz_post_check(desk, x, &draft, &post);

    if (status == YZ_OK) {
        status = check_limits(desk, x);
    }
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
        status = fill(desk, x, &draft, &post);
    }
    if (status == YZ_OK) {
        status = yz_post_put_new(desk, &post);
    }
    if (status == YZ_OK) {
        status = yz_written_add(desk, x, YZ_TABLE_POST,
                                yz_post_key_of(post.number, &key));
    }
    if (status == YZ_OK) {
        status = answer_new(desk, x, &post);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

/* Its writer may, for as long as it is not over. */
static yz_status
check_resolve(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    yz_status status = yz_post_require(desk, x, x->part[0], post);

    if (status != YZ_OK) {
        return status;
    }
    if (x->actor.kind != post->writer.kind ||
        memcmp(x->actor.id, post->writer.id, YZ_ACTOR_ID_SIZE) != 0) {
        /* What waits for a moderator is nobody else's business. */
        return yz_presence_refuse(
            x, post->shown ? YZ_PROBLEM_FORBIDDEN : YZ_PROBLEM_POST_UNKNOWN,
            NULL);
    }
    if (post->state == YZ_POST_RESOLVED || post->state == YZ_POST_EXPIRED) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    return YZ_OK;
}

static yz_status
apply_resolve(yz_desk *desk, yz_exchange *x)
{
    yz_post post;
    yz_status status = check_resolve(desk, x, &post);

    if (status == YZ_OK) {
        status = yz_post_end(desk, &post, YZ_POST_RESOLVED);
    }
    if (status == YZ_OK) {
        status = yz_post_answer(desk, x, 200, &post, YZ_POST_FOR_WRITER);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}
