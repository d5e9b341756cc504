
/*
 * The story of a request: route, method, query, lookup, answer.  All of it
 * happens in one call in the worker; the snapshot that a lookup reads ends
 * before a byte is sent.  What the writing daemon answers leaves for it after
 * the route.
 */


#include "ngx_module/ngx_http_yizhan_handler.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_problem.h"
#include "ngx_module/ngx_http_yizhan_route.h"
#include "ngx_module/ngx_http_yizhan_send.h"
#include "ngx_module/ngx_http_yizhan_writes.h"


static ngx_int_t ngx_http_yizhan_answer(ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_lookup(ngx_http_yizhan_ctx_t *ctx);
static ngx_http_yizhan_ctx_t *ngx_http_yizhan_create_ctx(
    ngx_http_request_t *r);
static uint64_t ngx_http_yizhan_clock_ns(void);


ngx_int_t
ngx_http_yizhan_handler(ngx_http_request_t *r)
{
    ngx_int_t               rc, discarded;
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_yizhan_create_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_yizhan_route_find(ctx);

    if (rc == NGX_OK && ngx_http_yizhan_writes_takes(ctx)) {
        rc = ngx_http_yizhan_writes_hand_over(ctx);

        if (rc != NGX_DECLINED) {
            return rc == NGX_ERROR ? NGX_HTTP_INTERNAL_SERVER_ERROR : rc;
        }
    }

    discarded = ngx_http_discard_request_body(r);
    if (discarded != NGX_OK) {
        return discarded;
    }

    if (rc == NGX_OK) {
        rc = ngx_http_yizhan_answer(ctx);
    }

    if (rc == NGX_DONE) {
        return ngx_http_yizhan_send_options(ctx);
    }

    if (rc == NGX_DECLINED) {
        rc = ngx_http_yizhan_problem_render(ctx);
    }

    if (rc != NGX_OK || ctx->out.full) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_yizhan_send(ctx);
}


/* NGX_OK, NGX_DECLINED and NGX_ERROR as steps do; NGX_DONE for OPTIONS. */

static ngx_int_t
ngx_http_yizhan_answer(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_int_t                       rc;
    ngx_http_request_t             *r;
    const ngx_http_yizhan_route_t  *route;

    r = ctx->request;

    route = ctx->route;

    if (r->method == NGX_HTTP_OPTIONS) {
        return NGX_DONE;
    }

    if (!(r->method & ctx->methods & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_METHOD_NOT_ALLOWED);
    }

    if (route->parse != NULL) {
        rc = route->parse(ctx);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (route->find != NULL) {
        return ngx_http_yizhan_lookup(ctx);
    }

    return route->render(ctx);
}


static ngx_int_t
ngx_http_yizhan_lookup(ngx_http_yizhan_ctx_t *ctx)
{
    uint64_t                      begin;
    ngx_int_t                     rc;
    ngx_http_yizhan_main_conf_t  *ymcf;

    ymcf = ngx_http_get_module_main_conf(ctx->request, ngx_http_yizhan_module);

    begin = ymcf->timed ? ngx_http_yizhan_clock_ns() : 0;

    rc = ngx_http_yizhan_data_begin(ctx);

    if (rc == NGX_OK) {
        rc = ctx->route->find(ctx);
        ngx_http_yizhan_data_end(ctx);
    }

    if (ymcf->timed) {
        ctx->lookup_ns = ngx_http_yizhan_clock_ns() - begin;
    }

    return rc;
}


static ngx_http_yizhan_ctx_t *
ngx_http_yizhan_create_ctx(ngx_http_request_t *r)
{
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_yizhan_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->request = r;
    ctx->now_s = ngx_time();
    ctx->valid_until_s = INT64_MAX;
    ctx->status = NGX_HTTP_OK;

    ngx_http_set_ctx(r, ctx, ngx_http_yizhan_module);

    return ctx;
}


static uint64_t
ngx_http_yizhan_clock_ns(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}
