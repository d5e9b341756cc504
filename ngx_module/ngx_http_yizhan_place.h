
/*
 * Finding one place: for its own endpoint and for everyone who shows places.
 */


#ifndef _NGX_HTTP_YIZHAN_PLACE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_PLACE_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_render.h"


/* the open places that stand in for one that is gone, and that a page shows */
#define NGX_HTTP_YIZHAN_NEAREST  5


/* Steps of GET /v1/places/{id}. */
ngx_int_t ngx_http_yizhan_place_parse(ngx_http_yizhan_ctx_t *ctx);
ngx_int_t ngx_http_yizhan_place_find(ngx_http_yizhan_ctx_t *ctx);

/*
 * Reads place "number" and its opening state into *feature, which borrows
 * from the map.  Notes when the state changes.
 */
yz_status ngx_http_yizhan_place_load(ngx_http_yizhan_ctx_t *ctx,
    uint32_t number, ngx_http_yizhan_feature_t *feature);

/* Whether it is closed for good or delisted. */
ngx_uint_t ngx_http_yizhan_place_gone(const ngx_http_yizhan_feature_t *feature);

/*
 * The open places nearest to "feature", without itself, at most
 * NGX_HTTP_YIZHAN_NEAREST of them; none when it has no position.
 */
yz_status ngx_http_yizhan_place_nearest(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    ngx_http_yizhan_feature_t *nearest, ngx_uint_t *count);

/* Sets distance and bearing of a place that was found from a position. */
void ngx_http_yizhan_place_measure(ngx_http_yizhan_feature_t *feature,
    const yz_geo_hit *hit, const yz_geo_origin *from);

/*
 * Answers for a place that is gone: the problem with the nearest open ones.
 * A step's result.
 */
ngx_int_t ngx_http_yizhan_place_answer_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature);

/* Shows the place in $yizhan_place; a place without its id is not shown. */
void ngx_http_yizhan_place_note(ngx_http_yizhan_ctx_t *ctx, yz_span id);


#endif /* _NGX_HTTP_YIZHAN_PLACE_H_INCLUDED_ */
