/*
 * What the staff of a station see of its ratings, comments among it, and how
 * an abusive one is taken out of the tally.  Runs in the writer; rating.c has
 * the routes.
 */
#include "admin/rules/rating_desk.h"

#include "admin/identity/org.h"
#include "admin/rules/presence.h"
#include "admin/rules/rating_name.h"
#include "admin/rules/rating_text.h"
#include "core/number.h"

#define LIST_MAX 100
#define LIST_DEFAULT 50
#define ROW_ROOM 512 /* bytes of JSON beside the texts */

#define READERS                                                                \
    (YZ_ROLE_BIT(YZ_ROLE_HEAD) | YZ_ROLE_BIT(YZ_ROLE_CHIEF) |                  \
     YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_AUDITOR))
#define HIDERS                                                                 \
    (YZ_ROLE_BIT(YZ_ROLE_HEAD) | YZ_ROLE_BIT(YZ_ROLE_CHIEF) |                  \
     YZ_ROLE_BIT(YZ_ROLE_CITY))

const char *const yz_rating_list_parameters[] = {"limit", "cursor", NULL};

/* The place, whatever its status, if the asker has one of `roles` there. */
static yz_status
find_place(yz_desk *desk, yz_exchange *x, unsigned roles, uint32_t *number)
{
    yz_place place;
    yz_status status = YZ_NOT_FOUND;

    if (x->part[0].n <= YZ_ID_MAX) {
        status = yz_store_place_get(desk->store, x->part[0], &place);
    }
    if (status == YZ_OK) {
        *number = place.number;
        status = yz_org_require(desk, x, roles, place.region, 0);
    } else if (status == YZ_NOT_FOUND) {
        /* Only those who hold a role anywhere learn that it is not there. */
        status = yz_org_require(desk, x, roles, 0, 0);
        if (status == YZ_OK) {
            status = yz_presence_refuse(x, YZ_PROBLEM_PLACE_UNKNOWN, NULL);
        }
    }
    return status;
}

/* A page of a list, newest day first. */
typedef struct {
    yz_desk *desk;
    yz_span after; /* name to begin behind; n 0: at the newest */
    size_t limit;
    size_t count;
    bool more;
    yz_rating_key key[LIST_MAX];
    yz_rating rating[LIST_MAX];
    char name[LIST_MAX][YZ_RATING_NAME_SIZE];
} page;

static yz_status
add_to_page(void *context, yz_span bytes, yz_span value, uint64_t seq)
{
    page *p = context;
    yz_rating_key *key = &p->key[p->count < LIST_MAX ? p->count : 0];
    char name[YZ_RATING_NAME_SIZE];
    yz_status status;

    (void)seq;
    if (p->count == p->limit) {
        p->more = true;
        return YZ_FULL;
    }
    status = yz_rating_key_read(bytes, key);
    if (status == YZ_OK) {
        status = yz_rating_name(p->desk->vault, key, name);
    }
    if (status != YZ_OK) {
        return status;
    }
    if (p->after.n > 0) {
        if (yz_span_equal(p->after, yz_span_of(name))) {
            p->after.n = 0;
        }
        return YZ_OK;
    }
    memcpy(p->name[p->count], name, sizeof(name));
    return yz_rating_decode(value, &p->rating[p->count++]);
}

/* The day that a name begins with.  YZ_OK or YZ_BAD_INPUT. */
static yz_status
day_of_name(yz_span name, uint32_t *day)
{
    if (name.n != YZ_RATING_NAME_SIZE - 1 ||
        name.p[YZ_DAY_TEXT_SIZE - 1] != '-') {
        return YZ_BAD_INPUT;
    }
    return yz_day_read((yz_span){name.p, YZ_DAY_TEXT_SIZE - 1}, day);
}

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

static yz_status
read_page_query(yz_exchange *x, page *p, uint32_t *last_day)
{
    yz_span text = yz_exchange_parameter(x, "limit");
    uint32_t limit = LIST_DEFAULT;

    if (text.p != NULL &&
        (yz_number_parse_u32(text, LIST_MAX, &limit) != YZ_OK || limit == 0)) {
        return refuse_parameter(x, "limit", YZ_PARAM_RANGE,
                                "limit 为 1 到 100");
    }
    p->limit = limit;
    *last_day = UINT32_MAX;
    p->after = yz_exchange_parameter(x, "cursor");
    if (p->after.p != NULL && day_of_name(p->after, last_day) != YZ_OK) {
        return refuse_parameter(x, "cursor", YZ_PARAM_MALFORMED,
                                YZ_QUERY_CURSOR_DETAIL);
    }
    return YZ_OK;
}

/* Fills the page with the ratings of the place, newest day first. */
static yz_status
walk(yz_desk *desk, uint32_t place, uint32_t last_day, page *p)
{
    uint8_t prefix[4];
    uint8_t from[YZ_RATING_KEY_SIZE];
    yz_rating_key last = {.place = place, .day = last_day};
    yz_status status;

    memset(last.actor, 0xff, sizeof(last.actor));
    yz_put_u32_be(prefix, place);
    yz_rating_key_write(&last, from);
    status = yz_store_record_each(
        desk->store, YZ_TABLE_RATING, (yz_span){(char *)prefix, sizeof(prefix)},
        (yz_span){(char *)from, sizeof(from)}, true, add_to_page, p);
    return status == YZ_FULL && p->more ? YZ_OK : status;
}

