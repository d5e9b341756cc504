
/*
 * Query strings, as the endpoints of lists use them.  Parsing comes before
 * the lookup, the filter inside it.
 */


#include "ngx_module/ngx_http_yizhan_query.h"

#include <xxhash.h>


static ngx_int_t ngx_http_yizhan_query_create_error(
    ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_query_fault(ngx_http_yizhan_ctx_t *ctx,
    yz_problem_code problem, const char *parameter, yz_param_fault fault,
    const char *detail);


ngx_int_t
ngx_http_yizhan_query_parse(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_parser_pt parser)
{
    yz_span         raw;
    yz_query_error  error;

    ctx->query = ngx_palloc(ctx->request->pool, sizeof(yz_query));
    if (ctx->query == NULL) {
        return NGX_ERROR;
    }

    raw.p = (char *) ctx->request->args.data;
    raw.n = ctx->request->args.len;

    if (parser(raw, ctx->query, &error) == YZ_OK) {
        return NGX_OK;
    }

    if (ngx_http_yizhan_query_create_error(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    *ctx->query_error = error;

    return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_PARAMETER_INVALID);
}


static ngx_int_t
ngx_http_yizhan_query_create_error(ngx_http_yizhan_ctx_t *ctx)
{
    ctx->query_error = ngx_pcalloc(ctx->request->pool, sizeof(yz_query_error));

    return ctx->query_error == NULL ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_yizhan_query_refuse(ngx_http_yizhan_ctx_t *ctx, const char *parameter,
    yz_param_fault fault, const char *detail)
{
    return ngx_http_yizhan_query_fault(ctx, YZ_PROBLEM_PARAMETER_INVALID,
                                       parameter, fault, detail);
}


ngx_int_t
ngx_http_yizhan_query_refuse_path(ngx_http_yizhan_ctx_t *ctx,
    const char *parameter, yz_param_fault fault, const char *detail)
{
    return ngx_http_yizhan_query_fault(ctx, YZ_PROBLEM_PATH_INVALID,
                                       parameter, fault, detail);
}


static ngx_int_t
ngx_http_yizhan_query_fault(ngx_http_yizhan_ctx_t *ctx,
    yz_problem_code problem, const char *parameter, yz_param_fault fault,
    const char *detail)
{
    yz_query_fault  *first;

    if (ngx_http_yizhan_query_create_error(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->query_error->count = 1;

    first = &ctx->query_error->faults[0];
    first->fault = fault;
    first->detail = detail;

    (void) ngx_cpystrn((u_char *) first->parameter, (u_char *) parameter,
                       sizeof(first->parameter));

    return ngx_http_yizhan_decline(ctx, problem);
}


uint64_t
ngx_http_yizhan_query_hash(ngx_http_yizhan_ctx_t *ctx)
{
    char    canonical[YZ_QUERY_CANONICAL_MAX];
    size_t  n;

    n = yz_query_canonical(ctx->query, canonical, sizeof(canonical));

    return XXH64(canonical, n, 0);
}


ngx_int_t
ngx_http_yizhan_query_cursor(ngx_http_yizhan_ctx_t *ctx, yz_cursor_kind kind,
    uint64_t hash, yz_cursor *cursor)
{
    yz_cursor_fault  fault;

    if (yz_cursor_read(ctx->query->cursor, kind, hash, cursor, &fault)
        == YZ_OK)
    {
        return NGX_OK;
    }

    if (fault == YZ_CURSOR_OTHER_QUERY) {
        return ngx_http_yizhan_query_refuse(ctx, "cursor", YZ_PARAM_CONFLICT,
                   "这个 cursor 属于另一个查询，翻页时其他参数要保持不变");
    }

    return ngx_http_yizhan_query_refuse(ctx, "cursor", YZ_PARAM_MALFORMED,
               YZ_QUERY_CURSOR_DETAIL);
}


/*
 * Vocabularies are open: a word that no place has is no error, its answer is
 * empty.
 */

yz_status
ngx_http_yizhan_query_filter(ngx_http_yizhan_ctx_t *ctx, yz_geo_filter *filter)
{
    uint8_t          bit;
    uint16_t         kind;
    uint32_t         i;
    yz_status        status;
    const yz_query  *query;

    query = ctx->query;

    *filter = yz_geo_filter_any();
    filter->level = query->level;

    for (i = 0; i < query->services.count; i++) {
        status = yz_reader_service_of(ctx->reader, query->services.word[i],
                                      &bit);
        if (status != YZ_OK) {
            return status;
        }

        filter->services |= (uint64_t) 1 << bit;
    }

    for (i = 0; i < query->kinds.count; i++) {
        status = yz_reader_kind_of(ctx->reader, query->kinds.word[i], &kind);

        if (status == YZ_OK) {
            filter->kinds[filter->kind_count++] = kind;

        } else if (status != YZ_NOT_FOUND) {
            return status;
        }
    }

    if (query->kinds.count > 0 && filter->kind_count == 0) {
        return YZ_NOT_FOUND;
    }

    if (query->region_digits == 0) {
        return YZ_OK;
    }

    return yz_reader_filter_region(ctx->reader, query->region,
                                   query->region_digits, filter);
}
