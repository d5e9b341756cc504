
/*
 * What a worker remembers of the codes it was asked for lately: where a code
 * leads, and the token that goes with it.  Not the answer: that is rendered
 * each time.
 */


#ifndef _NGX_HTTP_YIZHAN_RECALL_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_RECALL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "core/scan_token.h"
#include "core/span.h"
#include "lmdb_schema/code_page.h"


/* printed codes have 15 bytes, those in QR codes may have 13 */
#define NGX_HTTP_YIZHAN_RECALL_TEXT  16


typedef struct {
    uint64_t       records;    /* of the reader in which it was found */
    ngx_uint_t     keys;       /* serial of the keys it was found with */
    yz_code_value  value;
    uint32_t       window;     /* of the token, if it has one */
    unsigned       token_set:1;
    u_char         len;        /* of text */
    char           text[NGX_HTTP_YIZHAN_RECALL_TEXT];
    char           token[YZ_SCAN_TOKEN_SIZE];
} ngx_http_yizhan_recalled_t;


/*
 * The entry of a code as it was written in the path; *found tells whether it
 * is about this text, records and keys.  If not, it is empty, for the caller
 * to fill.  Texts longer than any usual way to write a code are not kept.
 */
ngx_http_yizhan_recalled_t *ngx_http_yizhan_recall(yz_span text,
    uint64_t records, ngx_uint_t *found);


#endif /* _NGX_HTTP_YIZHAN_RECALL_H_INCLUDED_ */
