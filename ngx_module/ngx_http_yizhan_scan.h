
/*
 * GET /s/{code}: what a QR code leads to.
 */


#ifndef _NGX_HTTP_YIZHAN_SCAN_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_SCAN_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* A step. */
ngx_int_t ngx_http_yizhan_scan_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_SCAN_H_INCLUDED_ */
