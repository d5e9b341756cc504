
/*
 * A table of codes in the worker's own memory, one entry for each remainder
 * of the code's bits: at noon the same few hundred codes are asked for again
 * and again, and finding one costs a MAC and two walks through the map.
 */


#include "ngx_module/ngx_http_yizhan_recall.h"
#include "ngx_module/ngx_http_yizhan_keys.h"


#define NGX_HTTP_YIZHAN_RECALLED  2048  /* a power of two; 224 KiB */


static ngx_http_yizhan_recalled_t
    ngx_http_yizhan_recalled[NGX_HTTP_YIZHAN_RECALLED];


ngx_http_yizhan_recalled_t *
ngx_http_yizhan_recall(const char *code, uint64_t snapshot, ngx_uint_t *found)
{
    uint64_t                     bits;
    ngx_uint_t                   keys;
    ngx_http_yizhan_recalled_t  *entry;

    /* codes are random, so any of their bits do once they are mixed */

    ngx_memcpy(&bits, code, sizeof(bits));
    bits *= 0x9e3779b97f4a7c15;

    entry = &ngx_http_yizhan_recalled[(bits >> 32)
                                      % NGX_HTTP_YIZHAN_RECALLED];
    keys = ngx_http_yizhan_keys_serial();

    *found = entry->snapshot == snapshot && entry->keys == keys
             && ngx_memcmp(entry->code, code, YZ_CODE_LENGTH) == 0;

    if (!*found) {
        entry->snapshot = 0;
        entry->keys = keys;
        entry->token_set = 0;
        ngx_memcpy(entry->code, code, YZ_CODE_SIZE);
    }

    return entry;
}
