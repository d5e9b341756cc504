
/*
 * One region with its parents and counts.  The handler calls the parse step
 * before the lookup and the find step inside it.
 */


#include "ngx_module/ngx_http_yizhan_region.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_query.h"
#include "ngx_module/ngx_http_yizhan_render.h"


#define NGX_HTTP_YIZHAN_ADCODE       "adcode 是行政区划代码的前 2、4 或 6 "   \
                                     "位数字，第一位不是 0"

#define NGX_HTTP_YIZHAN_PROVINCE     10000  /* codes of one */
#define NGX_HTTP_YIZHAN_CITY         100

#define NGX_HTTP_YIZHAN_PARENTS_MAX  2

/* most bytes that JSON makes of one byte of text */
#define NGX_HTTP_YIZHAN_JSON_GROWTH  6


typedef struct {
    uint32_t        adcode;
    yz_region_view  view;
} ngx_http_yizhan_region_t;


static ngx_uint_t ngx_http_yizhan_region_parents(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_region_t *parents);
static size_t ngx_http_yizhan_region_size(
    const ngx_http_yizhan_region_t *region,
    const ngx_http_yizhan_region_t *parents, ngx_uint_t count);
static void ngx_http_yizhan_region_render(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_region_t *region,
    const ngx_http_yizhan_region_t *parents, ngx_uint_t count);
static void ngx_http_yizhan_region_render_name(yz_out *out,
    const ngx_http_yizhan_region_t *region);
static void ngx_http_yizhan_region_render_kinds(ngx_http_yizhan_ctx_t *ctx,
    const yz_region_view *view);


/* Two or four digits name a province or a city as "region" parameters do. */

ngx_int_t
ngx_http_yizhan_region_parse(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_int_t  code;
    u_char    *digits;

    digits = (u_char *) ctx->segment.p;

    code = ngx_atoi(digits, ctx->segment.n);

    if (code == NGX_ERROR || ctx->segment.n > 6 || ctx->segment.n % 2 != 0) {
        return ngx_http_yizhan_query_refuse_path(ctx, "adcode",
                                                 YZ_PARAM_MALFORMED,
                                                 NGX_HTTP_YIZHAN_ADCODE);
    }

    if (digits[0] == '0') {
        return ngx_http_yizhan_query_refuse_path(ctx, "adcode",
                                                 YZ_PARAM_RANGE,
                                                 NGX_HTTP_YIZHAN_ADCODE);
    }

    if (ctx->segment.n == 2) {
        code *= NGX_HTTP_YIZHAN_PROVINCE;

    } else if (ctx->segment.n == 4) {
        code *= NGX_HTTP_YIZHAN_CITY;
    }

    ctx->region = (uint32_t) code;

    if (ctx->request->args.len == 0) {
        return NGX_OK;
    }

    return ngx_http_yizhan_query_parse(ctx, yz_query_region);
}


ngx_int_t
ngx_http_yizhan_region_find(ngx_http_yizhan_ctx_t *ctx)
{
    yz_status                 status;
    ngx_uint_t                count;
    ngx_http_yizhan_region_t  region;
    ngx_http_yizhan_region_t  parents[NGX_HTTP_YIZHAN_PARENTS_MAX];

    region.adcode = ctx->region;

    status = yz_reader_region(ctx->reader, region.adcode, &region.view);

    if (status == YZ_NOT_FOUND) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_REGION_UNKNOWN);
    }

    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "region");
    }

    count = ngx_http_yizhan_region_parents(ctx, parents);

    if (ngx_http_yizhan_out_create(ctx, ngx_http_yizhan_region_size(&region,
                                                            parents, count))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_region_render(ctx, &region, parents, count);

    return NGX_OK;
}


/* From the province down; a parent whose record is missing is left out. */

