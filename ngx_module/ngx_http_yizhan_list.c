
/*
 * The list of places: query, filter, walk, page.  The handler calls the parse
 * step before the lookup and the find step inside it.
 */


#include "ngx_module/ngx_http_yizhan_list.h"
#include "ngx_module/ngx_http_yizhan_collection.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_query.h"


static ngx_int_t ngx_http_yizhan_list_positions(ngx_http_yizhan_ctx_t *ctx,
    const yz_list_position *after, yz_list_position *positions,
    uint32_t *count);
static ngx_int_t ngx_http_yizhan_list_answer(ngx_http_yizhan_ctx_t *ctx,
    uint64_t hash, const yz_list_position *positions, uint32_t count);


ngx_int_t
ngx_http_yizhan_list_parse(ngx_http_yizhan_ctx_t *ctx)
{
    return ngx_http_yizhan_query_parse(ctx, yz_query_places);
}


ngx_int_t
ngx_http_yizhan_list_find(ngx_http_yizhan_ctx_t *ctx)
{
    uint32_t           count;
    uint64_t           hash;
    ngx_int_t          rc;
    yz_cursor          cursor;
    yz_list_position   after, *from;
    yz_list_position   positions[YZ_LIMIT_MAX + 1];

    from = NULL;
    count = 0;
    hash = ngx_http_yizhan_query_hash(ctx);

    if (ctx->query->cursor.n > 0) {
        rc = ngx_http_yizhan_query_cursor(ctx, YZ_CURSOR_LIST, hash, &cursor);
        if (rc != NGX_OK) {
            return rc;
        }

        after.hilbert = cursor.hilbert;
        after.number = cursor.place_number;
        from = &after;
    }

    rc = ngx_http_yizhan_list_positions(ctx, from, positions, &count);

    if (rc == NGX_OK) {
        rc = ngx_http_yizhan_list_answer(ctx, hash, positions, count);
    }

    return rc;
}


static ngx_int_t
ngx_http_yizhan_list_positions(ngx_http_yizhan_ctx_t *ctx,
    const yz_list_position *after, yz_list_position *positions,
    uint32_t *count)
{
    yz_status        status;
    yz_geo_filter    filter;
    const yz_query  *query;

    query = ctx->query;

    status = ngx_http_yizhan_query_filter(ctx, &filter);

    if (query->has_bbox) {
        filter.has_box = true;
        ngx_memcpy(filter.box_e7, query->bbox_e7, sizeof(filter.box_e7));
    }

    if (status == YZ_OK) {
        status = yz_reader_list(ctx->reader, &filter, after, query->limit + 1,
                                positions, count);
    }

    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        return NGX_OK;
    }

    return ngx_http_yizhan_data_fault(ctx, status, "geo");
}


static ngx_int_t
ngx_http_yizhan_list_answer(ngx_http_yizhan_ctx_t *ctx, uint64_t hash,
    const yz_list_position *positions, uint32_t count)
{
    uint32_t                       i, shown;
    yz_cursor                      cursor;
    ngx_http_yizhan_collection_t   collection;
    char                           next[YZ_CURSOR_SIZE];
    uint32_t                       numbers[YZ_LIMIT_MAX];

    shown = ngx_min(count, ctx->query->limit);

    if (ngx_http_yizhan_collection_create(ctx, &collection, shown) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < shown; i++) {
        numbers[i] = positions[i].number;
    }

    yz_reader_gather(ctx->reader, numbers, shown);

    for (i = 0; i < shown; i++) {
        (void) ngx_http_yizhan_collection_add(ctx, &collection,
                                              positions[i].number);
    }

    if (count > shown) {
        cursor.kind = YZ_CURSOR_LIST;
        cursor.hilbert = positions[shown - 1].hilbert;
        cursor.place_number = positions[shown - 1].number;

        collection.next.n = yz_cursor_write(&cursor, hash, next);
        collection.next.p = next;
    }

    return ngx_http_yizhan_collection_answer(ctx, &collection);
}
