
/*
 * The board: its list, one post of it, and the list of items.
 */


#ifndef _NGX_HTTP_YIZHAN_POSTS_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_POSTS_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


/* Steps of GET /v1/posts. */
ngx_int_t ngx_http_yizhan_posts_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_posts_find(ngx_http_yizhan_ctx_t *ctx);

/* Steps of GET /v1/posts/{id}. */
ngx_int_t ngx_http_yizhan_post_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_post_find(ngx_http_yizhan_ctx_t *ctx);

/* Steps of GET /v1/posts/items. */
ngx_int_t ngx_http_yizhan_items_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_items_find(ngx_http_yizhan_ctx_t *ctx);


#endif /* _NGX_HTTP_YIZHAN_POSTS_H_INCLUDED_ */