/* Reads of the store that the page points into stay valid: nothing is put. */
static yz_status
render_page(yz_desk *desk, yz_exchange *x, const page *p)
{
    yz_out *out = &x->out;
    yz_status status = YZ_OK;
    size_t texts = 0;

    for (size_t i = 0; i < p->count; i++) {
        texts += p->rating[i].comment.n + p->rating[i].reason.n;
    }
    status = yz_exchange_answer(x, 200, 1024 + p->count * ROW_ROOM + 6 * texts);
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"ratings\":[");
    for (size_t i = 0; status == YZ_OK && i < p->count; i++) {
        const yz_rating *rating = &p->rating[i];

        yz_out_text(out, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
        yz_out_text(out, p->name[i]);
        YZ_OUT_LIT(out, "\",");
        yz_rating_render(&p->key[i], rating, out);
        yz_out_char(out, ',');
        status = yz_rating_text_render(desk, x, &p->key[i], YZ_RATING_COMMENT,
                                       rating->comment, out);
        yz_out_char(out, ',');
        if (status == YZ_OK) {
            status = yz_rating_text_render(
                desk, x, &p->key[i], YZ_RATING_REASON, rating->reason, out);
        }
        yz_out_char(out, '}');
    }
    YZ_OUT_LIT(out, "],\"links\":[");
    if (p->more) {
        YZ_OUT_LIT(out, "{\"rel\":\"next\",\"href\":\"/v1/admin/places/");
        yz_out_percent(out, x->part[0]);
        YZ_OUT_LIT(out, "/ratings?limit=");
        yz_out_u64(out, p->limit);
        YZ_OUT_LIT(out, "&cursor=");
        yz_out_text(out, p->name[p->count - 1]);
        YZ_OUT_LIT(out, "\"}");
    }
    YZ_OUT_LIT(out, "]}");
    return status;
}

yz_status
yz_rating_list_apply(yz_desk *desk, yz_exchange *x)
{
    page *p = yz_arena_alloc(&x->arena, sizeof(*p));
    uint32_t place, last_day;
    yz_status status =
        p != NULL ? find_place(desk, x, READERS, &place) : YZ_NOMEM;

    if (status == YZ_OK) {
        p->desk = desk;
        status = read_page_query(x, p, &last_day);
    }
    if (status == YZ_OK) {
        status = walk(desk, place, last_day, p);
    }
    if (status == YZ_OK) {
        status = render_page(desk, x, p);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

/* The rating that staff call so. */
typedef struct {
    yz_desk *desk;
    yz_span name;
    yz_rating_key key;
    yz_rating rating;
} search;

static yz_status
compare_name(void *context, yz_span bytes, yz_span value, uint64_t seq)
{
    search *s = context;
    char name[YZ_RATING_NAME_SIZE];
    yz_status status = yz_rating_key_read(bytes, &s->key);

    (void)seq;
    if (status == YZ_OK) {
        status = yz_rating_name(s->desk->vault, &s->key, name);
    }
    if (status != YZ_OK || !yz_span_equal(s->name, yz_span_of(name))) {
        return status;
    }
    status = yz_rating_decode(value, &s->rating);
    return status == YZ_OK ? YZ_BUSY : status; /* ends the walk */
}

/* YZ_OK, YZ_NOT_FOUND, or a failure. */
static yz_status
find_by_name(yz_desk *desk, uint32_t place, yz_span name, search *s)
{
    uint8_t prefix[8];
    uint32_t day;
    yz_status status;

    *s = (search){.desk = desk, .name = name};
    if (day_of_name(name, &day) != YZ_OK) {
        return YZ_NOT_FOUND;
    }
    yz_put_u32_be(prefix, place);
    yz_put_u32_be(prefix + 4, day);
    status = yz_store_record_each(desk->store, YZ_TABLE_RATING,
                                  (yz_span){(char *)prefix, sizeof(prefix)},
                                  (yz_span){"", 0}, false, compare_name, s);
    if (status == YZ_BUSY) {
        return YZ_OK;
    }
    return status == YZ_OK ? YZ_NOT_FOUND : status;
}

static yz_status
put_hidden(yz_desk *desk, yz_exchange *x, search *s)
{
    uint8_t key[YZ_RATING_KEY_SIZE];
    uint8_t bytes[YZ_RATING_ENCODED_MAX];
    yz_span comment = yz_exchange_keep(x, s->rating.comment);
    size_t size;
    yz_status status;

    if (x->arena.failed) {
        return YZ_NOMEM;
    }
    s->rating.comment = comment;
    s->rating.hidden = true;
    s->rating.hidden_at_s = yz_store_now_s(desk->store);
    yz_store_act(desk->store, &x->actor);
    status = yz_rating_seal(desk, x, &s->key, YZ_RATING_REASON,
                            yz_json_text(x, NULL, "reason"), &s->rating.reason);
    if (status == YZ_OK) {
        status = yz_rating_encode(&s->rating, bytes, sizeof(bytes), &size);
    }
    yz_rating_key_write(&s->key, key);
    if (status == YZ_OK) {
        status = yz_store_record_put(desk->store, YZ_TABLE_RATING,
                                     (yz_span){(char *)key, sizeof(key)},
                                     (yz_span){(char *)bytes, size});
    }
    return status == YZ_OK ? yz_store_tally_add(desk->store, s->key.place, -1,
                                                -(int32_t)s->rating.score)
                           : status;
}

yz_status
yz_rating_hide_apply(yz_desk *desk, yz_exchange *x)
{
    search s;
    uint32_t place;
    yz_status status = find_place(desk, x, HIDERS, &place);

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    status = find_by_name(desk, place, x->part[1], &s);
    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN, NULL);
    }
    if (status == YZ_OK && s.rating.hidden) {
        return yz_exchange_problem(x, YZ_PROBLEM_STATE_CONFLICT,
                                   "这条评分已经隐藏。");
    }
    if (status == YZ_OK) {
        status = put_hidden(desk, x, &s);
    }
    return status == YZ_OK ? yz_exchange_answer(x, 204, 0) : status;
}
