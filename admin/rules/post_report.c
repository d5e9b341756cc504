/*
 * Takes reports of posts.  Runs in the writer; the daemon's routes call it.
 */
#include "admin/rules/post_report.h"

#include "admin/identity/written.h"
#include "admin/rules/post_store.h"
#include "admin/rules/presence.h"
#include "core/civil_time.h"

#define REPORT_VERSION 1
#define REPORT_KEY_SIZE (YZ_POST_KEY_SIZE + YZ_ACTOR_ID_SIZE)
#define FORGET_AT_ONCE 32
#define SHOWN_SIZE 128 /* of a report as JSON */

typedef struct {
    uint8_t version;
    uint8_t reason;
    uint8_t zero[6];
    int64_t at_s;
} report;

_Static_assert(sizeof(report) == 16, "a report is 16 bytes");

const char *const yz_report_reasons[] = {
    "fraud", "unsafe", "wrong", "offensive", "personal", "other", NULL};

/* Whoever reports by the hundred reports to harm. */
static const yz_limit_rule limit = {
    .person = 20, .address = 200, .window_s = 86400};

static const yz_json_member members[] = {
    {.name = "reason",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = 16,
     .words = yz_report_reasons},
    {.name = NULL},
};

static yz_step apply_report;

const yz_route yz_report_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/posts/{id}/report",
     .members = members,
     .prepare = yz_presence_prepare,
     .apply = apply_report,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};

static void
key_of(uint32_t number, const yz_actor *actor,
       uint8_t key[static REPORT_KEY_SIZE])
{
    yz_put_u32_be(key, number);
    memcpy(key + YZ_POST_KEY_SIZE, actor->id, YZ_ACTOR_ID_SIZE);
}

/* Another worker, and a post that is on the board. */
static yz_status
check_report(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    yz_status status = yz_post_require(desk, x, x->part[0], post);

    if (status != YZ_OK) {
        return status;
    }
    if (x->actor.kind != YZ_ACTOR_WORKER ||
        memcmp(x->actor.id, post->writer.id, YZ_ACTOR_ID_SIZE) == 0) {
        return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN,
                                  "举报要由别的已登录用户来做。");
    }
    if (post->state == YZ_POST_MODERATED) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_UNKNOWN, NULL);
    }
    if (post->state != YZ_POST_OPEN ||
        post->expires_s <= yz_store_now_s(desk->store)) {
        return yz_presence_refuse(x, YZ_PROBLEM_POST_GONE, NULL);
    }
    return YZ_OK;
}

static uint8_t
reason_of(yz_span word)
{
    uint8_t i = 0;

    while (yz_report_reasons[i + 1] != NULL &&
           !yz_span_equal(word, yz_span_of(yz_report_reasons[i]))) {
        i++;
    }
    return i;
}

/* The first report of a reporter counts, another changes nothing. */
static yz_status
put_report(yz_desk *desk, yz_exchange *x, yz_post *post)
{
    uint8_t bytes[REPORT_KEY_SIZE];
    const yz_span key = {(const char *)bytes, sizeof(bytes)};
    report value = {.version = REPORT_VERSION,
                    .reason = reason_of(yz_json_text(x, NULL, "reason")),
                    .at_s = yz_store_now_s(desk->store)};
    yz_span old;

    key_of(post->number, &x->actor, bytes);
    yz_status status =
        yz_store_record_get(desk->store, YZ_TABLE_REPORT, key, &old, NULL);
    if (status != YZ_NOT_FOUND) {
        return status;
    }
    status =
        yz_store_record_put(desk->store, YZ_TABLE_REPORT, key,
                            (yz_span){(const char *)&value, sizeof(value)});
    if (status == YZ_OK) {
        status = yz_written_add(desk, x, YZ_TABLE_REPORT, key);
    }
    if (status != YZ_OK) {
        return status;
    }
    post->reports++;
    if (post->reports >= YZ_REPORTS_HIDE) {
        post->state = YZ_POST_HIDDEN;
    }
    return yz_post_put(desk, post);
}

