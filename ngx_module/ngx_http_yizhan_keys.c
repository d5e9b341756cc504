
/*
 * The life of the key file in a worker: a timer's check reads it again when
 * it has changed, so that a rotation needs no reload of nginx.  Keys never
 * come near a log.
 */


#include "ngx_module/ngx_http_yizhan_keys.h"
#include "ngx_module/ngx_http_yizhan_zone.h"


typedef struct {
    yz_keyring       *ring;
    ngx_file_info_t   file;   /* of the last attempt to read it */
    ngx_uint_t        tried;
    ngx_uint_t        serial; /* of the ring: no other had it */
} ngx_http_yizhan_keys_t;


static ngx_uint_t ngx_http_yizhan_keys_same(ngx_file_info_t *a,
    ngx_file_info_t *b);
static void ngx_http_yizhan_keys_failed(ngx_str_t *path, yz_status status,
    unsigned line);


static ngx_http_yizhan_keys_t  ngx_http_yizhan_keys;


void
ngx_http_yizhan_keys_check(ngx_str_t *path)
{
    unsigned                 line;
    yz_status                status;
    yz_keyring              *ring;
    ngx_file_info_t          fi;
    ngx_http_yizhan_keys_t  *k = &ngx_http_yizhan_keys;

    if (path->len == 0) {
        return;
    }

    if (ngx_file_info(path->data, &fi) == NGX_FILE_ERROR) {
        k->tried = 0;
        ngx_http_yizhan_keys_failed(path, ngx_errno == NGX_ENOENT
                                          ? YZ_NOT_FOUND : YZ_IO, 0);
        return;
    }

    if (k->tried && ngx_http_yizhan_keys_same(&fi, &k->file)) {
        return;
    }

    line = 0;
    status = yz_keyring_load((char *) path->data, &ring, &line);

    if (status != YZ_OK) {

        /* what does not lie in the file may be well at the next check */

        k->tried = status == YZ_BAD_INPUT;
        k->file = fi;

        ngx_http_yizhan_keys_failed(path, status, line);
        return;
    }

    yz_keyring_free(k->ring);

    k->ring = ring;
    k->file = fi;
    k->tried = 1;
    k->serial++;
}


yz_keyring *
ngx_http_yizhan_keys_get(ngx_str_t *path)
{
    if (ngx_http_yizhan_keys.ring == NULL) {
        ngx_http_yizhan_keys_check(path);
    }

    return ngx_http_yizhan_keys.ring;
}


ngx_uint_t
ngx_http_yizhan_keys_serial(void)
{
    return ngx_http_yizhan_keys.serial;
}


void
ngx_http_yizhan_keys_close(void)
{
    yz_keyring_free(ngx_http_yizhan_keys.ring);

    ngx_memzero(&ngx_http_yizhan_keys, sizeof(ngx_http_yizhan_keys_t));
}


static ngx_uint_t
ngx_http_yizhan_keys_same(ngx_file_info_t *a, ngx_file_info_t *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino
           && a->st_size == b->st_size
           && a->st_mtim.tv_sec == b->st_mtim.tv_sec
           && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
           && a->st_ctim.tv_sec == b->st_ctim.tv_sec
           && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}


static void
ngx_http_yizhan_keys_failed(ngx_str_t *path, yz_status status, unsigned line)
{
    const char  *remain;

    if (!ngx_http_yizhan_zone_may_log(NGX_HTTP_YIZHAN_LOG_KEYS)) {
        return;
    }

    remain = ngx_http_yizhan_keys.ring != NULL
             ? "the keys read before stay in use"
             : "scans get 503";

    if (line > 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "yizhan: key file \"%V\", line %ud: %s; %s",
                      path, line, yz_status_text(status), remain);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "yizhan: key file \"%V\": %s; %s",
                  path, yz_status_text(status), remain);
}
