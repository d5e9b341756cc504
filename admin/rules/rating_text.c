/*
 * Texts of ratings, sealed and opened, and ratings as JSON.  Runs in the
 * writer; called by both sides of the rules of ratings.
 */
#include "admin/rules/rating_text.h"

#include "admin/identity/person.h"
#include "admin/rules/rating_name.h"
#include "core/civil_time.h"

static const char *const names[] = {
    [YZ_RATING_COMMENT] = "comment",
    [YZ_RATING_REASON] = "reason",
};

#define CONTEXT_MAX (16 + YZ_RATING_KEY_SIZE)

/* What binds a sealed text to its rating and member. */
static yz_span
context_of(const yz_rating_key *key, yz_rating_text which,
           char context[static CONTEXT_MAX])
{
    uint8_t bytes[YZ_RATING_KEY_SIZE];
    yz_out out;

    yz_rating_key_write(key, bytes);
    yz_out_init(&out, context, CONTEXT_MAX);
    YZ_OUT_LIT(&out, "rating ");
    yz_out_text(&out, names[which]);
    yz_out_bytes(&out, bytes, sizeof(bytes));
    return yz_out_written(&out);
}

yz_status
yz_rating_seal(yz_desk *desk, yz_exchange *x, const yz_rating_key *key,
               yz_rating_text which, yz_span plain, yz_span *sealed)
{
    char context[CONTEXT_MAX];

    *sealed = (yz_span){NULL, 0};
    if (plain.n == 0) {
        return YZ_OK;
    }
    return yz_person_seal(desk, x, key->actor, context_of(key, which, context),
                          plain, sealed);
}

yz_status
yz_rating_text_render(yz_desk *desk, yz_exchange *x, const yz_rating_key *key,
                      yz_rating_text which, yz_span sealed, yz_out *out)
{
    char context[CONTEXT_MAX];
    yz_status status = YZ_NOT_FOUND;
    yz_span plain;

    if (sealed.n > 0) {
        status =
            yz_person_unseal(desk, x, key->actor,
                             context_of(key, which, context), sealed, &plain);
    }
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    yz_out_char(out, '"');
    yz_out_text(out, names[which]);
    YZ_OUT_LIT(out, "\":");
    if (status == YZ_OK) {
        yz_out_json(out, plain);
    } else {
        YZ_OUT_LIT(out, "null");
    }
    return YZ_OK;
}

void
yz_time_render(int64_t at_s, yz_out *out)
{
    char text[YZ_RFC3339_SIZE];

    if (at_s == 0 || yz_rfc3339_write(at_s, text) == 0) {
        YZ_OUT_LIT(out, "null");
        return;
    }
    yz_out_json(out, yz_span_of(text));
}

void
yz_rating_render(const yz_rating_key *key, const yz_rating *rating, yz_out *out)
{
    char day[YZ_DAY_TEXT_SIZE];

    yz_day_write(key->day, day);
    YZ_OUT_LIT(out, "\"day\":\"");
    yz_out_text(out, day);
    YZ_OUT_LIT(out, "\",\"at\":");
    yz_time_render(rating->at_s, out);
    YZ_OUT_LIT(out, ",\"score\":");
    yz_out_u64(out, rating->score);
    yz_out_text(out, rating->late ? ",\"late\":true" : ",\"late\":false");
    yz_out_text(out, rating->hidden ? ",\"hidden\":true" : ",\"hidden\":false");
}

/* The place by its id; one that is no more has none. */
static yz_status
render_place(yz_desk *desk, uint32_t number, yz_out *out)
{
    yz_place place;
    yz_status status = yz_store_place_by_number(desk->store, number, &place);

    YZ_OUT_LIT(out, "{\"place\":");
    if (status == YZ_OK) {
        yz_out_json(out, place.id);
    } else if (status == YZ_NOT_FOUND) {
        YZ_OUT_LIT(out, "null");
        status = YZ_OK;
    }
    yz_out_char(out, ',');
    return status;
}

yz_status
yz_rating_show(yz_desk *desk, yz_exchange *x, yz_span key, yz_span value,
               yz_span *json)
{
    const size_t cap = 1024 + 6 * value.n;
    char *room = yz_arena_alloc(&x->arena, cap);
    yz_rating_key at;
    yz_rating rating;
    yz_out out;
    yz_status status = room != NULL ? yz_rating_key_read(key, &at) : YZ_NOMEM;

    if (status == YZ_OK) {
        status = yz_rating_decode(value, &rating);
    }
    if (status != YZ_OK) {
        return status;
    }
    yz_out_init(&out, room, cap);
    status = render_place(desk, at.place, &out);
    yz_rating_render(&at, &rating, &out);
    yz_out_char(&out, ',');
    if (status == YZ_OK) {
        status = yz_rating_text_render(desk, x, &at, YZ_RATING_COMMENT,
                                       rating.comment, &out);
    }
    yz_out_char(&out, ',');
    if (status == YZ_OK) {
        status = yz_rating_text_render(desk, x, &at, YZ_RATING_REASON,
                                       rating.reason, &out);
    }
    yz_out_char(&out, '}');
    *json = yz_out_written(&out);
    return status;
}
