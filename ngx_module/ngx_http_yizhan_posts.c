
/*
 * The board: query, search, page.  The handler calls the parse steps before
 * the lookup and the find steps inside it.
 */


#include "ngx_module/ngx_http_yizhan_posts.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_post.h"
#include "ngx_module/ngx_http_yizhan_query.h"
#include "ngx_module/ngx_http_yizhan_render.h"

#include <math.h>

#include "core/number.h"
#include "core/utf8.h"
#include "lmdb_schema/reader_posts.h"


typedef struct {
    ngx_http_yizhan_post_t  *posts;
    ngx_uint_t               count;
    yz_span                  next;   /* cursor; n is 0 for none */
} ngx_http_yizhan_board_t;


static void ngx_http_yizhan_posts_ask(ngx_http_yizhan_ctx_t *ctx,
    yz_post_ask *ask);
static ngx_int_t ngx_http_yizhan_posts_newest(ngx_http_yizhan_ctx_t *ctx,
    const yz_post_ask *ask);
static ngx_int_t ngx_http_yizhan_posts_nearest(ngx_http_yizhan_ctx_t *ctx,
    const yz_post_ask *ask);
static void ngx_http_yizhan_posts_origin(const yz_query *query,
    yz_post_from *from);
static ngx_int_t ngx_http_yizhan_posts_create(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_board_t *board, ngx_uint_t max);
static void ngx_http_yizhan_posts_add(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_board_t *board, uint32_t number, double distance_m);
static ngx_int_t ngx_http_yizhan_posts_answer(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_board_t *board);


ngx_int_t
ngx_http_yizhan_posts_parse(ngx_http_yizhan_ctx_t *ctx)
{
    return ngx_http_yizhan_query_parse(ctx, yz_query_posts);
}


ngx_int_t
ngx_http_yizhan_posts_find(ngx_http_yizhan_ctx_t *ctx)
{
    yz_post_ask  ask;

    ngx_http_yizhan_posts_ask(ctx, &ask);

    return ctx->query->by_distance ? ngx_http_yizhan_posts_nearest(ctx, &ask)
                                   : ngx_http_yizhan_posts_newest(ctx, &ask);
}


static void
ngx_http_yizhan_posts_ask(ngx_http_yizhan_ctx_t *ctx, yz_post_ask *ask)
{
    uint32_t         i;
    const yz_query  *query;

    query = ctx->query;

    ask->topics = query->topics;
    ask->item_count = query->items.count;
    ask->region = query->region;
    ask->region_digits = query->region_digits;
    ask->now_s = ctx->now_s;
    ask->limit = query->limit + 1;

    for (i = 0; i < query->items.count; i++) {
        ask->items[i] = query->items.word[i];
    }
}


static ngx_int_t
ngx_http_yizhan_posts_newest(ngx_http_yizhan_ctx_t *ctx,
    const yz_post_ask *ask)
{
    uint32_t                 i, count, before, shown;
    uint64_t                 hash;
    ngx_int_t                rc;
    yz_status                status;
    yz_cursor                cursor;
    ngx_http_yizhan_board_t  board;
    uint32_t                 numbers[YZ_LIMIT_MAX + 1];
    char                     next[YZ_CURSOR_SIZE];

    before = 0;
    hash = ngx_http_yizhan_query_hash(ctx);

    if (ctx->query->cursor.n > 0) {
        rc = ngx_http_yizhan_query_cursor(ctx, YZ_CURSOR_LIST, hash, &cursor);
        if (rc != NGX_OK) {
            return rc;
        }

        /* nothing comes before the first post, which has number 1 */

        before = ngx_max(cursor.place_number, 1);
    }

    status = yz_reader_posts_newest(ctx->reader, ask, before, numbers, &count);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "post_time");
    }

    shown = ngx_min(count, ctx->query->limit);

    if (ngx_http_yizhan_posts_create(ctx, &board, shown) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < shown; i++) {
        ngx_http_yizhan_posts_add(ctx, &board, numbers[i], -1);
    }

    if (count > shown) {
        cursor.kind = YZ_CURSOR_LIST;
        cursor.hilbert = 0;
        cursor.place_number = numbers[shown - 1];

        board.next.n = yz_cursor_write(&cursor, hash, next);
        board.next.p = next;
    }

    return ngx_http_yizhan_posts_answer(ctx, &board);
}


