
/*
 * From the module to the writing daemon.  nginx forgets a module's context of
 * a request that enters a named location, and adds request line, referrer and
 * upstream URI to what it logs about it: a cleanup of the request's pool keeps
 * the one, a log handler of our own replaces the other.  Called by the
 * handler; the variables and "Allow" ask here too.
 */


#include "ngx_module/ngx_http_yizhan_writes.h"


#define NGX_HTTP_YIZHAN_READS  (NGX_HTTP_GET|NGX_HTTP_HEAD)


typedef struct {
    ngx_http_yizhan_ctx_t  *ctx;
    ngx_log_t              *log;
    ngx_log_handler_pt      handler;  /* that the log had before */
} ngx_http_yizhan_handed_t;


static void ngx_http_yizhan_writes_cleanup(void *data);
static u_char *ngx_http_yizhan_writes_log(ngx_log_t *log, u_char *buf,
    size_t len);


static const struct {
    ngx_uint_t  method;
    ngx_str_t   name;
} ngx_http_yizhan_method_names[] = {
    { NGX_HTTP_GET, ngx_string("GET") },
    { NGX_HTTP_HEAD, ngx_string("HEAD") },
    { NGX_HTTP_POST, ngx_string("POST") },
    { NGX_HTTP_PUT, ngx_string("PUT") },
    { NGX_HTTP_PATCH, ngx_string("PATCH") },
    { NGX_HTTP_DELETE, ngx_string("DELETE") },
    { NGX_HTTP_OPTIONS, ngx_string("OPTIONS") },
};


void
ngx_http_yizhan_writes_methods(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_http_yizhan_loc_conf_t     *ylcf;
    const ngx_http_yizhan_route_t  *route;

    route = ctx->route;
    ylcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_yizhan_module);

    ctx->methods = NGX_HTTP_OPTIONS;

    if (route->find != NULL || route->render != NULL) {
        ctx->methods |= NGX_HTTP_YIZHAN_READS;
    }

    if (ylcf->writes.len != 0) {
        ctx->methods |= route->writes;
    }
}


ngx_uint_t
ngx_http_yizhan_writes_takes(ngx_http_yizhan_ctx_t *ctx)
{
    return (ctx->request->method & ctx->methods & ctx->route->writes) != 0;
}


ngx_int_t
ngx_http_yizhan_writes_allow(ngx_http_yizhan_ctx_t *ctx, ngx_str_t *text)
{
    u_char      *p;
    ngx_uint_t   i, n;

    n = sizeof(ngx_http_yizhan_method_names)
        / sizeof(ngx_http_yizhan_method_names[0]);

    p = ngx_pnalloc(ctx->request->pool, n * sizeof("OPTIONS, "));
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;

    for (i = 0; i < n; i++) {
        if (!(ctx->methods & ngx_http_yizhan_method_names[i].method)) {
            continue;
        }

        if (p != text->data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = ngx_cpymem(p, ngx_http_yizhan_method_names[i].name.data,
                       ngx_http_yizhan_method_names[i].name.len);
    }

    text->len = p - text->data;

    return NGX_OK;
}


/*
 * The limit of the named location holds.  nginx itself looks at it for
 * chunked bodies only: a length in the header it compares before it knows
 * where the request goes.
 */

ngx_int_t
ngx_http_yizhan_writes_hand_over(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_log_t                   *log;
    ngx_http_request_t          *r;
    ngx_pool_cleanup_t          *cln;
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_yizhan_handed_t    *handed;
    ngx_http_yizhan_loc_conf_t  *ylcf;

    r = ctx->request;
    log = r->connection->log;

    ylcf = ngx_http_get_module_loc_conf(r, ngx_http_yizhan_module);

    clcf = ngx_http_yizhan_writes_location(
               ngx_http_get_module_srv_conf(r, ngx_http_core_module),
               &ylcf->writes);

    if (clcf != NULL && clcf->client_max_body_size != 0
        && r->headers_in.content_length_n > clcf->client_max_body_size)
    {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_BODY_TOO_LARGE);
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_yizhan_handed_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    handed = cln->data;
    handed->ctx = ctx;
    handed->log = log;
    handed->handler = log->handler;

    cln->handler = ngx_http_yizhan_writes_cleanup;
    log->handler = ngx_http_yizhan_writes_log;

    ngx_str_set(&ctx->outcome, "handed-over");

    /* the daemon gets the path that was looked up, not another spelling */

    r->uri = ctx->path;
    r->valid_unparsed_uri = 0;

    return ngx_http_named_location(r, &ylcf->writes);
}


static void
ngx_http_yizhan_writes_cleanup(void *data)
{
    ngx_http_yizhan_handed_t  *handed = data;

    handed->log->handler = handed->handler;
}


ngx_http_yizhan_ctx_t *
ngx_http_yizhan_writes_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_yizhan_handed_t  *handed;

    /* the pool is gone when its other cleanups log something */

    if (r->pool == NULL) {
        return NULL;
    }

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_yizhan_writes_cleanup) {
            handed = cln->data;
            return handed->ctx;
        }
    }

    return NULL;
}


static u_char *
ngx_http_yizhan_writes_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                 *p;
    ngx_http_log_ctx_t     *lctx;
    ngx_http_request_t     *r;
    ngx_http_upstream_t    *u;
    ngx_http_yizhan_ctx_t  *ctx;

    p = buf;

    if (log->action) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    lctx = log->data;
    r = lctx->request;
    ctx = r != NULL ? ngx_http_yizhan_writes_ctx(r) : NULL;

    if (ctx == NULL) {
        return p;
    }

    p = ngx_snprintf(buf, len, ", request: \"%V %V\"", &r->method_name,
                     &ctx->route->name);
    len -= p - buf;
    buf = p;

    u = r->upstream;

    if (u != NULL && u->peer.name != NULL) {
        p = ngx_snprintf(buf, len, ", upstream: \"%V\"", u->peer.name);
    }

    return p;
}


ngx_http_core_loc_conf_t *
ngx_http_yizhan_writes_location(ngx_http_core_srv_conf_t *cscf,
    ngx_str_t *name)
{
    ngx_http_core_loc_conf_t  **clcfp;

    if (cscf->named_locations == NULL) {
        return NULL;
    }

    for (clcfp = cscf->named_locations; *clcfp != NULL; clcfp++) {
        if ((*clcfp)->name.len == name->len
            && ngx_strncmp((*clcfp)->name.data, name->data, name->len) == 0)
        {
            return *clcfp;
        }
    }

    return NULL;
}
