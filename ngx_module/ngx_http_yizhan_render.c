
/*
 * Renders places: what the writer has rendered is copied, what changes by the
 * clock or by who asks is written behind it.
 */


#include "ngx_module/ngx_http_yizhan_render.h"
#include "ngx_module/ngx_http_yizhan_module.h"

#include <math.h>

#include "core/civil_time.h"
#include "core/url.h"


/* most bytes of the changing members, and of a point in another system */
#define NGX_HTTP_YIZHAN_CHANGING_SIZE    192
#define NGX_HTTP_YIZHAN_POINT_SIZE       32
#define NGX_HTTP_YIZHAN_COLLECTION_SIZE  256

/* moments whose text is kept: two to the power of the bits */
#define NGX_HTTP_YIZHAN_TIMES_BITS       5
#define NGX_HTTP_YIZHAN_TIMES            (1 << NGX_HTTP_YIZHAN_TIMES_BITS)

/* of the estimate: streets are longer than the line, and walkers do 80 m */
#define NGX_HTTP_YIZHAN_WALK_DETOUR      1.3
#define NGX_HTTP_YIZHAN_WALK_M_PER_MIN   80.0


typedef struct {
    int64_t  time_s;
    size_t   n;      /* 0: none is kept, or none exists */
    char     text[YZ_RFC3339_SIZE];
} ngx_http_yizhan_time_t;


static void ngx_http_yizhan_point_render(yz_out *out,
    const yz_place_view *view, yz_crs crs);
static void ngx_http_yizhan_changing_render(yz_out *out,
    const ngx_http_yizhan_feature_t *feature);
static void ngx_http_yizhan_link_render(yz_out *out, yz_span path,
    yz_span args, yz_span cursor);
static void ngx_http_yizhan_uri_render(yz_out *out, yz_span text);
static ngx_uint_t ngx_http_yizhan_is_cursor(yz_span pair);


size_t
ngx_http_yizhan_feature_size(const ngx_http_yizhan_feature_t *feature)
{
    const yz_place_view  *view;

    view = &feature->view;

    return view->json_head.n + view->json_point.n + view->json_tail.n
           + NGX_HTTP_YIZHAN_POINT_SIZE + NGX_HTTP_YIZHAN_CHANGING_SIZE;
}


size_t
ngx_http_yizhan_features_size(const ngx_http_yizhan_feature_t *features,
    ngx_uint_t count)
{
    size_t      size;
    ngx_uint_t  i;

    size = 0;

    for (i = 0; i < count; i++) {
        size += ngx_http_yizhan_feature_size(&features[i]);
    }

    return size;
}


size_t
ngx_http_yizhan_collection_size(const ngx_http_yizhan_collection_t *collection)
{
    return ngx_http_yizhan_features_size(collection->features,
                                         collection->count)
           + NGX_HTTP_YIZHAN_FRAME_SIZE
           + ngx_http_yizhan_links_size(collection->path, collection->args,
                                        collection->next);
}


void
ngx_http_yizhan_feature_render(yz_out *out,
    const ngx_http_yizhan_feature_t *feature, yz_crs crs)
{
    yz_out_span(out, feature->view.json_head);
    ngx_http_yizhan_point_render(out, &feature->view, crs);
    yz_out_span(out, feature->view.json_tail);
    ngx_http_yizhan_changing_render(out, feature);
}


void
ngx_http_yizhan_features_render(yz_out *out,
    const ngx_http_yizhan_feature_t *features, ngx_uint_t count, yz_crs crs)
{
    ngx_uint_t  i;

    for (i = 0; i < count; i++) {
        if (i > 0) {
            yz_out_char(out, ',');
        }

        ngx_http_yizhan_feature_render(out, &features[i], crs);
        yz_out_char(out, '}');
    }
}


void
ngx_http_yizhan_collection_render(yz_out *out,
    const ngx_http_yizhan_collection_t *collection)
{
    YZ_OUT_LIT(out, "{\"type\":\"FeatureCollection\",\"features\":[");
    ngx_http_yizhan_features_render(out, collection->features,
                                    collection->count, collection->crs);
    YZ_OUT_LIT(out, "]");
    ngx_http_yizhan_frame_render(out, collection->crs,
                                 collection->valid_until_s);
    ngx_http_yizhan_links_render(out, collection->path, collection->args,
                                 collection->next);
    yz_out_char(out, '}');
}