static ngx_int_t
ngx_http_yizhan_posts_nearest(ngx_http_yizhan_ctx_t *ctx,
    const yz_post_ask *ask)
{
    uint32_t                 i, count, shown;
    uint64_t                 hash;
    ngx_int_t                rc;
    yz_status                status;
    yz_cursor                cursor;
    yz_geo_hit               hits[YZ_LIMIT_MAX + 1];
    yz_post_from             from;
    ngx_http_yizhan_board_t  board;
    char                     next[YZ_CURSOR_SIZE];

    ngx_http_yizhan_posts_origin(ctx->query, &from);

    hash = ngx_http_yizhan_query_hash(ctx);

    if (ctx->query->cursor.n > 0) {
        rc = ngx_http_yizhan_query_cursor(ctx, YZ_CURSOR_NEARBY, hash,
                                          &cursor);
        if (rc != NGX_OK) {
            return rc;
        }

        from.after_key = cursor.distance;

        if (yz_number_parse_u32((yz_span) { cursor.id, cursor.id_n },
                                UINT32_MAX, &from.after_number)
            != YZ_OK)
        {
            return ngx_http_yizhan_query_refuse(ctx, "cursor",
                       YZ_PARAM_MALFORMED, YZ_QUERY_CURSOR_DETAIL);
        }
    }

    status = yz_reader_posts_nearest(ctx->reader, ask, &from, hits, &count);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "geo");
    }

    shown = ngx_min(count, ctx->query->limit);

    if (ngx_http_yizhan_posts_create(ctx, &board, shown) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < shown; i++) {
        ngx_http_yizhan_posts_add(ctx, &board, hits[i].number,
                                  yz_geo_key_m(hits[i].key));
    }

    if (count > shown) {
        cursor.kind = YZ_CURSOR_NEARBY;
        cursor.distance = hits[shown - 1].key;
        cursor.id_n = ngx_sprintf((u_char *) cursor.id, "%uD",
                                  hits[shown - 1].number)
                      - (u_char *) cursor.id;

        board.next.n = yz_cursor_write(&cursor, hash, next);
        board.next.p = next;
    }

    return ngx_http_yizhan_posts_answer(ctx, &board);
}


static void
ngx_http_yizhan_posts_origin(const yz_query *query, yz_post_from *from)
{
    double  lng, lat;

    lng = query->lng;
    lat = query->lat;

    yz_crs_to_wgs84(query->crs, &lng, &lat);

    from->lng_e7 = (int32_t) lround(lng * 1e7);
    from->lat_e7 = (int32_t) lround(lat * 1e7);
    from->after_key = -1;
    from->after_number = 0;
}


static ngx_int_t
ngx_http_yizhan_posts_create(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_board_t *board, ngx_uint_t max)
{
    ngx_memzero(board, sizeof(ngx_http_yizhan_board_t));

    if (max == 0) {
        return NGX_OK;
    }

    board->posts = ngx_palloc(ctx->request->pool,
                              max * sizeof(ngx_http_yizhan_post_t));

    return board->posts == NULL ? NGX_ERROR : NGX_OK;
}


/* A damaged record is logged and costs the list no more than this post. */

static void
ngx_http_yizhan_posts_add(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_board_t *board, uint32_t number, double distance_m)
{
    yz_status                status;
    ngx_http_yizhan_post_t  *post;

    post = &board->posts[board->count];
    post->distance_m = distance_m;

    status = yz_reader_post(ctx->reader, number, &post->view);

    if (status == YZ_OK && post->view.head.open) {
        ngx_http_yizhan_valid_until(ctx, post->view.head.expires_s);
        board->count++;
        return;
    }

    (void) ngx_http_yizhan_data_fault(ctx, status == YZ_IO ? status
                                                           : YZ_CORRUPT,
                                      "post");
}


