
/*
 * Handing a request over to the writing daemon: what "yizhan_writes" names
 * is a location with proxy_pass, and this is how a request gets there.
 */


#ifndef _NGX_HTTP_YIZHAN_WRITES_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_WRITES_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/*
 * Sets ctx->methods: what the path takes, OPTIONS always among it.  Call when
 * ctx->route is set.
 */
void ngx_http_yizhan_writes_methods(ngx_http_yizhan_ctx_t *ctx);

/* True if the daemon answers this method of the request's route. */
ngx_uint_t ngx_http_yizhan_writes_takes(ngx_http_yizhan_ctx_t *ctx);

/*
 * The methods of ctx->methods as Allow lists them, from the request's pool.
 * NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_yizhan_writes_allow(ngx_http_yizhan_ctx_t *ctx,
    ngx_str_t *text);

/*
 * Hands the request over with its body, which nobody may have touched before.
 * NGX_DECLINED with body-too-large, NGX_ERROR without memory; else what a
 * content handler returns.  From then on nothing that nginx logs about the
 * request holds its path, query, referrer or client.
 */
ngx_int_t ngx_http_yizhan_writes_hand_over(ngx_http_yizhan_ctx_t *ctx);

/* The context of a request that was handed over; NULL for any other. */
ngx_http_yizhan_ctx_t *ngx_http_yizhan_writes_ctx(ngx_http_request_t *r);

/* The named location of a server; NULL if it has none of that name. */
ngx_http_core_loc_conf_t *ngx_http_yizhan_writes_location(
    ngx_http_core_srv_conf_t *cscf, ngx_str_t *name);


#endif /* _NGX_HTTP_YIZHAN_WRITES_H_INCLUDED_ */
