
/*
 * GET /v1/regions/{adcode}: what is in a region.
 */


#ifndef _NGX_HTTP_YIZHAN_REGION_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_REGION_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Steps. */
ngx_int_t ngx_http_yizhan_region_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_region_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_REGION_H_INCLUDED_ */