static yz_status
apply_report(yz_desk *desk, yz_exchange *x)
{
    yz_post post;
    yz_status status = check_report(desk, x, &post);

    if (status == YZ_OK) {
        status = yz_presence_count(desk, x, YZ_LIMIT_REPORT, &limit, 0);
    }
    if (status == YZ_OK) {
        status = put_report(desk, x, &post);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 64);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    YZ_OUT_LIT(&x->out, "{\"reported\":true}");
    return YZ_OK;
}

/* Keys of reports, copied: a visit must not delete. */
typedef struct {
    size_t count;
    uint8_t keys[FORGET_AT_ONCE][REPORT_KEY_SIZE];
} forgetting;

static yz_status
collect(void *context, yz_span key, yz_span value, uint64_t seq)
{
    forgetting *f = context;

    (void)value;
    (void)seq;
    if (key.n != REPORT_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    memcpy(f->keys[f->count++], key.p, REPORT_KEY_SIZE);
    return f->count == FORGET_AT_ONCE ? YZ_FULL : YZ_OK;
}

yz_status
yz_post_reports_forget(yz_desk *desk, uint32_t number)
{
    yz_post_key prefix;
    forgetting f;
    yz_status status;

    do {
        f.count = 0;
        status = yz_store_record_each(desk->store, YZ_TABLE_REPORT,
                                      yz_post_key_of(number, &prefix),
                                      YZ_SPAN(""), false, collect, &f);
        status = status == YZ_FULL ? YZ_OK : status;
        for (size_t i = 0; status == YZ_OK && i < f.count; i++) {
            status = yz_store_record_delete(
                desk->store, YZ_TABLE_REPORT,
                (yz_span){(const char *)f.keys[i], REPORT_KEY_SIZE});
        }
    } while (status == YZ_OK && f.count == FORGET_AT_ONCE);
    return status;
}

static yz_status
count_reason(void *context, yz_span key, yz_span value, uint64_t seq)
{
    uint32_t *counts = context;
    report one;

    (void)key;
    (void)seq;
    if (value.n != sizeof(one)) {
        return YZ_CORRUPT;
    }
    memcpy(&one, value.p, sizeof(one));
    if (one.version != REPORT_VERSION || one.reason >= YZ_REASONS) {
        return YZ_CORRUPT;
    }
    counts[one.reason]++;
    return YZ_OK;
}

yz_status
yz_post_reports_count(yz_desk *desk, uint32_t number,
                      uint32_t counts[static YZ_REASONS])
{
    yz_post_key prefix;

    memset(counts, 0, YZ_REASONS * sizeof(*counts));
    return yz_store_record_each(desk->store, YZ_TABLE_REPORT,
                                yz_post_key_of(number, &prefix), YZ_SPAN(""),
                                false, count_reason, counts);
}

yz_status
yz_report_show(yz_desk *desk, yz_exchange *x, yz_span key, yz_span value,
               yz_span *json)
{
    char at[YZ_RFC3339_SIZE];
    report one;
    yz_out out;

    (void)desk;
    if (key.n != REPORT_KEY_SIZE || value.n != sizeof(one)) {
        return YZ_CORRUPT;
    }
    memcpy(&one, value.p, sizeof(one));
    if (one.version != REPORT_VERSION || one.reason >= YZ_REASONS) {
        return YZ_CORRUPT;
    }
    yz_out_init(&out, yz_arena_alloc(&x->arena, SHOWN_SIZE), SHOWN_SIZE);
    if (out.p == NULL) {
        return YZ_NOMEM;
    }
    (void)yz_rfc3339_write(one.at_s, at);
    YZ_OUT_LIT(&out, "{\"post\":\"");
    yz_out_u64(&out, yz_get_u32_be(key.p));
    YZ_OUT_LIT(&out, "\",\"reason\":\"");
    yz_out_text(&out, yz_report_reasons[one.reason]);
    YZ_OUT_LIT(&out, "\",\"at\":\"");
    yz_out_text(&out, at);
    YZ_OUT_LIT(&out, "\"}");
    *json = yz_out_written(&out);
    return YZ_OK;
}