size_t
ngx_http_yizhan_links_size(yz_span path, yz_span args, yz_span next)
{
    return NGX_HTTP_YIZHAN_COLLECTION_SIZE + 3 * (path.n + args.n) + next.n;
}


void
ngx_http_yizhan_links_render(yz_out *out, yz_span path, yz_span args,
    yz_span next)
{
    YZ_OUT_LIT(out, ",\"links\":[");

    if (next.n > 0) {
        ngx_http_yizhan_link_render(out, path, args, next);
    }

    yz_out_char(out, ']');
}


static void
ngx_http_yizhan_point_render(yz_out *out, const yz_place_view *view,
    yz_crs crs)
{
    double  lng, lat;

    if (crs == YZ_CRS_WGS84 || !(view->head.flags & YZ_PLACE_HAS_POSITION)) {
        yz_out_span(out, view->json_point);
        return;
    }

    lng = view->head.lng_e7 / 1e7;
    lat = view->head.lat_e7 / 1e7;

    yz_crs_from_wgs84(crs, &lng, &lat);

    yz_out_e7(out, (int32_t) lround(lng * 1e7));
    yz_out_char(out, ',');
    yz_out_e7(out, (int32_t) lround(lat * 1e7));
}


static void
ngx_http_yizhan_changing_render(yz_out *out,
    const ngx_http_yizhan_feature_t *feature)
{
    const yz_place_head  *head;

    head = &feature->view.head;

    switch (feature->hours.open) {

    case 1:
        YZ_OUT_LIT(out, ",\"open_now\":true,\"closes_at\":");
        ngx_http_yizhan_time_render(out, feature->hours.until_s);
        break;

    case 0:
        YZ_OUT_LIT(out, ",\"open_now\":false,\"closes_at\":null");
        break;

    default:
        YZ_OUT_LIT(out, ",\"open_now\":null,\"closes_at\":null");
        break;
    }

    YZ_OUT_LIT(out, ",\"rating\":");
    ngx_http_yizhan_rating_render(out, head->rating_count, head->rating_sum);

    if (feature->distance_m >= 0) {
        YZ_OUT_LIT(out, ",\"distance_m\":");
        yz_out_fixed1(out, feature->distance_m);
        YZ_OUT_LIT(out, ",\"walk_min\":");
        yz_out_u64(out, ngx_http_yizhan_walk_min(feature->distance_m));
        YZ_OUT_LIT(out, ",\"bearing_deg\":");
        yz_out_u64(out, (uint64_t) (feature->bearing_deg + 0.5) % 360);
    }

    yz_out_char(out, '}');
}


uint64_t
ngx_http_yizhan_walk_min(double distance_m)
{
    return (uint64_t) ceil(distance_m * NGX_HTTP_YIZHAN_WALK_DETOUR
                           / NGX_HTTP_YIZHAN_WALK_M_PER_MIN);
}


void
ngx_http_yizhan_rating_render(yz_out *out, uint64_t count, uint64_t sum)
{
    if (count == 0) {
        YZ_OUT_LIT(out, "{\"count\":0,\"average\":null}");
        return;
    }

    YZ_OUT_LIT(out, "{\"count\":");
    yz_out_u64(out, count);
    YZ_OUT_LIT(out, ",\"average\":");
    yz_out_fixed1(out, (double) sum / (double) count);
    yz_out_char(out, '}');
}


void
ngx_http_yizhan_frame_render(yz_out *out, yz_crs crs, int64_t valid_until_s)
{
    YZ_OUT_LIT(out, ",\"coordinate_system\":\"");
    yz_out_text(out, yz_crs_name(crs));
    YZ_OUT_LIT(out, "\",\"valid_until\":");
    ngx_http_yizhan_time_render(out, valid_until_s);
}


/*
 * Most places close at one of a few moments, so the texts of some are kept by
 * the worker: making one takes as long as copying half of a Feature.
 */

