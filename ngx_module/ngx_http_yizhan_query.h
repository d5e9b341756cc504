
/*
 * What the endpoints with parameters share: parsing, words to numbers, and
 * cursors.
 */


#ifndef _NGX_HTTP_YIZHAN_QUERY_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_QUERY_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"

#include "core/cursor.h"


typedef yz_status (*ngx_http_yizhan_parser_pt)(yz_span raw, yz_query *query,
    yz_query_error *error);


/*
 * Parses the query string into ctx->query; NGX_DECLINED with
 * parameter-invalid and ctx->query_error.
 */
ngx_int_t ngx_http_yizhan_query_parse(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_parser_pt parser);

/* Declines with a fault of one parameter; "detail" is Chinese and static. */
ngx_int_t ngx_http_yizhan_query_refuse(ngx_http_yizhan_ctx_t *ctx,
    const char *parameter, yz_param_fault fault, const char *detail);

/* The same for a parameter in the path, with path-invalid. */
ngx_int_t ngx_http_yizhan_query_refuse_path(ngx_http_yizhan_ctx_t *ctx,
    const char *parameter, yz_param_fault fault, const char *detail);

/* What binds a cursor to the query; reads ctx->query. */
uint64_t ngx_http_yizhan_query_hash(ngx_http_yizhan_ctx_t *ctx);

/* Reads the query's cursor, which must be there; declines a foreign one. */
ngx_int_t ngx_http_yizhan_query_cursor(ngx_http_yizhan_ctx_t *ctx,
    yz_cursor_kind kind, uint64_t hash, yz_cursor *cursor);

/*
 * Turns the query's words and numbers into a filter; open and box are the
 * caller's.  YZ_NOT_FOUND: no place can pass.
 */
yz_status ngx_http_yizhan_query_filter(ngx_http_yizhan_ctx_t *ctx,
    yz_geo_filter *filter);


#endif /* _NGX_HTTP_YIZHAN_QUERY_H_INCLUDED_ */
