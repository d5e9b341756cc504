
/*
 * From a request's path to the endpoint that answers it.
 */


#ifndef _NGX_HTTP_YIZHAN_ROUTE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_ROUTE_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/*
 * Sets ctx->route, path, segment, methods, media, and html for scans;
 * NGX_DECLINED with path-unknown or path-invalid.
 */
ngx_int_t ngx_http_yizhan_route_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_ROUTE_H_INCLUDED_ */
