
/*
 * GET /v1/places: places in a stable order.
 */


#ifndef _NGX_HTTP_YIZHAN_LIST_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_LIST_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Steps. */
ngx_int_t ngx_http_yizhan_list_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_list_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_LIST_H_INCLUDED_ */
