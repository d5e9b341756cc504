
/*
 * Renders posts: what the writer has rendered is copied, coordinates and the
 * distance are the answer's own.
 */


#include "ngx_module/ngx_http_yizhan_post.h"

#include <math.h>


/* most bytes of a point in another system, and of what follows the tail */
#define NGX_HTTP_YIZHAN_POST_OWN_SIZE  96


size_t
ngx_http_yizhan_posts_size(const ngx_http_yizhan_post_t *posts,
    ngx_uint_t count)
{
    size_t      size;
    ngx_uint_t  i;

    size = 0;

    for (i = 0; i < count; i++) {
        size += posts[i].view.json_head.n + posts[i].view.json_point.n
                + posts[i].view.json_tail.n + NGX_HTTP_YIZHAN_POST_OWN_SIZE;
    }

    return size;
}


void
ngx_http_yizhan_post_render(yz_out *out, const ngx_http_yizhan_post_t *post,
    yz_crs crs)
{
    double  lng, lat;

    yz_out_span(out, post->view.json_head);

    if (crs == YZ_CRS_WGS84) {
        yz_out_span(out, post->view.json_point);

    } else {
        lng = post->view.head.lng_e7 / 1e7;
        lat = post->view.head.lat_e7 / 1e7;

        yz_crs_from_wgs84(crs, &lng, &lat);

        yz_out_e7(out, (int32_t) lround(lng * 1e7));
        yz_out_char(out, ',');
        yz_out_e7(out, (int32_t) lround(lat * 1e7));
    }

    yz_out_span(out, post->view.json_tail);

    if (post->distance_m >= 0) {
        YZ_OUT_LIT(out, ",\"distance_m\":");
        yz_out_fixed1(out, post->distance_m);
    }

    yz_out_char(out, '}');
}
