
/*
 * The parts of a page that show one place.
 */


#ifndef _NGX_HTTP_YIZHAN_PAGE_PLACE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_PAGE_PLACE_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_render.h"


/* The place's name, its kind's label for one without; not escaped. */
yz_span ngx_http_yizhan_page_name(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);

/* Write into ctx->out, inside a lookup; what is not known is left out. */
void ngx_http_yizhan_page_head(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);
void ngx_http_yizhan_page_state(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature);
void ngx_http_yizhan_page_facts(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);
void ngx_http_yizhan_page_map(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);
void ngx_http_yizhan_page_services(ngx_http_yizhan_ctx_t *ctx,
    const yz_place_view *view);


#endif /* _NGX_HTTP_YIZHAN_PAGE_PLACE_H_INCLUDED_ */
