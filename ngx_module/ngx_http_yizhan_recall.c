
/*
 * A table of codes in the worker's own memory, one entry for each remainder
 * of the code's bits: at noon the same few hundred codes are asked for again
 * and again, and finding one, and signing its token, cost a MAC each.
 */


#include "ngx_module/ngx_http_yizhan_recall.h"
#include "ngx_module/ngx_http_yizhan_keys.h"


#define NGX_HTTP_YIZHAN_RECALLED  2048  /* a power of two; 192 KiB */


static uint64_t ngx_http_yizhan_recall_hash(yz_span text);


static ngx_http_yizhan_recalled_t
    ngx_http_yizhan_recalled[NGX_HTTP_YIZHAN_RECALLED];


ngx_http_yizhan_recalled_t *
ngx_http_yizhan_recall(yz_span text, uint64_t records, ngx_uint_t *found)
{
    ngx_uint_t                   keys;
    ngx_http_yizhan_recalled_t  *entry;

    entry = &ngx_http_yizhan_recalled[ngx_http_yizhan_recall_hash(text)
                                      % NGX_HTTP_YIZHAN_RECALLED];
    keys = ngx_http_yizhan_keys_serial();

    *found = entry->records == records && entry->keys == keys
             && entry->len == text.n
             && ngx_memcmp(entry->text, text.p, text.n) == 0;

    if (!*found) {
        entry->records = 0;
        entry->keys = keys;
        entry->token_set = 0;
        entry->len = 0;

        if (text.n <= NGX_HTTP_YIZHAN_RECALL_TEXT) {
            entry->len = (u_char) text.n;
            ngx_memcpy(entry->text, text.p, text.n);
        }
    }

    return entry;
}


/* Codes are random, so a few of their bytes do once they are mixed. */

static uint64_t
ngx_http_yizhan_recall_hash(yz_span text)
{
    uint64_t  head, tail;

    if (text.n < sizeof(uint64_t)) {
        return 0;
    }

    ngx_memcpy(&head, text.p, sizeof(uint64_t));
    ngx_memcpy(&tail, text.p + text.n - sizeof(uint64_t), sizeof(uint64_t));

    head = (head ^ tail * 31) * 0x9e3779b97f4a7c15;

    return head >> 32;
}
