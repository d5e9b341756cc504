
/*
 * Writing places as GeoJSON (RFC 7946).  Renderers take data and a buffer;
 * they look nothing up.
 */


#ifndef _NGX_HTTP_YIZHAN_RENDER_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_RENDER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "core/crs.h"
#include "core/hours.h"
#include "core/out.h"
#include "lmdb_schema/place_view.h"


/* a place with what changes by the clock and by who asks */
typedef struct {
    yz_place_view                     view;         /* borrows from the map */
    yz_hours_state                    hours;
    double                            distance_m;   /* negative: not asked */
    double                            bearing_deg;
} ngx_http_yizhan_feature_t;


/* the members of a list that stand around its features */
typedef struct {
    ngx_http_yizhan_feature_t        *features;
    ngx_uint_t                        count;
    yz_crs                            crs;
    int64_t                           valid_until_s;
    yz_span                           path;   /* of the link to more; raw */
    yz_span                           args;   /* raw */
    yz_span                           next;   /* cursor; n is 0 for none */
} ngx_http_yizhan_collection_t;


/* Bytes that always suffice for the function of the same name. */
size_t ngx_http_yizhan_feature_size(const ngx_http_yizhan_feature_t *feature);
size_t ngx_http_yizhan_features_size(const ngx_http_yizhan_feature_t *features,
    ngx_uint_t count);
size_t ngx_http_yizhan_collection_size(
    const ngx_http_yizhan_collection_t *collection);

/*
 * Writes a Feature up to the end of its properties; members of its own and
 * "}" are the caller's.
 */
void ngx_http_yizhan_feature_render(yz_out *out,
    const ngx_http_yizhan_feature_t *feature, yz_crs crs);

/* Writes whole Features with commas between them. */
void ngx_http_yizhan_features_render(yz_out *out,
    const ngx_http_yizhan_feature_t *features, ngx_uint_t count, yz_crs crs);

/* Writes a whole FeatureCollection. */
void ngx_http_yizhan_collection_render(yz_out *out,
    const ngx_http_yizhan_collection_t *collection);

/*
 * Writes ,"coordinate_system":...,"valid_until":... of an answer;
 * NGX_HTTP_YIZHAN_FRAME_SIZE bytes suffice.
 */
#define NGX_HTTP_YIZHAN_FRAME_SIZE  128
void ngx_http_yizhan_frame_render(yz_out *out, yz_crs crs,
    int64_t valid_until_s);

/*
 * Writes ,"links":[...] of a list: the request's own path and arguments (raw)
 * with another cursor, where "next" has one; and bytes that suffice for it
 * and for what stands round the features.
 */
size_t ngx_http_yizhan_links_size(yz_span path, yz_span args, yz_span next);
void ngx_http_yizhan_links_render(yz_out *out, yz_span path, yz_span args,
    yz_span next);

/* Writes a moment as a JSON string, or null for INT64_MAX; 27 bytes. */
void ngx_http_yizhan_time_render(yz_out *out, int64_t time_s);

/* Writes {"count":...,"average":...}; 64 bytes suffice. */
void ngx_http_yizhan_rating_render(yz_out *out, uint64_t count, uint64_t sum);

/* The walk to a place, in whole minutes: an estimate. */
uint64_t ngx_http_yizhan_walk_min(double distance_m);


#endif /* _NGX_HTTP_YIZHAN_RENDER_H_INCLUDED_ */
