/*
 * Who rates a place, and reads back what they wrote.  Runs in the writer; the
 * daemon's routes call it.  The staff's side is rating_desk.c.
 */
#include "admin/rules/rating.h"

#include "admin/identity/identity.h"
#include "admin/identity/written.h"
#include "admin/rules/presence.h"
#include "admin/rules/rating_desk.h"
#include "admin/rules/rating_name.h"
#include "admin/rules/rating_text.h"
#include "core/civil_time.h"

#define COMMENT_MAX 500 /* characters */
#define LOCATION_MAX (64 + 3 * YZ_ID_MAX)
#define TEXT_ROOM (6 * 4 * COMMENT_MAX) /* as JSON, every byte escaped */

/* A phone rates a place once a day; the rest is for those who come back with
   another cookie each time.  An address may be a whole station's. */
static const yz_limit_rule limit = {
    .person = 20, .address = 200, .window_s = 600};

static const yz_json_member rate_members[] = {
    {.name = "score",
     .kind = YZ_JSON_INTEGER,
     .required = true,
     .min = YZ_RATING_SCORE_MIN,
     .max = YZ_RATING_SCORE_MAX},
    {.name = "comment",
     .kind = YZ_JSON_TEXT,
     .lines = true,
     .nullable = true,
     .min = 0,
     .max = COMMENT_MAX},
    {.name = "scan_token", .kind = YZ_JSON_TEXT, .min = 1, .max = 64},
    {.name = NULL},
};

static const yz_json_member hide_members[] = {
    {.name = "reason",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = YZ_RATING_REASON_MAX},
    {.name = NULL},
};

static yz_step apply_rate, apply_read;

const yz_route yz_rating_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/places/{id}/ratings",
     .members = rate_members,
     .prepare = yz_presence_prepare,
     .apply = apply_rate,
     .idempotent = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/me/ratings/{place}/{day}",
     .apply = apply_read},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/places/{id}/ratings",
     .parameters = yz_rating_list_parameters,
     .apply = yz_rating_list_apply,
     .signed_in = true},
    {.method = YZ_METHOD_DELETE,
     .path = "/v1/admin/places/{id}/ratings/{rating}",
     .members = hide_members,
     .apply = yz_rating_hide_apply,
     .signed_in = true},
    {.path = NULL},
};

/* What a rating is about, told apart from the store's own memory. */
typedef struct {
    yz_span place_id;
    uint32_t count; /* of the place before */
    uint32_t sum;
    yz_presence presence;
    yz_rating_key key;
} rating_case;

static yz_status
keep_location(yz_exchange *x, const rating_case *c)
{
    char *text = yz_arena_alloc(&x->arena, LOCATION_MAX);
    yz_out out;

    if (text == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, text, LOCATION_MAX);
    yz_rating_location(&out, c->place_id, c->key.day);
    yz_out_char(&out, '\0');
    out.n--;
    x->location = yz_out_written(&out);
    return YZ_OK;
}

/* Who writes: a worker or a phone, never an operator. */
static yz_status
require_writer(yz_desk *desk, yz_exchange *x)
{
    yz_status status;

    if (x->actor.kind == YZ_ACTOR_OPERATOR) {
        return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN, NULL);
    }
    status = yz_identity_device(desk, x);
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
    }
    return status;
}

/* One a day: the second is told where the first is. */
static yz_status
require_first(yz_desk *desk, yz_exchange *x, const rating_case *c)
{
    uint8_t key[YZ_RATING_KEY_SIZE];
    yz_span value;
    yz_status status;

    yz_rating_key_write(&c->key, key);
    status =
        yz_store_record_get(desk->store, YZ_TABLE_RATING,
                            (yz_span){(char *)key, sizeof(key)}, &value, NULL);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    status = yz_presence_refuse(x, YZ_PROBLEM_RATED_ALREADY, NULL);
    return status == YZ_DENIED && keep_location(x, c) != YZ_OK ? YZ_NOMEM
                                                               : status;
}

/* All checks; nothing is put but what yz_identity_device() puts. */
static yz_status
check_rate(yz_desk *desk, yz_exchange *x, rating_case *c)
{
    yz_place place;
    yz_status status = yz_presence_place(desk, x, x->part[0], &place);

    if (status == YZ_OK) {
        status = yz_presence_token(desk, x, &place, &c->presence);
    }
    if (status != YZ_OK) {
        return status;
    }
    c->place_id = x->part[0];
    c->count = place.rating_count;
    c->sum = place.rating_sum;
    c->key.place = place.number;
    /* A draft belongs to the day when its writer stood there. */
    c->key.day = (uint32_t)yz_civil_day_of_unix(
        c->presence.late ? c->presence.seen_s : yz_store_now_s(desk->store));
    status = require_writer(desk, x);
    memcpy(c->key.actor, x->actor.id, sizeof(c->key.actor));
    if (status == YZ_OK) {
        status = require_first(desk, x, c);
    }
    return status == YZ_OK ? yz_presence_count(desk, x, YZ_LIMIT_RATING, &limit,
                                               c->key.place)
                           : status;
}

