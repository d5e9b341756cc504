
/*
 * Gathering the places of a list inside a lookup, and answering with them.
 */


#ifndef _NGX_HTTP_YIZHAN_COLLECTION_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_COLLECTION_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_render.h"


/* Begins a list of at most "max" places for the request. */
ngx_int_t ngx_http_yizhan_collection_create(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_collection_t *collection, ngx_uint_t max);

/*
 * Adds place "number"; NULL when its record is damaged, which is logged and
 * costs the list no more than this place.
 */
ngx_http_yizhan_feature_t *ngx_http_yizhan_collection_add(
    ngx_http_yizhan_ctx_t *ctx, ngx_http_yizhan_collection_t *collection,
    uint32_t number);

/* Renders the list; a step's result. */
ngx_int_t ngx_http_yizhan_collection_answer(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_collection_t *collection);


#endif /* _NGX_HTTP_YIZHAN_COLLECTION_H_INCLUDED_ */
