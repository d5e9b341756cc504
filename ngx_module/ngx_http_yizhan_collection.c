
/*
 * Lists of places.  The endpoints of lists call it inside their lookup.
 */


#include "ngx_module/ngx_http_yizhan_collection.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_place.h"


ngx_int_t
ngx_http_yizhan_collection_create(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_collection_t *collection, ngx_uint_t max)
{
    u_char              *p, *last;
    ngx_http_request_t  *r;

    r = ctx->request;

    ngx_memzero(collection, sizeof(ngx_http_yizhan_collection_t));

    if (max > 0) {
        collection->features = ngx_palloc(r->pool,
                                     max * sizeof(ngx_http_yizhan_feature_t));
        if (collection->features == NULL) {
            return NGX_ERROR;
        }
    }

    collection->crs = ctx->query->out_crs;

    /* the link to more is what the client asked, whatever was rewritten */

    p = r->unparsed_uri.data;
    last = ngx_strlchr(p, p + r->unparsed_uri.len, '?');

    collection->path.p = (char *) p;
    collection->path.n = last != NULL ? (size_t) (last - p)
                                      : r->unparsed_uri.len;

    collection->args.p = (char *) r->args.data;
    collection->args.n = r->args.len;

    return NGX_OK;
}


ngx_http_yizhan_feature_t *
ngx_http_yizhan_collection_add(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_collection_t *collection, uint32_t number)
{
    yz_status                   status;
    ngx_http_yizhan_feature_t  *feature;

    feature = &collection->features[collection->count];

    status = ngx_http_yizhan_place_load(ctx, number, feature);

    if (status != YZ_OK) {
        (void) ngx_http_yizhan_data_fault(ctx, status, "place");
        return NULL;
    }

    collection->count++;

    return feature;
}


ngx_int_t
ngx_http_yizhan_collection_answer(ngx_http_yizhan_ctx_t *ctx,
    ngx_http_yizhan_collection_t *collection)
{
    collection->valid_until_s = ctx->valid_until_s;

    if (ngx_http_yizhan_out_create(ctx,
                                   ngx_http_yizhan_collection_size(collection))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_collection_render(&ctx->out, collection);

    return NGX_OK;
}
