/*
 * The canonical text of a parsed query, which binds cursors and keys caches.
 * Words carry their length before them, so no word can pose as two.
 */
#include "core/out.h"
#include "core/query.h"

static void
write_words(yz_out *out, const char *name, const yz_words *words)
{
    if (words->count == 0) {
        return;
    }
    yz_out_text(out, name);
    for (uint32_t i = 0; i < words->count; i++) {
        yz_out_u64(out, words->word[i].n);
        yz_out_char(out, ':');
        yz_out_span(out, words->word[i]);
    }
    yz_out_char(out, ';');
}

static void
write_number(yz_out *out, const char *name, int64_t value)
{
    yz_out_text(out, name);
    yz_out_i64(out, value);
    yz_out_char(out, ';');
}

/* The bits of a double: no rounding makes two positions one. */
static void
write_double(yz_out *out, const char *name, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    yz_out_text(out, name);
    yz_out_u64(out, bits);
    yz_out_char(out, ';');
}

static void
write_position(yz_out *out, const yz_query *q)
{
    if (q->has_position) {
        write_double(out, "lng=", q->lng);
        write_double(out, "lat=", q->lat);
        write_number(out, "crs=", q->crs);
    }
    if (q->place.n > 0) {
        YZ_OUT_LIT(out, "place=");
        yz_out_u64(out, q->place.n);
        yz_out_char(out, ':');
        yz_out_span(out, q->place);
        yz_out_char(out, ';');
    }
    write_number(out, "out_crs=", q->out_crs);
    if (q->has_radius) {
        write_number(out, "radius=", q->radius_m);
    }
    if (q->has_bbox) {
        for (int i = 0; i < 4; i++) {
            write_number(out, "bbox=", q->bbox_e7[i]);
        }
    }
}

static void
write_filter(yz_out *out, const yz_query *q)
{
    write_words(out, "kind=", &q->kinds);
    write_words(out, "services=", &q->services);
    if (q->level >= 0) {
        write_number(out, "level=", q->level);
    }
    if (q->region_digits > 0) {
        write_number(out, "region=", q->region);
    }
    if (q->open == YZ_OPEN_NOW) {
        YZ_OUT_LIT(out, "open=now;");
    } else if (q->open == YZ_OPEN_AT) {
        write_number(out, "open=", q->open_at_s);
    }
}

/* Only a query of posts has topics. */
static void
write_posts(yz_out *out, const yz_query *q)
{
    if (q->topics != 0) {
        write_number(out, "topics=", q->topics);
        write_words(out, "item=", &q->items);
        write_number(out, "distance=", q->by_distance);
    }
}

size_t
yz_query_canonical(const yz_query *q, char *buf, size_t cap)
{
    yz_out out;

    yz_out_init(&out, buf, cap);
    write_position(&out, q);
    write_filter(&out, q);
    write_posts(&out, q);
    return out.full ? 0 : out.n;
}
