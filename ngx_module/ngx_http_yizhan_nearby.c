
/*
 * Nearby search: query, origin, filter, search, page.  The handler calls the
 * parse step before the lookup and the find step inside it.
 */


#include "ngx_module/ngx_http_yizhan_nearby.h"
#include "ngx_module/ngx_http_yizhan_collection.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_place.h"
#include "ngx_module/ngx_http_yizhan_query.h"

#include <math.h>

#include "core/geo_search.h"


static ngx_int_t ngx_http_yizhan_nearby_origin(ngx_http_yizhan_ctx_t *ctx,
    yz_geo_query *geo);
static ngx_int_t ngx_http_yizhan_nearby_from_place(ngx_http_yizhan_ctx_t *ctx,
    yz_geo_query *geo);
static void ngx_http_yizhan_nearby_from_position(const yz_query *query,
    yz_geo_query *geo);
static ngx_int_t ngx_http_yizhan_nearby_hits(ngx_http_yizhan_ctx_t *ctx,
    yz_geo_query *geo, yz_span after_id, yz_geo_hit *hits, uint32_t *count);
static ngx_int_t ngx_http_yizhan_nearby_answer(ngx_http_yizhan_ctx_t *ctx,
    const yz_geo_query *geo, uint64_t hash, const yz_geo_hit *hits,
    uint32_t count);


ngx_int_t
ngx_http_yizhan_nearby_parse(ngx_http_yizhan_ctx_t *ctx)
{
    return ngx_http_yizhan_query_parse(ctx, yz_query_nearby);
}


ngx_int_t
ngx_http_yizhan_nearby_find(ngx_http_yizhan_ctx_t *ctx)
{
    uint32_t      count;
    uint64_t      hash;
    ngx_int_t     rc;
    yz_span       after_id;
    yz_cursor     cursor;
    yz_geo_hit    hits[YZ_LIMIT_MAX + 1];
    yz_geo_query  geo;

    count = 0;

    ngx_memzero(&geo, sizeof(yz_geo_query));

    geo.limit = ctx->query->limit + 1;
    geo.radius_m = ctx->query->has_radius ? ctx->query->radius_m : INFINITY;
    geo.after_key = -1;

    after_id = (yz_span) { NULL, 0 };

    rc = ngx_http_yizhan_nearby_origin(ctx, &geo);
    if (rc != NGX_OK) {
        return rc;
    }

    /* a page follows another only from the same position: places move */

    hash = ngx_http_yizhan_query_hash(ctx);
    hash = hash * 31 + (uint32_t) geo.lat_e7;
    hash = hash * 31 + (uint32_t) geo.lng_e7;

    if (ctx->query->cursor.n > 0) {
        rc = ngx_http_yizhan_query_cursor(ctx, YZ_CURSOR_NEARBY, hash,
                                          &cursor);
        if (rc != NGX_OK) {
            return rc;
        }

        geo.after_key = cursor.distance;
        after_id = (yz_span) { cursor.id, cursor.id_n };
    }

    rc = ngx_http_yizhan_nearby_hits(ctx, &geo, after_id, hits, &count);

    if (rc == NGX_OK) {
        rc = ngx_http_yizhan_nearby_answer(ctx, &geo, hash, hits, count);
    }

    return rc;
}


static ngx_int_t
ngx_http_yizhan_nearby_origin(ngx_http_yizhan_ctx_t *ctx, yz_geo_query *geo)
{
    if (ctx->query->place.n > 0) {
        return ngx_http_yizhan_nearby_from_place(ctx, geo);
    }

    ngx_http_yizhan_nearby_from_position(ctx->query, geo);

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_nearby_from_place(ngx_http_yizhan_ctx_t *ctx,
    yz_geo_query *geo)
{
    uint32_t       number;
    yz_status      status;
    yz_place_view  view;

    status = yz_reader_number_of_id(ctx->reader, ctx->query->place, &number);

    if (status == YZ_NOT_FOUND) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_PLACE_UNKNOWN);
    }

    if (status == YZ_OK) {
        status = yz_reader_place(ctx->reader, number, &view);
    }

    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "place");
    }

    if (!(view.head.flags & YZ_PLACE_HAS_POSITION)) {
        return ngx_http_yizhan_query_refuse(ctx, "place", YZ_PARAM_CONFLICT,
                   "这个站点没有登记位置，请改用 lng 和 lat");
    }

    geo->lat_e7 = view.head.lat_e7;
    geo->lng_e7 = view.head.lng_e7;

    ngx_http_yizhan_place_note(ctx, view.id);

    return NGX_OK;
}