static ngx_int_t
ngx_http_yizhan_posts_answer(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_board_t *board)
{
    u_char              *p, *last;
    yz_crs               crs;
    yz_span              path, args;
    ngx_uint_t           i;
    ngx_http_request_t  *r;

    r = ctx->request;
    crs = ctx->query->out_crs;

    /* the link to more is what the client asked, whatever was rewritten */

    p = r->unparsed_uri.data;
    last = ngx_strlchr(p, p + r->unparsed_uri.len, '?');

    path.p = (char *) p;
    path.n = last != NULL ? (size_t) (last - p) : r->unparsed_uri.len;

    args.p = (char *) r->args.data;
    args.n = r->args.len;

    if (ngx_http_yizhan_out_create(ctx,
                   ngx_http_yizhan_posts_size(board->posts, board->count)
                   + NGX_HTTP_YIZHAN_FRAME_SIZE
                   + ngx_http_yizhan_links_size(path, args, board->next))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    YZ_OUT_LIT(&ctx->out, "{\"type\":\"FeatureCollection\",\"features\":[");

    for (i = 0; i < board->count; i++) {
        if (i > 0) {
            yz_out_char(&ctx->out, ',');
        }

        ngx_http_yizhan_post_render(&ctx->out, &board->posts[i], crs);
        yz_out_char(&ctx->out, '}');
    }

    YZ_OUT_LIT(&ctx->out, "]");
    ngx_http_yizhan_frame_render(&ctx->out, crs, ctx->valid_until_s);
    ngx_http_yizhan_links_render(&ctx->out, path, args, board->next);
    yz_out_char(&ctx->out, '}');

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_post_parse(ngx_http_yizhan_ctx_t *ctx)
{
    uint32_t   number;
    ngx_int_t  rc;

    if (memchr(ctx->segment.p, '/', ctx->segment.n) != NULL) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_PATH_UNKNOWN);
    }

    if (ctx->segment.p[0] == '0'
        || yz_number_parse_u32(ctx->segment, UINT32_MAX, &number) != YZ_OK)
    {
        return ngx_http_yizhan_query_refuse_path(ctx, "id",
                   YZ_PARAM_MALFORMED, "id 是帖子的编号，例如 17");
    }

    if (ctx->request->args.len == 0) {
        ctx->out_crs = YZ_CRS_WGS84;
        return NGX_OK;
    }

    rc = ngx_http_yizhan_query_parse(ctx, yz_query_post);

    if (rc == NGX_OK) {
        ctx->out_crs = ctx->query->out_crs;
    }

    return rc;
}


ngx_int_t
ngx_http_yizhan_post_find(ngx_http_yizhan_ctx_t *ctx)
{
    uint32_t                 number;
    yz_status                status;
    ngx_http_yizhan_post_t   post;

    (void) yz_number_parse_u32(ctx->segment, UINT32_MAX, &number);

    status = yz_reader_post(ctx->reader, number, &post.view);

    if (status == YZ_NOT_FOUND) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_POST_UNKNOWN);
    }

    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "post");
    }

    if (!post.view.head.open || post.view.head.expires_s <= ctx->now_s) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_POST_GONE);
    }

    post.distance_m = -1;
    ngx_http_yizhan_valid_until(ctx, post.view.head.expires_s);

    if (ngx_http_yizhan_out_create(ctx, ngx_http_yizhan_posts_size(&post, 1)
                                        + NGX_HTTP_YIZHAN_FRAME_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_post_render(&ctx->out, &post, ctx->out_crs);
    ngx_http_yizhan_frame_render(&ctx->out, ctx->out_crs, ctx->valid_until_s);
    yz_out_char(&ctx->out, '}');

    return NGX_OK;
}


/* It takes no parameters, as a region does not. */

ngx_int_t
ngx_http_yizhan_items_parse(ngx_http_yizhan_ctx_t *ctx)
{
    return ngx_http_yizhan_query_parse(ctx, yz_query_region);
}


ngx_int_t
ngx_http_yizhan_items_find(ngx_http_yizhan_ctx_t *ctx)
{
    yz_span    json;
    yz_status  status;

    status = yz_reader_items(ctx->reader, &json);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "items");
    }

    if (json.n == 0) {
        json = YZ_SPAN("{\"items\":[]}");
    }

    if (ngx_http_yizhan_out_create(ctx, json.n) != NGX_OK) {
        return NGX_ERROR;
    }

    yz_out_span(&ctx->out, json);

    return NGX_OK;
}
