
/*
 * /healthz, /readyz, /version and /openapi.json.  Called by the handler;
 * readyz inside a lookup, the others without.
 */


#include "ngx_module/ngx_http_yizhan_service.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_render.h"

#include "lmdb_schema/layout.h"

/* made of openapi.json while building, see "config.make" */
#include "ngx_http_yizhan_openapi.h"


#define NGX_HTTP_YIZHAN_SERVICE_SIZE  1024

#if defined(__clang__)
#define NGX_HTTP_YIZHAN_COMPILER  "clang " __clang_version__
#else
#define NGX_HTTP_YIZHAN_COMPILER  "gcc " __VERSION__
#endif


static void ngx_http_yizhan_facts_render(yz_out *out,
    const yz_reader_facts *facts);


/* The worker runs; nothing more is looked at. */

ngx_int_t
ngx_http_yizhan_healthz_render(ngx_http_yizhan_ctx_t *ctx)
{
    if (ngx_http_yizhan_out_create(ctx, sizeof("ok\n") - 1) != NGX_OK) {
        return NGX_ERROR;
    }

    YZ_OUT_LIT(&ctx->out, "ok\n");

    return NGX_OK;
}


/* Without data the lookup has been declined before this is called. */

ngx_int_t
ngx_http_yizhan_readyz_find(ngx_http_yizhan_ctx_t *ctx)
{
    yz_out           *out;
    yz_reader_facts   facts;

    if (ngx_http_yizhan_out_create(ctx, NGX_HTTP_YIZHAN_SERVICE_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    out = &ctx->out;

    yz_reader_get_facts(ctx->reader, &facts);

    YZ_OUT_LIT(out, "{\"ready\":true,");
    ngx_http_yizhan_facts_render(out, &facts);

    /* clocks of writer and reader may differ: no age below zero */

    YZ_OUT_LIT(out, ",\"age_s\":");
    yz_out_i64(out, ngx_max(ctx->now_s - facts.applied_at_s, 0));
    YZ_OUT_LIT(out, ",\"places\":");
    yz_out_u64(out, facts.places);
    yz_out_char(out, '}');

    return NGX_OK;
}


static void
ngx_http_yizhan_facts_render(yz_out *out, const yz_reader_facts *facts)
{
    YZ_OUT_LIT(out, "\"generation\":");
    yz_out_u64(out, facts->generation);
    YZ_OUT_LIT(out, ",\"format\":");
    yz_out_u64(out, facts->format);
    YZ_OUT_LIT(out, ",\"applied_seq\":");
    yz_out_u64(out, facts->applied_seq);
    YZ_OUT_LIT(out, ",\"applied_at\":");
    ngx_http_yizhan_time_render(out, facts->applied_at_s);
}


/* A worker without data still tells what it is: "data" is null then. */

ngx_int_t
ngx_http_yizhan_version_render(ngx_http_yizhan_ctx_t *ctx)
{
    yz_out           *out;
    ngx_int_t         rc;
    yz_reader_facts   facts;

    if (ngx_http_yizhan_out_create(ctx, NGX_HTTP_YIZHAN_SERVICE_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_yizhan_data_begin(ctx);

    if (rc == NGX_OK) {
        yz_reader_get_facts(ctx->reader, &facts);
        ngx_http_yizhan_data_end(ctx);
    }

    out = &ctx->out;

    YZ_OUT_LIT(out, "{\"yizhan\":\"" NGX_HTTP_YIZHAN_VERSION "\","
                    "\"nginx\":\"" NGINX_VERSION "\","
                    "\"built_with\":\"" NGX_HTTP_YIZHAN_COMPILER "\","
                    "\"formats\":[");

    if (YZ_PUBLIC_FORMAT > 1) {
        yz_out_u64(out, YZ_PUBLIC_FORMAT - 1);
        yz_out_char(out, ',');
    }

    yz_out_u64(out, YZ_PUBLIC_FORMAT);
    YZ_OUT_LIT(out, "],\"data\":");

    if (rc == NGX_OK) {
        yz_out_char(out, '{');
        ngx_http_yizhan_facts_render(out, &facts);
        yz_out_char(out, '}');

    } else {
        YZ_OUT_LIT(out, "null");
    }

    yz_out_char(out, '}');

    return NGX_OK;
}


ngx_int_t
ngx_http_yizhan_openapi_render(ngx_http_yizhan_ctx_t *ctx)
{
    /* the bytes are the program's own and last as long */

    yz_out_init(&ctx->out, (void *) (uintptr_t) ngx_http_yizhan_openapi,
                sizeof(ngx_http_yizhan_openapi));

    ctx->out.n = sizeof(ngx_http_yizhan_openapi);

    return NGX_OK;
}
