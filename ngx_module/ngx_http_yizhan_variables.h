
/*
 * nginx variables about a request, for access logs.
 */


#ifndef _NGX_HTTP_YIZHAN_VARIABLES_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_VARIABLES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


ngx_int_t ngx_http_yizhan_variables_add(ngx_conf_t *cf);

/*
 * Whether the configuration uses $yizhan_lookup_time: reading the clock twice
 * per request is only worth it then.  Call after parsing.
 */
ngx_uint_t ngx_http_yizhan_variables_time_used(ngx_conf_t *cf);


#endif /* _NGX_HTTP_YIZHAN_VARIABLES_H_INCLUDED_ */
