
/*
 * Sending what steps have rendered.
 */


#ifndef _NGX_HTTP_YIZHAN_SEND_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_SEND_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Sends ctx->out with its headers; returns what a content handler returns. */
ngx_int_t ngx_http_yizhan_send(ngx_http_yizhan_ctx_t *ctx);

/* Answers OPTIONS, for CORS where the endpoint allows it. */
ngx_int_t ngx_http_yizhan_send_options(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_SEND_H_INCLUDED_ */
