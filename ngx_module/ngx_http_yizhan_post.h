
/*
 * Writing posts as GeoJSON (RFC 7946).  Renderers take data and a buffer;
 * they look nothing up.
 */


#ifndef _NGX_HTTP_YIZHAN_POST_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_POST_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "core/crs.h"
#include "core/out.h"
#include "lmdb_schema/post_view.h"


typedef struct {
    yz_post_view                      view;         /* borrows from the map */
    double                            distance_m;   /* negative: not asked */
} ngx_http_yizhan_post_t;


/* Bytes that always suffice for posts with commas and their braces. */
size_t ngx_http_yizhan_posts_size(const ngx_http_yizhan_post_t *posts,
    ngx_uint_t count);

/*
 * Writes a Feature up to the end of its properties; members of its own and
 * "}" are the caller's.
 */
void ngx_http_yizhan_post_render(yz_out *out,
    const ngx_http_yizhan_post_t *post, yz_crs crs);


#endif /* _NGX_HTTP_YIZHAN_POST_H_INCLUDED_ */