void
ngx_http_yizhan_time_render(yz_out *out, int64_t time_s)
{
    uint32_t                 hash;
    ngx_http_yizhan_time_t  *kept;

    static ngx_http_yizhan_time_t  times[NGX_HTTP_YIZHAN_TIMES];

    if (time_s == INT64_MAX) {
        YZ_OUT_LIT(out, "null");
        return;
    }

    /* full and half hours must not fall together (Knuth, 6.4) */

    hash = (uint32_t) time_s * 2654435769u;
    kept = &times[hash >> (32 - NGX_HTTP_YIZHAN_TIMES_BITS)];

    if (kept->n == 0 || kept->time_s != time_s) {
        kept->n = yz_rfc3339_write(time_s, kept->text);
        kept->time_s = time_s;
    }

    if (kept->n == 0) {
        YZ_OUT_LIT(out, "null");
        return;
    }

    yz_out_char(out, '"');
    yz_out_bytes(out, kept->text, kept->n);
    yz_out_char(out, '"');
}


/* The request again, with another cursor. */

static void
ngx_http_yizhan_link_render(yz_out *out, yz_span path, yz_span args,
    yz_span cursor)
{
    char     separator;
    yz_span  pair;

    YZ_OUT_LIT(out, "{\"rel\":\"next\",\"type\":\"application/geo+json\","
                    "\"href\":\"");
    ngx_http_yizhan_uri_render(out, path);

    separator = '?';

    while (args.n > 0) {
        pair.p = args.p;
        pair.n = 0;

        while (pair.n < args.n && pair.p[pair.n] != '&') {
            pair.n++;
        }

        args.p += pair.n;
        args.n -= pair.n;

        if (args.n > 0) {
            args.p++;
            args.n--;
        }

        if (pair.n > 0 && !ngx_http_yizhan_is_cursor(pair)) {
            yz_out_char(out, separator);
            ngx_http_yizhan_uri_render(out, pair);
            separator = '&';
        }
    }

    yz_out_char(out, separator);
    YZ_OUT_LIT(out, "cursor=");
    yz_out_span(out, cursor);
    YZ_OUT_LIT(out, "\"}");
}


/* Whether a raw name=value is the cursor, however its name is encoded. */

static ngx_uint_t
ngx_http_yizhan_is_cursor(yz_span pair)
{
    char     decoded[3 * sizeof("cursor")];
    size_t   n;
    yz_span  name;

    for (n = 0; n < pair.n && pair.p[n] != '='; n++) { /* void */ }

    if (n > sizeof(decoded)) {
        return 0;
    }

    pair.n = n;

    return yz_url_decode(pair, false, decoded, sizeof(decoded), &name) == YZ_OK
           && yz_span_equal(name, YZ_SPAN("cursor"));
}


/*
 * Bytes that a URI can't hold, some of which JSON can't either, are encoded;
 * all others stay, percent signs too: what came in goes out.  A bit of the
 * table says that a byte stays.
 */

static void
ngx_http_yizhan_uri_render(yz_out *out, yz_span text)
{
    char           escaped[3];
    size_t         i, plain;
    unsigned char  c;

    static const char      hex[] = "0123456789ABCDEF";
    static const uint32_t  stays[] = {
        0x00000000,  /* control characters */
        0xaffffffa,  /* not: space " < > */
        0xafffffff,  /* not: backslash ^ */
        0x47fffffe,  /* not: ` { | } DEL */
        0, 0, 0, 0   /* what is not ASCII */
    };

    plain = 0;

    for (i = 0; i < text.n; i++) {
        c = (unsigned char) text.p[i];

        if (stays[c >> 5] >> (c & 0x1f) & 1) {
            continue;
        }

        yz_out_bytes(out, text.p + plain, i - plain);
        plain = i + 1;

        escaped[0] = '%';
        escaped[1] = hex[c >> 4];
        escaped[2] = hex[c & 0xf];
        yz_out_bytes(out, escaped, sizeof(escaped));
    }

    yz_out_bytes(out, text.p + plain, text.n - plain);
}
