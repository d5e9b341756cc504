
/*
 * One place by its id, and the pieces of it that scans and lists use too.
 * Called inside a lookup; what is found points into the map.
 */


#include "ngx_module/ngx_http_yizhan_place.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_page.h"
#include "ngx_module/ngx_http_yizhan_problem.h"
#include "ngx_module/ngx_http_yizhan_query.h"

#include "core/utf8.h"

#include <math.h>


/* more than are shown: some may turn out to be the place itself, or not open */
#define NGX_HTTP_YIZHAN_NEAREST_ASKED  (NGX_HTTP_YIZHAN_NEAREST + 3)



ngx_int_t
ngx_http_yizhan_place_parse(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (!yz_text_clean(ctx->segment)) {
        return ngx_http_yizhan_query_refuse_path(ctx, "id",
                   YZ_PARAM_MALFORMED,
                   "id 是 UTF-8 文字，不能有控制字符或不可见字符");
    }

    if (ctx->segment.n > YZ_ID_MAX) {
        return ngx_http_yizhan_query_refuse_path(ctx, "id", YZ_PARAM_RANGE,
                   "id 是站点的编号，1 到 64 字节");
    }

    if (ctx->request->args.len == 0) {
        ctx->out_crs = YZ_CRS_WGS84;
        return NGX_OK;
    }

    rc = ngx_http_yizhan_query_parse(ctx, yz_query_place);

    if (rc == NGX_OK) {
        ctx->out_crs = ctx->query->out_crs;
    }

    return rc;
}


ngx_int_t
ngx_http_yizhan_place_find(ngx_http_yizhan_ctx_t *ctx)
{
    uint32_t                    number;
    yz_status                   status;
    ngx_http_yizhan_feature_t   feature;

    status = yz_reader_number_of_id(ctx->reader, ctx->segment, &number);

    if (status == YZ_NOT_FOUND) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_PLACE_UNKNOWN);
    }

    if (status == YZ_OK) {
        status = ngx_http_yizhan_place_load(ctx, number, &feature);
    }

    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "place");
    }

    ngx_http_yizhan_place_note(ctx, feature.view.id);

    if (ngx_http_yizhan_place_gone(&feature)) {
        return ngx_http_yizhan_place_answer_gone(ctx, &feature);
    }

    if (ngx_http_yizhan_out_create(ctx,
                                   ngx_http_yizhan_feature_size(&feature)
                                   + NGX_HTTP_YIZHAN_FRAME_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_feature_render(&ctx->out, &feature, ctx->out_crs);
    ngx_http_yizhan_frame_render(&ctx->out, ctx->out_crs, ctx->valid_until_s);
    yz_out_char(&ctx->out, '}');

    return NGX_OK;
}


yz_status
ngx_http_yizhan_place_load(ngx_http_yizhan_ctx_t *ctx, uint32_t number,
    ngx_http_yizhan_feature_t *feature)
{
    yz_status             status;
    const yz_place_head  *head;

    status = yz_reader_place(ctx->reader, number, &feature->view);

    if (status != YZ_OK) {

        /* an index led here, so a missing record is a damaged one */

        return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }

    feature->distance_m = -1;
    feature->bearing_deg = 0;

    head = &feature->view.head;

    if (head->status == YZ_PLACE_OPEN) {
        feature->hours = yz_reader_hours(ctx->reader, head->hours, ctx->now_s);
        ngx_http_yizhan_valid_until(ctx, feature->hours.until_s);
        return YZ_OK;
    }

    feature->hours.open = 0;
    feature->hours.until_s = INT64_MAX;

    if (head->status == YZ_PLACE_SUSPENDED && head->until_s != 0) {
        ngx_http_yizhan_valid_until(ctx, head->until_s);
    }

    return YZ_OK;
}


ngx_uint_t
ngx_http_yizhan_place_gone(const ngx_http_yizhan_feature_t *feature)
{
    return feature->view.head.status == YZ_PLACE_CLOSED
           || feature->view.head.status == YZ_PLACE_DELISTED;
}


yz_status
ngx_http_yizhan_place_nearest(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature,
    ngx_http_yizhan_feature_t *nearest, ngx_uint_t *count)
{
    uint32_t                    hit_count;
    yz_status                   status;
    ngx_uint_t                  i, n;
    yz_geo_hit                  hits[NGX_HTTP_YIZHAN_NEAREST_ASKED];
    yz_geo_query                query;
    yz_geo_filter               filter;
    yz_geo_origin               from;
    const yz_place_head        *head;
    ngx_http_yizhan_feature_t  *found;

    *count = 0;
    head = &feature->view.head;

    if (!(head->flags & YZ_PLACE_HAS_POSITION)) {
        return YZ_OK;
    }

    filter = yz_geo_filter_any();
    yz_reader_filter_open(ctx->reader, ctx->now_s, &filter);

    /* a place that opens now may be nearer than those shown */

    ngx_http_yizhan_valid_until(ctx, ctx->now_s - ctx->now_s % 60 + 60);

    ngx_memzero(&query, sizeof(yz_geo_query));
    query.lat_e7 = head->lat_e7;
    query.lng_e7 = head->lng_e7;
    query.limit = NGX_HTTP_YIZHAN_NEAREST_ASKED;
    query.radius_m = INFINITY;
    query.after_key = -1;
    query.filter = &filter;

    status = yz_reader_nearest(ctx->reader, &query, (yz_span) { NULL, 0 },
                               hits, &hit_count);
    if (status != YZ_OK) {
        return status;
    }

    n = 0;
    from = yz_geo_origin_of(head->lat_e7, head->lng_e7);

    for (i = 0; i < hit_count && n < NGX_HTTP_YIZHAN_NEAREST; i++) {
        found = &nearest[n];

        if (hits[i].number == head->number
            || ngx_http_yizhan_place_load(ctx, hits[i].number, found) != YZ_OK
            || found->hours.open != 1)
        {
            continue;
        }

        ngx_http_yizhan_place_measure(found, &hits[i], &from);
        n++;
    }

    *count = n;

    return YZ_OK;
}


void
ngx_http_yizhan_place_measure(ngx_http_yizhan_feature_t *feature,
    const yz_geo_hit *hit, const yz_geo_origin *from)
{
    feature->distance_m = yz_geo_key_m(hit->key);
    feature->bearing_deg = yz_geo_bearing_deg(from, hit->lat_e7, hit->lng_e7);
}


ngx_int_t
ngx_http_yizhan_place_answer_gone(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature)
{
    yz_status                  status;
    ngx_uint_t                 count;
    ngx_http_yizhan_feature_t  nearest[NGX_HTTP_YIZHAN_NEAREST];

    status = ngx_http_yizhan_place_nearest(ctx, feature, nearest, &count);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "geo");
    }

    ctx->problem = YZ_PROBLEM_PLACE_GONE;

    if (ctx->html) {
        return ngx_http_yizhan_page_gone(ctx, feature, nearest, count);
    }

    return ngx_http_yizhan_problem_gone(ctx, nearest, count);
}


/* The id is copied: the log is written after the lookup. */

void
ngx_http_yizhan_place_note(ngx_http_yizhan_ctx_t *ctx, yz_span id)
{
    ctx->place.data = ngx_pnalloc(ctx->request->pool, id.n);

    if (ctx->place.data != NULL) {
        ctx->place.len = id.n;
        ngx_memcpy(ctx->place.data, id.p, id.n);
    }
}
