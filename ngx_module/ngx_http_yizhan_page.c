
/*
 * Renders pages for phones out of the parts of ngx_http_yizhan_page_place.c.
 * Scans call it inside their lookup, problems without one.
 *
 * No page names a code or loads anything from elsewhere, and links pass no
 * referrer on: the address of a page holds the code.
 */


#include "ngx_module/ngx_http_yizhan_page.h"
#include "ngx_module/ngx_http_yizhan_page_place.h"


/* most bytes of a page around its texts, and of what stands around one place */
#define NGX_HTTP_YIZHAN_PAGE_SIZE        8192
#define NGX_HTTP_YIZHAN_PAGE_PLACE_SIZE  1024
#define NGX_HTTP_YIZHAN_PAGE_WORD_SIZE   64

/* most bytes that escaping makes of one byte, in HTML or in a URL */
#define NGX_HTTP_YIZHAN_PAGE_GROWTH      6


static ngx_int_t ngx_http_yizhan_page_begin(ngx_http_yizhan_ctx_t *ctx,
    size_t size, yz_span title);
static void ngx_http_yizhan_page_end(ngx_http_yizhan_ctx_t *ctx);
static size_t ngx_http_yizhan_page_size(
    const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count);
static size_t ngx_http_yizhan_page_place_size(
    const ngx_http_yizhan_feature_t *feature);
static void ngx_http_yizhan_page_nearest(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count);
static void ngx_http_yizhan_page_notice(yz_out *out, const char *title,
    const char *detail);


/*
 * The colours keep a contrast of at least 7:1 in both schemes.
 */
static const char  ngx_http_yizhan_page_style[] =
    "body{margin:0 auto;max-width:36em;padding:0 1em 2em;"
    "font:1.15em/1.6 sans-serif;color:#111;background:#fff;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.6em;line-height:1.3;margin:.8em 0 .2em}"
    "h2{font-size:1.2em;margin:1.6em 0 .4em}"
    "p{margin:.4em 0}a{color:#00439c}"
    ".s{font-size:1.3em;font-weight:bold}"
    ".o{color:#005c2e}.c{color:#8f0e0e}"
    ".n{border:2px solid #8f0e0e;border-radius:.5em;padding:.4em .8em}"
    "dl{margin:1em 0}dt{font-size:.85em;color:#444;margin-top:.7em}"
    "dd{margin:0}"
    "ul{list-style:none;margin:.4em 0;padding:0}"
    ".w li{display:inline-block;border:1px solid #767676;"
    "border-radius:.5em;padding:.15em .6em;margin:.2em .3em .2em 0}"
    ".l li{border-top:1px solid #767676;padding:.6em 0}"
    ".b{display:inline-block;border:2px solid;border-radius:.5em;"
    "padding:.5em 1em;margin:.3em .5em .3em 0;text-decoration:none}"
    ".d{color:#444}"
    "@media(prefers-color-scheme:dark){"
    "body{color:#f2f2f2;background:#121212}a{color:#9cc7ff}"
    ".o{color:#7fe0a3}.c{color:#ffb0a8}.n{border-color:#ffb0a8}"
    "dt,.d{color:#c4c4c4}}";


