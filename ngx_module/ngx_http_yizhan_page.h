
/*
 * Pages for phones: the station that was scanned, or why there is none.
 * Plain HTML without scripts; everything from data is escaped.
 */


#ifndef _NGX_HTTP_YIZHAN_PAGE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_PAGE_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_render.h"


/*
 * Render into ctx->out inside a lookup, and set ctx->status and media.
 * "nearest" are open places with their distances.
 */
ngx_int_t ngx_http_yizhan_page_place(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count);
ngx_int_t ngx_http_yizhan_page_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count);
ngx_int_t ngx_http_yizhan_page_revoked(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature);

/* Renders ctx->problem; needs no lookup. */
ngx_int_t ngx_http_yizhan_page_problem(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_PAGE_H_INCLUDED_ */
