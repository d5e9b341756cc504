
/*
 * A scan: from the code to its place, as a page for browsers and with a fresh
 * token for programs.  The handler calls the step inside a lookup.  The code
 * goes to no log.
 */


#include "ngx_module/ngx_http_yizhan_scan.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_keys.h"
#include "ngx_module/ngx_http_yizhan_page.h"
#include "ngx_module/ngx_http_yizhan_place.h"
#include "ngx_module/ngx_http_yizhan_problem.h"
#include "ngx_module/ngx_http_yizhan_recall.h"

#include "core/code.h"
#include "core/scan_token.h"


#define NGX_HTTP_YIZHAN_TOKEN_SIZE  (sizeof(",\"scan_token\":\"\"") \
                                     + YZ_SCAN_TOKEN_LENGTH)


static ngx_int_t ngx_http_yizhan_scan_code(ngx_http_yizhan_ctx_t *ctx,
    yz_keyring *ring, ngx_http_yizhan_recalled_t **recalled);
static ngx_int_t ngx_http_yizhan_scan_answer(ngx_http_yizhan_ctx_t *ctx,
    yz_keyring *ring, const ngx_http_yizhan_feature_t *feature,
    ngx_http_yizhan_recalled_t *recalled);
static ngx_int_t ngx_http_yizhan_scan_answer_page(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature);
static void ngx_http_yizhan_scan_token(ngx_http_yizhan_ctx_t *ctx,
    yz_keyring *ring, const yz_place_view *view,
    ngx_http_yizhan_recalled_t *recalled);
static ngx_uint_t ngx_http_yizhan_scan_token_make(yz_keyring *ring,
    const yz_place_view *view, uint32_t window, char *token);


ngx_int_t
ngx_http_yizhan_scan_find(ngx_http_yizhan_ctx_t *ctx)
{
    ngx_int_t                     rc;
    yz_status                     status;
    yz_keyring                   *ring;
    ngx_http_yizhan_feature_t     feature;
    ngx_http_yizhan_recalled_t   *recalled;
    ngx_http_yizhan_main_conf_t  *ymcf;

    ymcf = ngx_http_get_module_main_conf(ctx->request, ngx_http_yizhan_module);

    ring = ngx_http_yizhan_keys_get(&ymcf->keys);

    if (ring == NULL) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_DATA_UNAVAILABLE);
    }

    rc = ngx_http_yizhan_scan_code(ctx, ring, &recalled);
    if (rc != NGX_OK) {
        return rc;
    }

    status = ngx_http_yizhan_place_load(ctx, recalled->value.number,
                                        &feature);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "place");
    }

    ngx_http_yizhan_place_note(ctx, feature.view.id);

    if (ngx_http_yizhan_place_gone(&feature)) {
        return ngx_http_yizhan_place_answer_gone(ctx, &feature);
    }

    if (recalled->value.revoked) {
        ctx->problem = YZ_PROBLEM_CODE_REVOKED;

        return ctx->html ? ngx_http_yizhan_page_revoked(ctx, &feature)
                         : ngx_http_yizhan_problem_revoked(ctx, &feature);
    }

    return ctx->html ? ngx_http_yizhan_scan_answer_page(ctx, &feature)
                     : ngx_http_yizhan_scan_answer(ctx, ring, &feature,
                                                   recalled);
}


