
/*
 * $yizhan_endpoint, $yizhan_outcome, $yizhan_place, $yizhan_generation and
 * $yizhan_lookup_time: what an access log may hold.  None of them shows a
 * code, a query or a position.
 */


#include "ngx_module/ngx_http_yizhan_variables.h"
#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_writes.h"


static ngx_http_yizhan_ctx_t *ngx_http_yizhan_variable_ctx(
    ngx_http_request_t *r);
static ngx_int_t ngx_http_yizhan_variable_endpoint(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_yizhan_variable_str(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_yizhan_variable_generation(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_yizhan_variable_lookup_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static void ngx_http_yizhan_variable_set(ngx_http_variable_value_t *v,
    u_char *data, size_t len);


static ngx_str_t  ngx_http_yizhan_lookup_time
                                          = ngx_string("yizhan_lookup_time");


static ngx_http_variable_t  ngx_http_yizhan_variables[] = {

    { ngx_string("yizhan_endpoint"), NULL,
      ngx_http_yizhan_variable_endpoint, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("yizhan_outcome"), NULL, ngx_http_yizhan_variable_str,
      offsetof(ngx_http_yizhan_ctx_t, outcome), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("yizhan_place"), NULL, ngx_http_yizhan_variable_str,
      offsetof(ngx_http_yizhan_ctx_t, place), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("yizhan_generation"), NULL,
      ngx_http_yizhan_variable_generation, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("yizhan_lookup_time"), NULL,
      ngx_http_yizhan_variable_lookup_time, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_yizhan_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_yizhan_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_http_yizhan_variables_time_used(ngx_conf_t *cf)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].name.len == ngx_http_yizhan_lookup_time.len
            && ngx_strncmp(v[i].name.data, ngx_http_yizhan_lookup_time.data,
                           v[i].name.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_http_yizhan_ctx_t *
ngx_http_yizhan_variable_ctx(ngx_http_request_t *r)
{
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_yizhan_module);

    return ctx != NULL ? ctx : ngx_http_yizhan_writes_ctx(r);
}


static ngx_int_t
ngx_http_yizhan_variable_endpoint(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_yizhan_variable_ctx(r);

    if (ctx == NULL || ctx->route == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_yizhan_variable_set(v, ctx->route->name.data,
                                 ctx->route->name.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_variable_str(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t              *str;
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_yizhan_variable_ctx(r);
    str = ctx != NULL ? (ngx_str_t *) ((u_char *) ctx + data) : NULL;

    if (str == NULL || str->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_http_yizhan_variable_set(v, str->data, str->len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_variable_generation(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                 *p;
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_yizhan_variable_ctx(r);

    if (ctx == NULL || !ctx->looked_up) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_http_yizhan_variable_set(v, p,
                                 ngx_sprintf(p, "%uL", ctx->generation) - p);

    return NGX_OK;
}


/* Microseconds with one decimal. */

static ngx_int_t
ngx_http_yizhan_variable_lookup_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                 *p;
    uint64_t                tenths;
    ngx_http_yizhan_ctx_t  *ctx;

    ctx = ngx_http_yizhan_variable_ctx(r);

    if (ctx == NULL || !ctx->looked_up) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN + sizeof(".0") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    tenths = (ctx->lookup_ns + 50) / 100;

    ngx_http_yizhan_variable_set(v, p, ngx_sprintf(p, "%uL.%uL", tenths / 10,
                                                   tenths % 10)
                                       - p);

    return NGX_OK;
}


static void
ngx_http_yizhan_variable_set(ngx_http_variable_value_t *v, u_char *data,
    size_t len)
{
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = data;
    v->len = len;
}
