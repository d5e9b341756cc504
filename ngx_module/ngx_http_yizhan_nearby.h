
/*
 * GET /v1/nearby: the places nearest to a position.
 */


#ifndef _NGX_HTTP_YIZHAN_NEARBY_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_NEARBY_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Steps. */
ngx_int_t ngx_http_yizhan_nearby_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_nearby_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_NEARBY_H_INCLUDED_ */