static ngx_int_t
ngx_http_yizhan_scan_code(ngx_http_yizhan_ctx_t *ctx, yz_keyring *ring,
    ngx_http_yizhan_recalled_t **recalled)
{
    char                         code[YZ_CODE_SIZE];
    uint8_t                      hash[YZ_TAG_SIZE];
    uint64_t                     records;
    yz_span                      text;
    yz_status                    status;
    ngx_uint_t                   found;
    ngx_http_yizhan_recalled_t  *entry;

    records = yz_reader_records(ctx->reader);

    entry = ngx_http_yizhan_recall(ctx->segment, records, &found);
    *recalled = entry;

    if (found) {
        return NGX_OK;
    }

    if (yz_code_normalise(ctx->segment, code) != YZ_OK) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_CODE_UNKNOWN);
    }

    text.p = code;
    text.n = YZ_CODE_LENGTH;

    if (yz_keyring_code_hash(ring, text, hash) != YZ_OK) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_INTERNAL);
    }

    status = yz_reader_code(ctx->reader, hash, &entry->value);

    if (status == YZ_NOT_FOUND) {
        return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_CODE_UNKNOWN);
    }

    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "code");
    }

    entry->records = records;

    return NGX_OK;
}


static ngx_int_t
ngx_http_yizhan_scan_answer(ngx_http_yizhan_ctx_t *ctx, yz_keyring *ring,
    const ngx_http_yizhan_feature_t *feature,
    ngx_http_yizhan_recalled_t *recalled)
{
    ngx_http_yizhan_valid_until(ctx,
                        yz_scan_window_end_s(yz_scan_window(ctx->now_s)));

    if (ngx_http_yizhan_out_create(ctx, ngx_http_yizhan_feature_size(feature)
                                        + NGX_HTTP_YIZHAN_FRAME_SIZE
                                        + NGX_HTTP_YIZHAN_TOKEN_SIZE)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_yizhan_feature_render(&ctx->out, feature, YZ_CRS_WGS84);
    ngx_http_yizhan_frame_render(&ctx->out, YZ_CRS_WGS84, ctx->valid_until_s);
    ngx_http_yizhan_scan_token(ctx, ring, &feature->view, recalled);
    yz_out_char(&ctx->out, '}');

    return NGX_OK;
}


/* An edge has its own region's keys only: for other places there is none. */

static void
ngx_http_yizhan_scan_token(ngx_http_yizhan_ctx_t *ctx, yz_keyring *ring,
    const yz_place_view *view, ngx_http_yizhan_recalled_t *recalled)
{
    uint32_t  window;

    window = yz_scan_window(ctx->now_s);

    if (!recalled->token_set || recalled->window != window) {
        recalled->token_set = ngx_http_yizhan_scan_token_make(ring, view,
                                                 window, recalled->token);
        recalled->window = window;
    }

    if (!recalled->token_set) {
        YZ_OUT_LIT(&ctx->out, ",\"scan_token\":null");
        return;
    }

    YZ_OUT_LIT(&ctx->out, ",\"scan_token\":\"");
    yz_out_bytes(&ctx->out, recalled->token, YZ_SCAN_TOKEN_LENGTH);
    yz_out_char(&ctx->out, '"');
}


static ngx_uint_t
ngx_http_yizhan_scan_token_make(yz_keyring *ring, const yz_place_view *view,
    uint32_t window, char *token)
{
    uint8_t  key_id, message[YZ_SCAN_MESSAGE_MAX], tag[YZ_SCAN_TAG_SIZE];
    yz_span  text;

    text.p = (char *) message;
    text.n = yz_scan_token_message(view->id, window, message);

    if (yz_keyring_scan_tag(ring, view->head.region, text, &key_id, tag)
        != YZ_OK)
    {
        return 0;
    }

    yz_scan_token_write(YZ_SCAN_HMAC_SHA256, key_id, window, tag, token);

    return 1;
}


static ngx_int_t
ngx_http_yizhan_scan_answer_page(ngx_http_yizhan_ctx_t *ctx,
    const ngx_http_yizhan_feature_t *feature)
{
    yz_status                  status;
    ngx_uint_t                 count;
    ngx_http_yizhan_feature_t  nearest[NGX_HTTP_YIZHAN_NEAREST];

    status = ngx_http_yizhan_place_nearest(ctx, feature, nearest, &count);
    if (status != YZ_OK) {
        return ngx_http_yizhan_data_fault(ctx, status, "geo");
    }

    return ngx_http_yizhan_page_place(ctx, feature, nearest, count);
}
