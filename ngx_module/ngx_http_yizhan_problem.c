
/*
 * Renders problems.  Codes, titles and statuses are those of core/problem.h;
 * this is the one place where they become an answer.
 */


#include "ngx_module/ngx_http_yizhan_problem.h"
#include "ngx_module/ngx_http_yizhan_page.h"


/* most bytes of a problem without members of its own */
#define NGX_HTTP_YIZHAN_PROBLEM_SIZE  2048


static ngx_int_t ngx_http_yizhan_problem_begin(ngx_http_yizhan_ctx_t *ctx,
    size_t more);
static ngx_int_t ngx_http_yizhan_problem_end(ngx_http_yizhan_ctx_t *ctx);


ngx_int_t
ngx_http_yizhan_problem_render(ngx_http_yizhan_ctx_t *ctx)
{
    if (ctx->html) {
        return ngx_http_yizhan_page_problem(ctx);
    }

    if (ngx_http_yizhan_out_create(ctx, ctx->query_error != NULL
                                        ? YZ_QUERY_PROBLEM_SIZE
                                        : NGX_HTTP_YIZHAN_PROBLEM_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->status = yz_problem_status(ctx->problem);
    ctx->media = NGX_HTTP_YIZHAN_PROBLEM_JSON;

    if (ctx->query_error != NULL) {
        (void) yz_problem_write_query(&ctx->out, ctx->problem,
                                      ctx->query_error);

    } else {
        (void) yz_problem_write(&ctx->out,
                                &(yz_problem) { .code = ctx->problem });
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_problem_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count)
{
    if (ngx_http_yizhan_problem_begin(ctx,
                                      ngx_http_yizhan_features_size(nearest,
                                                                    count))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    YZ_OUT_LIT(&ctx->out, ",\"nearest\":[");
    ngx_http_yizhan_features_render(&ctx->out, nearest, count, ctx->out_crs);
    yz_out_char(&ctx->out, ']');

    return ngx_http_yizhan_problem_end(ctx);
}


ngx_int_t
ngx_http_yizhan_problem_revoked(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature)
{
    if (ngx_http_yizhan_problem_begin(ctx,
                                      ngx_http_yizhan_feature_size(feature))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    YZ_OUT_LIT(&ctx->out, ",\"place\":");
    ngx_http_yizhan_features_render(&ctx->out, feature, 1, ctx->out_crs);

    return ngx_http_yizhan_problem_end(ctx);
}


static ngx_int_t
ngx_http_yizhan_problem_begin(ngx_http_yizhan_ctx_t *ctx, size_t more)
{
    if (ngx_http_yizhan_out_create(ctx, NGX_HTTP_YIZHAN_PROBLEM_SIZE
                                        + NGX_HTTP_YIZHAN_FRAME_SIZE + more)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->status = yz_problem_status(ctx->problem);
    ctx->media = NGX_HTTP_YIZHAN_PROBLEM_JSON;

    (void) yz_problem_begin(&ctx->out, &(yz_problem) { .code = ctx->problem });

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_problem_end(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_http_yizhan_frame_render(&ctx->out, ctx->out_crs, ctx->valid_until_s);
    yz_out_char(&ctx->out, '}');

    return NGX_OK;
}
