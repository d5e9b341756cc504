
/*
 * The table of endpoints, and the search in it.  Called by the handler.
 */


#include "ngx_module/ngx_http_yizhan_route.h"
#include "ngx_module/ngx_http_yizhan_list.h"
#include "ngx_module/ngx_http_yizhan_nearby.h"
#include "ngx_module/ngx_http_yizhan_place.h"
#include "ngx_module/ngx_http_yizhan_posts.h"
#include "ngx_module/ngx_http_yizhan_region.h"
#include "ngx_module/ngx_http_yizhan_scan.h"
#include "ngx_module/ngx_http_yizhan_service.h"
#include "ngx_module/ngx_http_yizhan_writes.h"

#include "core/accept.h"
#include "core/utf8.h"


#define NGX_HTTP_YIZHAN_PATH_MAX  1024

#define NGX_HTTP_YIZHAN_WRITE_METHODS                                         \
    (NGX_HTTP_POST|NGX_HTTP_PUT|NGX_HTTP_PATCH|NGX_HTTP_DELETE)
#define NGX_HTTP_YIZHAN_ALL_METHODS                                           \
    (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_YIZHAN_WRITE_METHODS)


static const ngx_http_yizhan_route_t *ngx_http_yizhan_route_of(
    ngx_http_yizhan_ctx_t *ctx, ngx_str_t *path);
static ngx_uint_t ngx_http_yizhan_route_matches(
    const ngx_http_yizhan_route_t *route, ngx_str_t *path);
static void ngx_http_yizhan_route_strip(ngx_http_yizhan_ctx_t *ctx,
    ngx_str_t *path);
static yz_span ngx_http_yizhan_route_accept(ngx_http_request_t *r);


