
/*
 * Headers and bytes of an answer.  Called by the handler, after the lookup;
 * looks nothing up.  Each header costs a measurable share of an answer's
 * time, so there are few, and their values are ready-made where they can be.
 */


#include "ngx_module/ngx_http_yizhan_send.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_writes.h"

#if (defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>))
#include <xxh_x86dispatch.h>  /* the same hash by the CPU's best vectors */
#else
#include <xxhash.h>
#endif


#define NGX_HTTP_YIZHAN_GONE      410  /* nginx has no name for it */
#define NGX_HTTP_YIZHAN_CACHE_CONTROL_SIZE                                    \
    (sizeof("private, max-age=") + NGX_INT64_LEN)
#define NGX_HTTP_YIZHAN_ETAG_LEN  (sizeof("\"0123456789abcdef\"") - 1)


typedef struct {
    ngx_str_t  type;
    size_t     len;   /* of the type without its charset */
} ngx_http_yizhan_type_t;


static ngx_int_t ngx_http_yizhan_send_add(ngx_http_request_t *r,
    ngx_str_t *key, ngx_str_t *value, ngx_table_elt_t **header);
static ngx_int_t ngx_http_yizhan_send_etag(ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_send_cache_control(
    ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_send_max_age(ngx_http_yizhan_ctx_t *ctx,
    ngx_str_t *value);
static ngx_int_t ngx_http_yizhan_send_register_cache_control(
    ngx_http_request_t *r, ngx_table_elt_t *h);
static ngx_int_t ngx_http_yizhan_send_status_headers(
    ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_send_headers(ngx_http_yizhan_ctx_t *ctx);
static ngx_int_t ngx_http_yizhan_send_body(ngx_http_yizhan_ctx_t *ctx);
static void ngx_http_yizhan_send_outcome(ngx_http_yizhan_ctx_t *ctx);


/* in the order of ngx_http_yizhan_media_e */
static const ngx_http_yizhan_type_t  ngx_http_yizhan_types[] = {
    { ngx_string("application/geo+json"), sizeof("application/geo+json") - 1 },
    { ngx_string("application/json"), sizeof("application/json") - 1 },
    { ngx_string("application/problem+json"),
      sizeof("application/problem+json") - 1 },
    { ngx_string("text/html; charset=utf-8"), sizeof("text/html") - 1 },
    { ngx_string("text/plain; charset=utf-8"), sizeof("text/plain") - 1 },
};

static ngx_str_t  ngx_http_yizhan_key_etag = ngx_string("ETag");
static ngx_str_t  ngx_http_yizhan_key_cache_control
                                                = ngx_string("Cache-Control");
static ngx_str_t  ngx_http_yizhan_key_vary = ngx_string("Vary");
static ngx_str_t  ngx_http_yizhan_key_allow = ngx_string("Allow");
static ngx_str_t  ngx_http_yizhan_key_retry_after = ngx_string("Retry-After");
static ngx_str_t  ngx_http_yizhan_key_origin
                                  = ngx_string("Access-Control-Allow-Origin");
static ngx_str_t  ngx_http_yizhan_key_methods
                                 = ngx_string("Access-Control-Allow-Methods");
static ngx_str_t  ngx_http_yizhan_key_headers
                                 = ngx_string("Access-Control-Allow-Headers");
static ngx_str_t  ngx_http_yizhan_key_max_age
                                       = ngx_string("Access-Control-Max-Age");

static ngx_str_t  ngx_http_yizhan_accept = ngx_string("Accept");
static ngx_str_t  ngx_http_yizhan_any = ngx_string("*");
static ngx_str_t  ngx_http_yizhan_no_store = ngx_string("no-store");
static ngx_str_t  ngx_http_yizhan_if_none_match = ngx_string("If-None-Match");
static ngx_str_t  ngx_http_yizhan_writing_headers = ngx_string(
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, "
    "Yizhan-Receipt, Yizhan-Scan-Token");
static ngx_str_t  ngx_http_yizhan_day = ngx_string("86400");


ngx_int_t
ngx_http_yizhan_send(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_int_t                      rc;
    ngx_http_request_t            *r;
    const ngx_http_yizhan_type_t  *type;

    r = ctx->request;
    type = &ngx_http_yizhan_types[ctx->media];

    r->headers_out.status = ctx->status;
    r->headers_out.content_length_n = ctx->out.n;
    r->headers_out.content_type = type->type;
    r->headers_out.content_type_len = type->len;

    if (ngx_http_yizhan_send_headers(ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * nginx compares If-None-Match with the ETag and makes it 304.  Answers
     * have no date of modification, so what asks by date is to be ignored,
     * while nginx would refuse it (RFC 9110, section 13.1.4).
     */

    r->headers_in.if_unmodified_since = NULL;

    rc = ngx_http_send_header(r);

    ngx_http_yizhan_send_outcome(ctx);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_yizhan_send_body(ctx);
}


static ngx_int_t
ngx_http_yizhan_send_headers(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_http_request_t             *r;
    const ngx_http_yizhan_route_t  *route;

    r = ctx->request;
    route = ctx->route;

    if (ngx_http_yizhan_send_cache_control(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (route != NULL && route->scan
        && ngx_http_yizhan_send_add(r, &ngx_http_yizhan_key_vary,
                                    &ngx_http_yizhan_accept, NULL)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (route != NULL && route->cors
        && ngx_http_yizhan_send_add(r, &ngx_http_yizhan_key_origin,
                                    &ngx_http_yizhan_any, NULL)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ctx->status == NGX_HTTP_OK) {
        return NGX_OK;
    }

    return ngx_http_yizhan_send_status_headers(ctx);
}


static ngx_int_t
ngx_http_yizhan_send_status_headers(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_str_t            value;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (ctx->status == NGX_HTTP_NOT_ALLOWED) {
        if (ngx_http_yizhan_writes_allow(ctx, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_yizhan_send_add(r, &ngx_http_yizhan_key_allow, &value,
                                        NULL);
    }

    if (ctx->status != NGX_HTTP_SERVICE_UNAVAILABLE) {
        return NGX_OK;
    }

    value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%ui",
                            ngx_http_yizhan_data_retry_after())
                - value.data;

    return ngx_http_yizhan_send_add(r, &ngx_http_yizhan_key_retry_after,
                                    &value, NULL);
}


/*
 * A gone place is an answer like any other; errors are not to be stored, for
 * the next moment may mend them.
 */

static ngx_int_t
ngx_http_yizhan_send_cache_control(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_str_t         value;
    ngx_table_elt_t  *h;

    if (ctx->route == NULL || ctx->route->fresh
        || (ctx->status != NGX_HTTP_OK && ctx->status != NGX_HTTP_YIZHAN_GONE))
    {
        value = ngx_http_yizhan_no_store;

    } else if (ngx_http_yizhan_send_max_age(ctx, &value) != NGX_OK
               || ngx_http_yizhan_send_etag(ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_yizhan_send_add(ctx->request,
                                 &ngx_http_yizhan_key_cache_control, &value,
                                 &h)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_yizhan_send_register_cache_control(ctx->request, h);
}


static ngx_int_t
ngx_http_yizhan_send_max_age(ngx_http_yizhan_ctx_t *ctx, ngx_str_t *value)
{
    u_char                      *p;
    yz_out                       text;
    int64_t                      age;
    ngx_http_yizhan_loc_conf_t  *ylcf;

    ylcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_yizhan_module);

    age = ngx_min(ctx->valid_until_s - ctx->now_s, (int64_t) ylcf->max_age);

    p = ngx_pnalloc(ctx->request->pool, NGX_HTTP_YIZHAN_CACHE_CONTROL_SIZE);
    if (p == NULL) {
        return NGX_ERROR;
    }

    yz_out_init(&text, p, NGX_HTTP_YIZHAN_CACHE_CONTROL_SIZE);

    if (ctx->route->scan) {
        YZ_OUT_LIT(&text, "private, max-age=");

    } else {
        YZ_OUT_LIT(&text, "public, max-age=");
    }

    yz_out_u64(&text, (uint64_t) age);

    value->data = p;
    value->len = text.n;

    return NGX_OK;
}


/* So that "expires" and $sent_http_cache_control know of it. */

static ngx_int_t
ngx_http_yizhan_send_register_cache_control(ngx_http_request_t *r,
    ngx_table_elt_t *h)
{
#if (nginx_version >= 1023000)

    r->headers_out.cache_control = h;

#else

    ngx_table_elt_t  **ph;

    if (ngx_array_init(&r->headers_out.cache_control, r->pool, 1,
                       sizeof(ngx_table_elt_t *))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ph = ngx_array_push(&r->headers_out.cache_control);
    *ph = h;

#endif

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_send_etag(ngx_http_yizhan_ctx_t *ctx)
{
    u_char              *p;
    XXH64_hash_t         hash;
    ngx_str_t            value;
    XXH64_canonical_t    canonical;

    hash = XXH3_64bits(ctx->out.p, ctx->out.n);
    XXH64_canonicalFromHash(&canonical, hash);

    p = ngx_pnalloc(ctx->request->pool, NGX_HTTP_YIZHAN_ETAG_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = NGX_HTTP_YIZHAN_ETAG_LEN;

    *p++ = '"';
    p = ngx_hex_dump(p, canonical.digest, sizeof(canonical.digest));
    *p = '"';

    return ngx_http_yizhan_send_add(ctx->request, &ngx_http_yizhan_key_etag,
                                    &value,
                                    &ctx->request->headers_out.etag);
}


/* Adds a header; *header, if asked for, is it. */

static ngx_int_t
ngx_http_yizhan_send_add(ngx_http_request_t *r, ngx_str_t *key,
    ngx_str_t *value, ngx_table_elt_t **header)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key = *key;
    h->value = *value;

#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    if (header != NULL) {
        *header = h;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_send_body(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_buf_t            *b;
    ngx_chain_t           out;
    ngx_http_request_t   *r;

    r = ctx->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) ctx->out.p;
    b->last = b->pos + ctx->out.n;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static void
ngx_http_yizhan_send_outcome(ngx_http_yizhan_ctx_t *ctx)
{
    const char  *text;

    if (ctx->request->headers_out.status == NGX_HTTP_NOT_MODIFIED) {
        ngx_str_set(&ctx->outcome, "not-modified");

    } else if (ctx->status == NGX_HTTP_OK) {
        ngx_str_set(&ctx->outcome, "ok");

    } else if (ctx->status == NGX_HTTP_NO_CONTENT) {
        ngx_str_set(&ctx->outcome, "options");

    } else {
        text = yz_problem_code_text(ctx->problem);
        ctx->outcome.data = (u_char *) text;
        ctx->outcome.len = ngx_strlen(text);
    }
}


ngx_int_t
ngx_http_yizhan_send_options(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_str_t            methods;
    ngx_uint_t           i, n;
    ngx_http_request_t  *r;

    struct {
        ngx_str_t  *key;
        ngx_str_t  *value;
    } headers[] = {
        { &ngx_http_yizhan_key_allow, &methods },
        { &ngx_http_yizhan_key_origin, &ngx_http_yizhan_any },
        { &ngx_http_yizhan_key_methods, &methods },
        { &ngx_http_yizhan_key_headers, &ngx_http_yizhan_if_none_match },
        { &ngx_http_yizhan_key_max_age, &ngx_http_yizhan_day },
    };

    r = ctx->request;
    n = ctx->route->cors ? sizeof(headers) / sizeof(headers[0]) : 1;

    if (ctx->methods & ctx->route->writes) {
        headers[3].value = &ngx_http_yizhan_writing_headers;
    }

    if (ngx_http_yizhan_writes_allow(ctx, &methods) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; i < n; i++) {
        if (ngx_http_yizhan_send_add(r, headers[i].key, headers[i].value, NULL)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    ctx->status = NGX_HTTP_NO_CONTENT;
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;

    ngx_http_yizhan_send_outcome(ctx);

    return ngx_http_send_header(r);
}