static yz_status
put_rating(yz_desk *desk, yz_exchange *x, const rating_case *c,
           const yz_rating *rating)
{
    uint8_t key[YZ_RATING_KEY_SIZE];
    const yz_span at = {(char *)key, sizeof(key)};
    uint8_t bytes[YZ_RATING_ENCODED_MAX];
    size_t size;
    yz_status status = yz_rating_encode(rating, bytes, sizeof(bytes), &size);

    yz_rating_key_write(&c->key, key);
    if (status == YZ_OK) {
        status = yz_store_record_put(desk->store, YZ_TABLE_RATING, at,
                                     (yz_span){(char *)bytes, size});
    }
    if (status == YZ_OK) {
        status =
            yz_store_tally_add(desk->store, c->key.place, 1, rating->score);
    }
    return status == YZ_OK ? yz_written_add(desk, x, YZ_TABLE_RATING, at)
                           : status;
}

static yz_status
answer_rated(yz_exchange *x, const rating_case *c, const yz_rating *rating)
{
    yz_status status = yz_exchange_answer(x, 201, 512);

    if (status != YZ_OK) {
        return status;
    }
    yz_out_char(&x->out, '{');
    yz_rating_render(&c->key, rating, &x->out);
    YZ_OUT_LIT(&x->out, ",\"rating\":{\"count\":");
    yz_out_u64(&x->out, c->count + 1u);
    YZ_OUT_LIT(&x->out, ",\"average\":");
    yz_out_fixed1(&x->out,
                  (double)(c->sum + rating->score) / ((double)c->count + 1));
    YZ_OUT_LIT(&x->out, "}}");
    return keep_location(x, c);
}

static yz_status
apply_rate(yz_desk *desk, yz_exchange *x)
{
    rating_case c = {.count = 0};
    yz_rating rating = {.score = 0};
    yz_status status = check_rate(desk, x, &c);

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    rating.score = (uint8_t)yz_json_integer(x, NULL, "score", 0);
    rating.late = c.presence.late;
    rating.at_s = yz_store_now_s(desk->store);
    status = yz_rating_seal(desk, x, &c.key, YZ_RATING_COMMENT,
                            yz_json_text(x, NULL, "comment"), &rating.comment);
    if (status == YZ_OK) {
        status = put_rating(desk, x, &c, &rating);
    }
    return status == YZ_OK ? answer_rated(x, &c, &rating) : status;
}

/* The asker's own rating, by its place and day. */
static yz_status
find_own(yz_desk *desk, yz_exchange *x, yz_rating_key *key, yz_rating *rating)
{
    uint8_t bytes[YZ_RATING_KEY_SIZE];
    yz_place place;
    yz_span value;
    yz_status status;

    if ((x->actor.kind != YZ_ACTOR_WORKER &&
         x->actor.kind != YZ_ACTOR_DEVICE) ||
        x->part[0].n > YZ_ID_MAX ||
        yz_day_read(x->part[1], &key->day) != YZ_OK) {
        return YZ_NOT_FOUND;
    }
    status = yz_store_place_get(desk->store, x->part[0], &place);
    if (status != YZ_OK) {
        return status;
    }
    key->place = place.number;
    memcpy(key->actor, x->actor.id, sizeof(key->actor));
    yz_rating_key_write(key, bytes);
    status = yz_store_record_get(desk->store, YZ_TABLE_RATING,
                                 (yz_span){(char *)bytes, sizeof(bytes)},
                                 &value, NULL);
    return status == YZ_OK ? yz_rating_decode(value, rating) : status;
}

static yz_status
apply_read(yz_desk *desk, yz_exchange *x)
{
    yz_rating_key key;
    yz_rating rating;
    yz_status status = find_own(desk, x, &key, &rating);

    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN, NULL);
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, TEXT_ROOM + 1024);
    }
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"place\":");
    yz_out_json(&x->out, x->part[0]);
    yz_out_char(&x->out, ',');
    yz_rating_render(&key, &rating, &x->out);
    yz_out_char(&x->out, ',');
    status = yz_rating_text_render(desk, x, &key, YZ_RATING_COMMENT,
                                   rating.comment, &x->out);
    yz_out_char(&x->out, '}');
    return status;
}
