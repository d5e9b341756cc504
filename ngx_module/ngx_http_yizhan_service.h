
/*
 * The endpoints for operators and developers: health, readiness, versions,
 * the contract.
 */


#ifndef _NGX_HTTP_YIZHAN_SERVICE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_SERVICE_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Steps. */
ngx_int_t ngx_http_yizhan_healthz_render(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_readyz_find(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_version_render(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_openapi_render(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_SERVICE_H_INCLUDED_ */
