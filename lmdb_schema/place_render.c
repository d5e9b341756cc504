/*
 * Renders the public record of a place.  Pure; runs in the writer only;
 * called by the projection and by verify, which renders again and compares.
 */
#include "lmdb_schema/place_render.h"
#include "core/civil_time.h"
#include "core/limits.h"
#include "core/out.h"
#include "core/vocabulary.h"

/* Appends a JSON string, or null for an empty text. */
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
put_head(yz_out *out, const yz_place *place)
{
    YZ_OUT_LIT(out, "{\"type\":\"Feature\",\"id\":");
    yz_out_json(out, place->id);
    YZ_OUT_LIT(out, ",\"geometry\":");
    if (place->has_position) {
        YZ_OUT_LIT(out, "{\"type\":\"Point\",\"coordinates\":[");
    }
}

static void
put_point(yz_out *out, const yz_place *place)
{
    if (!place->has_position) {
        YZ_OUT_LIT(out, "null");
        return;
    }
    yz_out_e7(out, place->lng_e7);
    yz_out_char(out, ',');
    yz_out_e7(out, place->lat_e7);
}

static void
put_region(yz_out *out, const yz_place *place, const yz_region_names *names)
{
    char full[3 * YZ_NAME_MAX];
    yz_out name;

    YZ_OUT_LIT(out, ",\"region\":");
    if (place->region == 0) {
        YZ_OUT_LIT(out, "null,\"region_name\":null");
        return;
    }
    yz_out_char(out, '"');
    yz_out_u64(out, place->region);
    YZ_OUT_LIT(out, "\",\"region_name\":");
    yz_out_init(&name, full, sizeof(full));
    yz_region_name_full(names, place->region, &name);
    put_text_or_null(out, yz_out_written(&name));
}

/* Appends the array of the words that are joined by commas. */
static void
put_services(yz_out *out, yz_span services)
{
    YZ_OUT_LIT(out, ",\"services\":[");
    while (services.n > 0) {
        const char *comma = memchr(services.p, ',', services.n);
        size_t n = comma != NULL ? (size_t)(comma - services.p) : services.n;

        yz_out_json(out, (yz_span){services.p, n});
        n += comma != NULL;
        services.p += n;
        services.n -= n;
        if (services.n > 0) {
            yz_out_char(out, ',');
        }
    }
    yz_out_char(out, ']');
}

static void
put_status(yz_out *out, const yz_place *place)
{
    char until[YZ_RFC3339_SIZE];

    YZ_OUT_LIT(out, ",\"status\":");
    yz_out_json(out, yz_span_of(yz_place_status_word(place->status)));
    if (place->status == YZ_PLACE_SUSPENDED && place->until_s != 0 &&
        yz_rfc3339_write(place->until_s, until) > 0) {
        YZ_OUT_LIT(out, ",\"until\":");
        yz_out_json(out, yz_span_of(until));
    }
}

static void
put_tail(yz_out *out, const yz_place *place, const yz_region_names *names)
{
    yz_span label = yz_vocabulary_kind_label(place->kind);

    if (place->has_position) {
        YZ_OUT_LIT(out, "]}");
    }
    YZ_OUT_LIT(out, ",\"properties\":{\"name\":");
    yz_out_json(out, place->name.n > 0 ? place->name : label);
    YZ_OUT_LIT(out, ",\"kind\":");
    yz_out_json(out, place->kind);
    YZ_OUT_LIT(out, ",\"kind_label\":");
    yz_out_json(out, label);
    YZ_OUT_LIT(out, ",\"level\":");
    yz_out_json(out, yz_span_of(yz_level_word(place->level)));
    put_region(out, place, names);
    YZ_OUT_LIT(out, ",\"address\":");
    put_text_or_null(out, place->address);
    YZ_OUT_LIT(out, ",\"hours\":");
    put_text_or_null(out, place->hours);
    put_services(out, place->services);
    YZ_OUT_LIT(out, ",\"phone\":");
    put_text_or_null(out, place->phone);
    put_status(out, place);
}

static void
fill_head(const yz_place *place, const yz_place_words *words,
          yz_place_head *head)
{
    memset(head, 0, sizeof(*head));
    head->number = place->number;
    if (place->has_position) {
        head->flags = YZ_PLACE_HAS_POSITION;
        head->lat_e7 = place->lat_e7;
        head->lng_e7 = place->lng_e7;
    }
    head->region = place->region;
    head->services = words->services;
    head->kind = words->kind;
    head->hours = words->hours;
    head->level = place->level;
    head->status = place->status;
    head->rating_count = place->rating_count;
    head->rating_sum = place->rating_sum;
    head->until_s = place->until_s;
    head->id_size = (uint16_t)place->id.n;
    head->name_size = (uint16_t)place->name.n;
    head->address_size = (uint16_t)place->address.n;
    head->phone_size = (uint16_t)place->phone.n;
    head->hours_text_size = (uint16_t)place->hours.n;
}

yz_status
yz_place_render(const yz_place *place, const yz_place_words *words,
                const yz_region_names *names, uint8_t *record, size_t *size)
{
    yz_place_head head;
    yz_out out;
    size_t begin = sizeof(head), end;

    fill_head(place, words, &head);
    yz_out_init(&out, record, YZ_PLACE_RECORD_MAX);
    yz_out_bytes(&out, &head, sizeof(head));
    put_head(&out, place);
    end = out.n;
    head.json_head_size = (uint16_t)(end - begin);
    put_point(&out, place);
    begin = end;
    end = out.n;
    head.json_point_size = (uint16_t)(end - begin);
    put_tail(&out, place, names);
    begin = end;
    end = out.n;
    head.json_tail_size = (uint16_t)(end - begin);
    yz_out_span(&out, place->id);
    yz_out_span(&out, place->name);
    yz_out_span(&out, place->address);
    yz_out_span(&out, place->phone);
    yz_out_span(&out, place->hours);
    if (out.full) {
        return YZ_FULL;
    }
    memcpy(record, &head, sizeof(head));
    *size = out.n;
    return YZ_OK;
}
