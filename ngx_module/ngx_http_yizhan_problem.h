
/*
 * Answers that are problems (RFC 9457), or pages that say the same.
 */


#ifndef _NGX_HTTP_YIZHAN_PROBLEM_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_PROBLEM_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_render.h"


/* Renders ctx->problem with ctx->query_error, as a page where one is wanted. */
ngx_int_t ngx_http_yizhan_problem_render(ngx_http_yizhan_ctx_t *ctx);

/* Render ctx->problem as JSON with a member "nearest" or "place". */
ngx_int_t ngx_http_yizhan_problem_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *nearest, ngx_uint_t count);
ngx_int_t ngx_http_yizhan_problem_revoked(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature);


#endif /* _NGX_HTTP_YIZHAN_PROBLEM_H_INCLUDED_ */
