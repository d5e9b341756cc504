
/*
 * The worker's one reader of public data: opened, watched, replaced.
 */


#ifndef _NGX_HTTP_YIZHAN_DATA_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_DATA_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Begin and end watching in a worker; neither fails. */
void ngx_http_yizhan_data_start(ngx_http_yizhan_main_conf_t *ymcf);
void ngx_http_yizhan_data_stop(void);

/*
 * Starts a lookup on the newest data and sets ctx->reader and
 * ctx->generation; NGX_DECLINED with data-unavailable when there is none.
 * What the reader hands out is valid until ngx_http_yizhan_data_end().
 */
ngx_int_t ngx_http_yizhan_data_begin(ngx_http_yizhan_ctx_t *ctx);
void ngx_http_yizhan_data_end(ngx_http_yizhan_ctx_t *ctx);

/*
 * Answers a lookup's failure on stored bytes: logs it and declines with
 * record-damaged.  "what" names the kind of record.
 */
ngx_int_t ngx_http_yizhan_data_fault(ngx_http_yizhan_ctx_t *ctx,
    yz_status status, const char *what);

/* Seconds after which it is worth to ask again while there is no data. */
ngx_uint_t ngx_http_yizhan_data_retry_after(void);


#endif /* _NGX_HTTP_YIZHAN_DATA_H_INCLUDED_ */