ngx_int_t
ngx_http_yizhan_page_place(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count)
{
    size_t                size;
    const yz_place_view  *view;

    view = &feature->view;
    size = ngx_http_yizhan_page_size(feature, nearest, count);

    if (ngx_http_yizhan_page_begin(ctx, size,
                                   ngx_http_yizhan_page_name(ctx, view))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_page_head(ctx, view);
    ngx_http_yizhan_page_state(ctx, feature);
    ngx_http_yizhan_page_map(ctx, view);
    ngx_http_yizhan_page_services(ctx, view);
    ngx_http_yizhan_page_facts(ctx, view);
    ngx_http_yizhan_page_nearest(ctx, nearest, count);
    ngx_http_yizhan_page_end(ctx);

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_page_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count)
{
    size_t                size;
    const yz_place_view  *view;

    view = &feature->view;
    size = ngx_http_yizhan_page_size(feature, nearest, count);

    if (ngx_http_yizhan_page_begin(ctx, size,
                                   ngx_http_yizhan_page_name(ctx, view))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->status = yz_problem_status(ctx->problem);

    ngx_http_yizhan_page_head(ctx, view);
    ngx_http_yizhan_page_notice(&ctx->out, yz_problem_title(ctx->problem),
                                yz_problem_detail(ctx->problem));
    ngx_http_yizhan_page_nearest(ctx, nearest, count);
    ngx_http_yizhan_page_end(ctx);

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_page_revoked(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature)
{
    const yz_place_view  *view;

    view = &feature->view;

    if (ngx_http_yizhan_page_begin(ctx,
                                   ngx_http_yizhan_page_size(feature, NULL, 0),
                                   ngx_http_yizhan_page_name(ctx, view))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->status = yz_problem_status(ctx->problem);

    ngx_http_yizhan_page_notice(&ctx->out, yz_problem_title(ctx->problem),
                                yz_problem_detail(ctx->problem));
    ngx_http_yizhan_page_head(ctx, view);
    ngx_http_yizhan_page_state(ctx, feature);
    ngx_http_yizhan_page_map(ctx, view);
    ngx_http_yizhan_page_services(ctx, view);
    ngx_http_yizhan_page_facts(ctx, view);
    ngx_http_yizhan_page_end(ctx);

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_page_problem(ngx_http_yizhan_ctx_t *ctx)
{
    const char  *title;

    title = yz_problem_title(ctx->problem);

    if (ngx_http_yizhan_page_begin(ctx, NGX_HTTP_YIZHAN_PAGE_SIZE,
                                   yz_span_of(title))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->status = yz_problem_status(ctx->problem);

    ngx_http_yizhan_page_notice(&ctx->out, title,
                                yz_problem_detail(ctx->problem));
    ngx_http_yizhan_page_end(ctx);

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_page_begin(ngx_http_yizhan_ctx_t *ctx, size_t size,
    yz_span title)
{
    yz_out  *out;

    if (ngx_http_yizhan_out_create(ctx, size) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->media = NGX_HTTP_YIZHAN_HTML;
    out = &ctx->out;

    YZ_OUT_LIT(out, "<!DOCTYPE html><html lang=\"zh-CN\"><head>"
               "<meta charset=\"utf-8\">"
               "<meta name=\"viewport\" "
               "content=\"width=device-width,initial-scale=1\">"
               "<meta name=\"referrer\" content=\"no-referrer\">"
               "<meta name=\"color-scheme\" content=\"light dark\">"
               "<meta name=\"format-detection\" content=\"telephone=no\">"
               "<meta http-equiv=\"Content-Security-Policy\" "
               "content=\"default-src 'none';style-src 'unsafe-inline'\">"
               "<title>");
    yz_out_html(out, title);
    YZ_OUT_LIT(out, "</title><style>");
    yz_out_bytes(out, ngx_http_yizhan_page_style,
                 sizeof(ngx_http_yizhan_page_style) - 1);
    YZ_OUT_LIT(out, "</style></head><body>");

    return NGX_OK;
}


static void
ngx_http_yizhan_page_end(ngx_http_yizhan_ctx_t *ctx)
{
    YZ_OUT_LIT(&ctx->out, "</body></html>\n");
}


static size_t
ngx_http_yizhan_page_size(const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count)
{
    size_t      size;
    ngx_uint_t  i;

    size = NGX_HTTP_YIZHAN_PAGE_SIZE
           + 2 * ngx_http_yizhan_page_place_size(feature);

    for (i = 0; i < count; i++) {
        size += ngx_http_yizhan_page_place_size(&nearest[i]);
    }

    return size;
}


/* Names and addresses show as text and once more in the link to a map. */

static size_t
ngx_http_yizhan_page_place_size(const ngx_http_yizhan_feature_t *feature)
{
    size_t                texts;
    const yz_place_view  *view;

    view = &feature->view;

    texts = 2 * view->name.n + 2 * view->address.n + 2 * view->phone.n
            + view->hours.n + 3 * YZ_WORD_MAX;

    return NGX_HTTP_YIZHAN_PAGE_PLACE_SIZE
           + NGX_HTTP_YIZHAN_PAGE_GROWTH * texts
           + (size_t) __builtin_popcountll(view->head.services)
             * (NGX_HTTP_YIZHAN_PAGE_WORD_SIZE
                + NGX_HTTP_YIZHAN_PAGE_GROWTH * YZ_WORD_MAX);
}


static void
ngx_http_yizhan_page_nearest(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count)
{
    yz_out      *out;
    ngx_uint_t   i;

    if (count == 0) {
        return;
    }

    out = &ctx->out;

    YZ_OUT_LIT(out, "<h2>附近现在开放的站点</h2><ul class=\"l\">");

    for (i = 0; i < count; i++) {
        YZ_OUT_LIT(out, "<li><b>");
        yz_out_html(out, ngx_http_yizhan_page_name(ctx, &nearest[i].view));
        YZ_OUT_LIT(out, "</b><br>");
        yz_out_u64(out, (uint64_t) (nearest[i].distance_m + 0.5));
        YZ_OUT_LIT(out, " 米，步行约 ");
        yz_out_u64(out, ngx_http_yizhan_walk_min(nearest[i].distance_m));
        YZ_OUT_LIT(out, " 分钟<br><span class=\"d\">");
        yz_out_html(out, nearest[i].view.address);
        YZ_OUT_LIT(out, "</span>");
        ngx_http_yizhan_page_map(ctx, &nearest[i].view);
        YZ_OUT_LIT(out, "</li>");
    }

    YZ_OUT_LIT(out, "</ul>");
}


static void
ngx_http_yizhan_page_notice(yz_out *out, const char *title, const char *detail)
{
    YZ_OUT_LIT(out, "<div class=\"n\"><p class=\"s c\">");
    yz_out_text(out, title);
    YZ_OUT_LIT(out, "</p><p>");
    yz_out_text(out, detail);
    YZ_OUT_LIT(out, "</p></div>");
}