static ngx_uint_t
ngx_http_yizhan_region_parents(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_region_t *parents)
{
    uint32_t    adcode;
    ngx_uint_t  i, n;

    static const uint32_t  units[NGX_HTTP_YIZHAN_PARENTS_MAX] = {
        NGX_HTTP_YIZHAN_PROVINCE, NGX_HTTP_YIZHAN_CITY
    };

    n = 0;

    for (i = 0; i < NGX_HTTP_YIZHAN_PARENTS_MAX; i++) {
        adcode = ctx->region / units[i] * units[i];

        if (adcode == ctx->region
            || (n > 0 && adcode == parents[n - 1].adcode))
        {
            continue;
        }

        if (yz_reader_region(ctx->reader, adcode, &parents[n].view) == YZ_OK) {
            parents[n++].adcode = adcode;
        }
    }

    return n;
}


static size_t
ngx_http_yizhan_region_size(const ngx_http_yizhan_region_t *region,
    const ngx_http_yizhan_region_t *parents, ngx_uint_t count)
{
    size_t      size;
    ngx_uint_t  i;

    size = 512 + NGX_HTTP_YIZHAN_JSON_GROWTH * region->view.name.n;

    for (i = 0; i < count; i++) {
        size += 64 + NGX_HTTP_YIZHAN_JSON_GROWTH * parents[i].view.name.n;
    }

    return size + (size_t) region->view.head.kind_count
                  * (NGX_HTTP_YIZHAN_JSON_GROWTH * YZ_WORD_MAX + 32);
}


static void
ngx_http_yizhan_region_render(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_region_t *region,
    const ngx_http_yizhan_region_t *parents, ngx_uint_t count)
{
    yz_out                *out;
    ngx_uint_t             i;
    const yz_region_head  *head;

    out = &ctx->out;
    head = &region->view.head;

    yz_out_char(out, '{');
    ngx_http_yizhan_region_render_name(out, region);
    YZ_OUT_LIT(out, ",\"parents\":[");

    for (i = 0; i < count; i++) {
        yz_out_text(out, i > 0 ? ",{" : "{");
        ngx_http_yizhan_region_render_name(out, &parents[i]);
        yz_out_char(out, '}');
    }

    YZ_OUT_LIT(out, "],\"places\":");
    yz_out_u64(out, head->places);
    ngx_http_yizhan_region_render_kinds(ctx, &region->view);
    YZ_OUT_LIT(out, ",\"rating\":");
    ngx_http_yizhan_rating_render(out, head->rating_count, head->rating_sum);
    YZ_OUT_LIT(out, ",\"valid_until\":null}");
}


static void
ngx_http_yizhan_region_render_name(yz_out *out,
    const ngx_http_yizhan_region_t *region)
{
    YZ_OUT_LIT(out, "\"adcode\":\"");
    yz_out_u64(out, region->adcode);
    YZ_OUT_LIT(out, "\",\"name\":");

    if (region->view.name.n == 0) {
        YZ_OUT_LIT(out, "null");
        return;
    }

    yz_out_json(out, region->view.name);
}


/* A kind whose word is missing shows under its number. */

static void
ngx_http_yizhan_region_render_kinds(ngx_http_yizhan_ctx_t *ctx,
    const yz_region_view *view)
{
    yz_out          *out;
    yz_span          word;
    uint32_t         i;
    yz_region_kind   kind;

    out = &ctx->out;

    YZ_OUT_LIT(out, ",\"kinds\":{");

    for (i = 0; i < view->head.kind_count; i++) {
        kind = yz_region_view_kind(view, i);

        if (i > 0) {
            yz_out_char(out, ',');
        }

        if (yz_reader_kind(ctx->reader, (uint16_t) kind.kind, &word) == YZ_OK)
        {
            yz_out_json(out, word);

        } else {
            yz_out_char(out, '"');
            yz_out_u64(out, kind.kind);
            yz_out_char(out, '"');
        }

        yz_out_char(out, ':');
        yz_out_u64(out, kind.count);
    }

    yz_out_char(out, '}');
}