static const ngx_http_yizhan_route_t  ngx_http_yizhan_routes[] = {

    { .name = ngx_string("scan"),
      .path = ngx_string("/s/"),
      .segment = 1,
      .scan = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .find = ngx_http_yizhan_scan_find },

    { .name = ngx_string("nearby"),
      .path = ngx_string("/v1/nearby"),
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .parse = ngx_http_yizhan_nearby_parse,
      .find = ngx_http_yizhan_nearby_find },

    { .name = ngx_string("places"),
      .path = ngx_string("/v1/places"),
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .parse = ngx_http_yizhan_list_parse,
      .find = ngx_http_yizhan_list_find },

    { .name = ngx_string("ratings"),
      .path = ngx_string("/v1/places/"),
      .tail = ngx_string("/ratings"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_POST },

    { .name = ngx_string("place"),
      .path = ngx_string("/v1/places/"),
      .segment = 1,
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .parse = ngx_http_yizhan_place_parse,
      .find = ngx_http_yizhan_place_find },

    { .name = ngx_string("posts"),
      .path = ngx_string("/v1/posts"),
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .writes = NGX_HTTP_POST,
      .parse = ngx_http_yizhan_posts_parse,
      .find = ngx_http_yizhan_posts_find },

    { .name = ngx_string("items"),
      .path = ngx_string("/v1/posts/items"),
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_JSON,
      .parse = ngx_http_yizhan_items_parse,
      .find = ngx_http_yizhan_items_find },

    { .name = ngx_string("posts"),
      .path = ngx_string("/v1/posts/"),
      .tail = ngx_string("/resolve"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_POST },

    { .name = ngx_string("posts"),
      .path = ngx_string("/v1/posts/"),
      .tail = ngx_string("/contact"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_POST },

    { .name = ngx_string("posts"),
      .path = ngx_string("/v1/posts/"),
      .tail = ngx_string("/report"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_POST },

    { .name = ngx_string("post"),
      .path = ngx_string("/v1/posts/"),
      .segment = 1,
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_GEO_JSON,
      .parse = ngx_http_yizhan_post_parse,
      .find = ngx_http_yizhan_post_find },

    { .name = ngx_string("region"),
      .path = ngx_string("/v1/regions/"),
      .segment = 1,
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_JSON,
      .parse = ngx_http_yizhan_region_parse,
      .find = ngx_http_yizhan_region_find },

    { .name = ngx_string("healthz"),
      .path = ngx_string("/healthz"),
      .fresh = 1,
      .media = NGX_HTTP_YIZHAN_TEXT,
      .render = ngx_http_yizhan_healthz_render },

    { .name = ngx_string("readyz"),
      .path = ngx_string("/readyz"),
      .fresh = 1,
      .media = NGX_HTTP_YIZHAN_JSON,
      .find = ngx_http_yizhan_readyz_find },

    { .name = ngx_string("version"),
      .path = ngx_string("/version"),
      .fresh = 1,
      .media = NGX_HTTP_YIZHAN_JSON,
      .render = ngx_http_yizhan_version_render },

    { .name = ngx_string("openapi"),
      .path = ngx_string("/openapi.json"),
      .cors = 1,
      .media = NGX_HTTP_YIZHAN_JSON,
      .render = ngx_http_yizhan_openapi_render },

    /* what follows has no reading here: without "yizhan_writes" no path */

    { .name = ngx_string("tickets"),
      .path = ngx_string("/v1/tickets"),
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("tickets"),
      .path = ngx_string("/v1/tickets/"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("session"),
      .path = ngx_string("/v1/session"),
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("session"),
      .path = ngx_string("/v1/session/"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("me"),
      .path = ngx_string("/v1/me"),
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("me"),
      .path = ngx_string("/v1/me/"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },

    { .name = ngx_string("admin"),
      .path = ngx_string("/v1/admin/"),
      .segment = 1,
      .cors = 1,
      .writes = NGX_HTTP_YIZHAN_ALL_METHODS },
};


/*
 * A path is looked at as it is, so that "location /s/" may serve scans, and
 * then without the name of its location, so that all may lie below one.
 */

ngx_int_t
ngx_http_yizhan_route_find(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_str_t                       path;
    const ngx_http_yizhan_route_t  *route;

    path = ctx->request->uri;

    route = ngx_http_yizhan_route_of(ctx, &path);

    if (route == NULL) {
        ngx_http_yizhan_route_strip(ctx, &path);
        route = ngx_http_yizhan_route_of(ctx, &path);
    }

    if (route == NULL) {
        return ngx_http_yizhan_decline(ctx,
                   path.len > NGX_HTTP_YIZHAN_PATH_MAX
                   || !yz_text_clean((yz_span) { (char *) path.data,
                                                 path.len })
                   ? YZ_PROBLEM_PATH_INVALID : YZ_PROBLEM_PATH_UNKNOWN);
    }

    ctx->route = route;
    ctx->media = route->media;
    ctx->path = path;
    ctx->segment.p = (char *) path.data + route->path.len;
    ctx->segment.n = path.len - route->path.len - route->tail.len;

    ngx_http_yizhan_writes_methods(ctx);

    if (route->scan) {

        /* what no code can be is answered like an unknown one, by the scan */

        ctx->html = yz_accept_html(ngx_http_yizhan_route_accept(ctx->request));
    }

    return NGX_OK;
}


static const ngx_http_yizhan_route_t *
ngx_http_yizhan_route_of(ngx_http_yizhan_ctx_t *ctx, ngx_str_t *path)
{
    ngx_uint_t                      i, n;
    ngx_http_yizhan_loc_conf_t     *ylcf;
    const ngx_http_yizhan_route_t  *route;

    ylcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_yizhan_module);

    n = sizeof(ngx_http_yizhan_routes) / sizeof(ngx_http_yizhan_routes[0]);

    for (i = 0; i < n; i++) {
        route = &ngx_http_yizhan_routes[i];

        if (ngx_http_yizhan_route_matches(route, path)
            && (route->find != NULL || route->render != NULL
                || ylcf->writes.len != 0))
        {
            return route;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_http_yizhan_route_matches(const ngx_http_yizhan_route_t *route,
    ngx_str_t *path)
{
    size_t   len;
    u_char  *tail;

    len = route->path.len;

    if (route->segment ? path->len <= len : path->len != len) {
        return 0;
    }

    if (ngx_memcmp(path->data, route->path.data, len) != 0) {
        return 0;
    }

    if (route->tail.len == 0) {
        return 1;
    }

    /* one segment, and the tail */

    if (path->len <= len + route->tail.len) {
        return 0;
    }

    tail = path->data + path->len - route->tail.len;

    return ngx_memcmp(tail, route->tail.data, route->tail.len) == 0
           && ngx_strlchr(path->data + len, tail, '/') == NULL;
}


static void
ngx_http_yizhan_route_strip(ngx_http_yizhan_ctx_t *ctx, ngx_str_t *path)
{
    ngx_http_yizhan_loc_conf_t  *ylcf;

    ylcf = ngx_http_get_module_loc_conf(ctx->request, ngx_http_yizhan_module);

    if (path->len >= ylcf->prefix.len
        && ngx_strncmp(path->data, ylcf->prefix.data, ylcf->prefix.len) == 0)
    {
        path->data += ylcf->prefix.len;
        path->len -= ylcf->prefix.len;
    }
}


static yz_span
ngx_http_yizhan_route_accept(ngx_http_request_t *r)
{
#if (NGX_HTTP_HEADERS)

    ngx_table_elt_t  *h;

    h = r->headers_in.accept;

    if (h != NULL) {
        return (yz_span) { (char *) h->value.data, h->value.len };
    }

#else

    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].key.len == sizeof("Accept") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Accept",
                                   sizeof("Accept") - 1)
                   == 0)
            {
                return (yz_span) { (char *) h[i].value.data, h[i].value.len };
            }
        }
    }

#endif

    return (yz_span) { NULL, 0 };
}
