/*
 * Renders the public record of a post.  Neither writer nor contact nor the
 * count of reports is in it.  Pure; runs in the writer only; called by the
 * projection and by verify, which renders again and compares.
 */
#include "lmdb_schema/post_render.h"
#include "core/civil_time.h"
#include "core/out.h"

static void
put_text_or_null(yz_out *out, yz_span text)
{
    if (text.n == 0) {
        YZ_OUT_LIT(out, "null");
    } else {
        yz_out_json(out, text);
    }
}

static void
put_time(yz_out *out, int64_t time_s)
{
    char text[YZ_RFC3339_SIZE];

    yz_out_char(out, '"');
    yz_out_bytes(out, text, yz_rfc3339_write(time_s, text));
    yz_out_char(out, '"');
}

static void
put_head(yz_out *out, const yz_post *post)
{
    YZ_OUT_LIT(out, "{\"type\":\"Feature\",\"id\":\"");
    yz_out_u64(out, post->number);
    YZ_OUT_LIT(out, "\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[");
}

static void
put_point(yz_out *out, const yz_post *post)
{
    yz_out_e7(out, post->lng_e7);
    yz_out_char(out, ',');
    yz_out_e7(out, post->lat_e7);
}

static void
put_region(yz_out *out, const yz_post *post, const yz_region_names *names)
{
    char full[3 * YZ_NAME_MAX];
    yz_out name;

    YZ_OUT_LIT(out, ",\"region\":");
    if (post->region == 0) {
        YZ_OUT_LIT(out, "null,\"region_name\":null");
        return;
    }
    yz_out_char(out, '"');
    yz_out_u64(out, post->region);
    YZ_OUT_LIT(out, "\",\"region_name\":");
    yz_out_init(&name, full, sizeof(full));
    yz_region_name_full(names, post->region, &name);
    put_text_or_null(out, yz_out_written(&name));
}

static void
put_tail(yz_out *out, const yz_post *post, const yz_region_names *names)
{
    YZ_OUT_LIT(out, "]},\"properties\":{\"topic\":");
    yz_out_json(out, yz_span_of(yz_post_topic_word(post->topic)));
    YZ_OUT_LIT(out, ",\"topic_label\":");
    yz_out_json(out, yz_span_of(yz_post_topic_label(post->topic)));
    YZ_OUT_LIT(out, ",\"item\":");
    put_text_or_null(out, post->item);
    YZ_OUT_LIT(out, ",\"item_name\":");
    put_text_or_null(out, post->item_name);
    YZ_OUT_LIT(out, ",\"text\":");
    put_text_or_null(out, post->text);
    put_region(out, post, names);
    YZ_OUT_LIT(out, ",\"place\":");
    put_text_or_null(out, post->place);
    YZ_OUT_LIT(out, ",\"contact\":");
    yz_out_text(out, post->contact.n > 0 ? "true" : "false");
    YZ_OUT_LIT(out, ",\"created_at\":");
    put_time(out, post->created_s);
    YZ_OUT_LIT(out, ",\"expires_at\":");
    put_time(out, post->expires_s);
}

static void
fill_head(const yz_post *post, uint16_t item, yz_post_head *head)
{
    *head = (yz_post_head){
        .number = post->number,
        .lat_e7 = post->lat_e7,
        .lng_e7 = post->lng_e7,
        .region = post->region,
        .created_s = post->created_s,
        .expires_s = post->expires_s,
        .item = item,
        .topic = post->topic,
        .open = 1,
    };
}

yz_status
yz_post_render(const yz_post *post, uint16_t item, const yz_region_names *names,
               uint8_t *record, size_t *size)
{
    yz_post_head head = {.number = post->number};
    yz_out out;

    yz_out_init(&out, record, YZ_POST_RECORD_MAX);
    yz_out_bytes(&out, &head, sizeof(head));
    if (yz_post_on_board(post)) {
        fill_head(post, item, &head);
        put_head(&out, post);
        head.json_head_size = (uint16_t)(out.n - sizeof(head));
        size_t begin = out.n;
        put_point(&out, post);
        head.json_point_size = (uint16_t)(out.n - begin);
        begin = out.n;
        put_tail(&out, post, names);
        head.json_tail_size = (uint16_t)(out.n - begin);
    }
    if (out.full) {
        return YZ_FULL;
    }
    memcpy(record, &head, sizeof(head));
    *size = out.n;
    return YZ_OK;
}

yz_geo_point
yz_post_point(const yz_post_head *head)
{
    return (yz_geo_point){
        .lat_e7 = head->lat_e7,
        .lng_e7 = head->lng_e7,
        .number = head->number,
        .region = head->region,
        .services = yz_post_days(head->expires_s),
        .kind = head->item,
        .hours = head->topic,
        .level = head->topic,
    };
}