static void
ngx_http_yizhan_nearby_from_position(const yz_query *query, yz_geo_query *geo)
{
    double  lng, lat;

    lng = query->lng;
    lat = query->lat;

    yz_crs_to_wgs84(query->crs, &lng, &lat);

    geo->lng_e7 = (int32_t) lround(lng * 1e7);
    geo->lat_e7 = (int32_t) lround(lat * 1e7);
}


static ngx_int_t
ngx_http_yizhan_nearby_hits(ngx_http_yizhan_ctx_t *ctx, yz_geo_query *geo,
    yz_span after_id, yz_geo_hit *hits, uint32_t *count)
{
    yz_status        status;
    yz_geo_filter    filter;
    const yz_query  *query;

    query = ctx->query;

    status = ngx_http_yizhan_query_filter(ctx, &filter);

    if (query->open == YZ_OPEN_NOW) {
        yz_reader_filter_open(ctx->reader, ctx->now_s, &filter);

        /* a place that opens now may be nearer than those shown */

        ngx_http_yizhan_valid_until(ctx, ctx->now_s - ctx->now_s % 60 + 60);

    } else if (query->open == YZ_OPEN_AT) {
        yz_reader_filter_open(ctx->reader, query->open_at_s, &filter);
    }

    if (status == YZ_OK) {
        geo->filter = &filter;
        status = yz_reader_nearest(ctx->reader, geo, after_id, hits, count);
        geo->filter = NULL;
    }

    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        return NGX_OK;
    }

    return ngx_http_yizhan_data_fault(ctx, status, "geo");
}


static ngx_int_t
ngx_http_yizhan_nearby_answer(ngx_http_yizhan_ctx_t *ctx,
    const yz_geo_query *geo, uint64_t hash, const yz_geo_hit *hits,
    uint32_t count)
{
    uint32_t                       i, shown;
    yz_cursor                      cursor;
    yz_geo_origin                  from;
    ngx_http_yizhan_feature_t     *feature;
    ngx_http_yizhan_collection_t   collection;
    char                           next[YZ_CURSOR_SIZE];
    uint32_t                       numbers[YZ_LIMIT_MAX];

    shown = ngx_min(count, ctx->query->limit);

    if (ngx_http_yizhan_collection_create(ctx, &collection, shown) != NGX_OK) {
        return NGX_ERROR;
    }

    cursor.kind = YZ_CURSOR_NEARBY;
    cursor.id_n = 0;
    from = yz_geo_origin_of(geo->lat_e7, geo->lng_e7);

    for (i = 0; i < shown; i++) {
        numbers[i] = hits[i].number;
    }

    yz_reader_gather(ctx->reader, numbers, shown);

    for (i = 0; i < shown; i++) {
        feature = ngx_http_yizhan_collection_add(ctx, &collection,
                                                 hits[i].number);
        if (feature == NULL) {
            continue;
        }

        ngx_http_yizhan_place_measure(feature, &hits[i], &from);

        if (count > shown) {
            cursor.distance = hits[i].key;
            cursor.id_n = feature->view.id.n;
            ngx_memcpy(cursor.id, feature->view.id.p, cursor.id_n);
        }
    }

    if (count > shown) {

        if (cursor.id_n == 0) {

            /* not one record of the page is whole: nothing to go on from */

            return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_RECORD_DAMAGED);
        }

        collection.next.n = yz_cursor_write(&cursor, hash, next);
        collection.next.p = next;
    }

    return ngx_http_yizhan_collection_answer(ctx, &collection);
}
