
/*
 * The worker's keys: for finding codes and signing scan tokens.
 */


#ifndef _NGX_HTTP_YIZHAN_KEYS_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_KEYS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "lmdb_schema/keys.h"


/*
 * Reads the file again if it is new or has changed.  A file that can't be
 * read leaves the keys in use as they are and is logged.
 */
void ngx_http_yizhan_keys_check(ngx_str_t *path);

/*
 * The keys, read now if that has not happened yet; NULL while there are none.
 * Valid until the next check.
 */
yz_keyring *ngx_http_yizhan_keys_get(ngx_str_t *path);

/* A number that changes when other keys have been read. */
ngx_uint_t ngx_http_yizhan_keys_serial(void);

void ngx_http_yizhan_keys_close(void);


#endif /* _NGX_HTTP_YIZHAN_KEYS_H_INCLUDED_ */
