/*
 * Renders posts for moderators and writers.  Runs in the writer; called by
 * the rules of posts and by /v1/me.
 */
#include "admin/rules/post_text.h"

#include "admin/rules/post_report.h"
#include "core/civil_time.h"

static void
put_text(yz_out *out, const char *name, yz_span text)
{
    YZ_OUT_LIT(out, ",\"");
    yz_out_text(out, name);
    YZ_OUT_LIT(out, "\":");
    if (text.n == 0) {
        YZ_OUT_LIT(out, "null");
    } else {
        yz_out_json(out, text);
    }
}

static void
put_time(yz_out *out, const char *name, int64_t at_s)
{
    char text[YZ_RFC3339_SIZE];

    (void)yz_rfc3339_write(at_s, text);
    put_text(out, name, at_s == 0 ? YZ_SPAN("") : yz_span_of(text));
}

/* What was sealed; empty when its key is gone. */
static yz_status
open_field(yz_desk *desk, yz_exchange *x, const yz_post *post,
           yz_post_field field, yz_span *plain)
{
    yz_status status = yz_post_unseal(desk, x, post, field, plain);

    if (status == YZ_NOT_FOUND || status == YZ_CORRUPT) {
        *plain = YZ_SPAN("");
        return YZ_OK;
    }
    return status;
}

static yz_status
put_for_staff(yz_desk *desk, const yz_post *post, yz_out *out)
{
    uint32_t counts[YZ_REASONS];
    yz_status status = yz_post_reports_count(desk, post->number, counts);

    if (status != YZ_OK) {
        return status;
    }
    yz_out_text(out, post->contact.n > 0 ? ",\"contact\":true"
                                         : ",\"contact\":false");
    YZ_OUT_LIT(out, ",\"writer\":\"");
    yz_out_hex(out, post->writer.id, sizeof(post->writer.id));
    YZ_OUT_LIT(out, "\",\"reports\":{");
    for (int i = 0; i < YZ_REASONS; i++) {
        yz_out_text(out, i > 0 ? ",\"" : "\"");
        yz_out_text(out, yz_report_reasons[i]);
        YZ_OUT_LIT(out, "\":");
        yz_out_u64(out, counts[i]);
    }
    yz_out_char(out, '}');
    return YZ_OK;
}

static yz_status
put_for_writer(yz_desk *desk, yz_exchange *x, const yz_post *post, yz_out *out)
{
    yz_span contact;
    yz_status status = open_field(desk, x, post, YZ_POST_CONTACT, &contact);

    put_text(out, "contact", contact);
    return status;
}

yz_status
yz_post_write(yz_desk *desk, yz_exchange *x, const yz_post *post,
              yz_post_reader reader, yz_out *out)
{
    yz_span text;
    yz_status status = open_field(desk, x, post, YZ_POST_TEXT, &text);

    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"id\":\"");
    yz_out_u64(out, post->number);
    yz_out_char(out, '"');
    put_text(out, "state", yz_span_of(yz_post_state_word(post->state)));
    put_text(out, "topic", yz_span_of(yz_post_topic_word(post->topic)));
    put_text(out, "item", post->item);
    put_text(out, "item_name", post->item_name);
    put_text(out, "text", text);
    if (post->region == 0) {
        YZ_OUT_LIT(out, ",\"region\":null");
    } else {
        YZ_OUT_LIT(out, ",\"region\":\"");
        yz_out_u64(out, post->region);
        yz_out_char(out, '"');
    }
    put_text(out, "place", post->place);
    YZ_OUT_LIT(out, ",\"coordinates\":[");
    yz_out_e7(out, post->lng_e7);
    yz_out_char(out, ',');
    yz_out_e7(out, post->lat_e7);
    yz_out_char(out, ']');
    put_time(out, "created_at", post->created_s);
    put_time(out, "expires_at", post->expires_s);
    put_time(out, "ended_at", post->ended_s);
    status = reader == YZ_POST_FOR_STAFF ? put_for_staff(desk, post, out)
                                         : put_for_writer(desk, x, post, out);
    yz_out_char(out, '}');
    return status;
}

yz_status
yz_post_answer(yz_desk *desk, yz_exchange *x, unsigned code,
               const yz_post *post, yz_post_reader reader)
{
    yz_status status = yz_exchange_answer(x, code, YZ_POST_ROW_ROOM);

    return status == YZ_OK ? yz_post_write(desk, x, post, reader, &x->out)
                           : status;
}

yz_status
yz_post_show(yz_desk *desk, yz_exchange *x, yz_span key, yz_span value,
             yz_span *json)
{
    yz_post post;
    yz_out out;
    yz_status status = yz_post_decode(value.p, value.n, &post);
    char *room = yz_arena_alloc(&x->arena, YZ_POST_ROW_ROOM);

    (void)key;
    if (status != YZ_OK) {
        return status;
    }
    if (room == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, room, YZ_POST_ROW_ROOM);
    status = yz_post_write(desk, x, &post, YZ_POST_FOR_WRITER, &out);
    *json = yz_out_written(&out);
    return status;
}

yz_status
yz_post_forget(yz_desk *desk, yz_exchange *x, yz_span key, yz_span value)
{
    yz_post post;
    yz_status status = yz_post_decode(value.p, value.n, &post);

    (void)x;
    (void)key;
    return status == YZ_OK ? yz_post_empty(desk, &post) : status;
}
