
/*
 * The content handler of locations that say "yizhan".
 */


#ifndef _NGX_HTTP_YIZHAN_HANDLER_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_HANDLER_H_INCLUDED_


#include "ngx_module/ngx_http_yizhan_module.h"


ngx_int_t ngx_http_yizhan_handler(ngx_http_request_t *r);


#endif /* _NGX_HTTP_YIZHAN_HANDLER_H_INCLUDED_ */
