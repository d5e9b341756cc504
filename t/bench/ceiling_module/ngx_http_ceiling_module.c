/*
 * The ceiling of the HTTP rows of the benchmark: a location that answers
 * every GET and HEAD with one static buffer and headers made when the
 * configuration was read.  It does what every nginx content handler must do
 * and nothing else, so no module can answer the same bytes with less.
 * Runs in the workers of scripts/bench; starts in ngx_http_ceiling_handler().
 *
 *   ceiling_file path;           the body, 1 byte to 64 KiB; sets the handler
 *   ceiling_type type;           Content-Type; default text/plain
 *   ceiling_header name value;   one more header; may be repeated, also ETag
 *
 * All three belong into a location.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


#define NGX_HTTP_CEILING_FILE_MAX  65536
#define NGX_HTTP_CEILING_HEADERS   16


typedef struct {
    ngx_str_t         body;
    ngx_str_t         type;
    ngx_uint_t        headers_n;
    ngx_uint_t        etag_n;              /* its number from 1; 0: none */
    ngx_table_elt_t   headers[NGX_HTTP_CEILING_HEADERS];
} ngx_http_ceiling_loc_conf_t;


static ngx_int_t ngx_http_ceiling_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_ceiling_add_headers(ngx_http_request_t *r,
    ngx_http_ceiling_loc_conf_t *clcf);
static void *ngx_http_ceiling_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_ceiling_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_ceiling_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_ceiling_read(ngx_conf_t *cf, ngx_str_t *name,
    ngx_str_t *body);
static char *ngx_http_ceiling_header(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_http_ceiling_commands[] = {

    { ngx_string("ceiling_file"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_ceiling_file,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("ceiling_type"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_ceiling_loc_conf_t, type),
      NULL },

    { ngx_string("ceiling_header"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_ceiling_header,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_ceiling_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_ceiling_create_loc_conf,      /* create location configuration */
    ngx_http_ceiling_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_ceiling_module = {
    NGX_MODULE_V1,
    &ngx_http_ceiling_module_ctx,          /* module context */
    ngx_http_ceiling_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_ceiling_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    ngx_buf_t                    *b;
    ngx_chain_t                   out;
    ngx_http_ceiling_loc_conf_t  *clcf;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_ceiling_module);

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = clcf->body.len;
    r->headers_out.content_type = clcf->type;
    r->headers_out.content_type_len = clcf->type.len;

    if (ngx_http_ceiling_add_headers(r, clcf) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    /* Sending moves the buffer's position, so each request has its own. */

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = clcf->body.data;
    b->last = clcf->body.data + clcf->body.len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_http_ceiling_add_headers(ngx_http_request_t *r,
    ngx_http_ceiling_loc_conf_t *clcf)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;

    for (i = 0; i < clcf->headers_n; i++) {
        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = clcf->headers[i];

        if (i + 1 == clcf->etag_n) {
            r->headers_out.etag = h;
        }
    }

    return NGX_OK;
}


static void *
ngx_http_ceiling_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_ceiling_loc_conf_t  *clcf;

    clcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_ceiling_loc_conf_t));
    if (clcf == NULL) {
        return NULL;
    }

    return clcf;
}


static char *
ngx_http_ceiling_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_ceiling_loc_conf_t *prev = parent;
    ngx_http_ceiling_loc_conf_t *conf = child;

    ngx_conf_merge_str_value(conf->type, prev->type, "text/plain");

    return NGX_CONF_OK;
}


static char *
ngx_http_ceiling_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ceiling_loc_conf_t *clcf = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *core;

    if (clcf->body.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK
        || ngx_http_ceiling_read(cf, &value[1], &clcf->body) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    core->handler = ngx_http_ceiling_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_ceiling_read(ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *body)
{
    ssize_t   n;
    ngx_fd_t  fd;

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", name);
        return NGX_ERROR;
    }

    /* One byte more than allowed shows that a file is too large. */

    body->data = ngx_pnalloc(cf->pool, NGX_HTTP_CEILING_FILE_MAX + 1);
    n = -1;

    if (body->data != NULL) {
        n = ngx_read_fd(fd, body->data, NGX_HTTP_CEILING_FILE_MAX + 1);
    }

    ngx_close_file(fd);

    if (n < 1 || n > NGX_HTTP_CEILING_FILE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"ceiling_file\" \"%V\" must hold 1 to %d bytes",
                           name, NGX_HTTP_CEILING_FILE_MAX);
        return NGX_ERROR;
    }

    body->len = n;

    return NGX_OK;
}


static char *
ngx_http_ceiling_header(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_ceiling_loc_conf_t *clcf = conf;

    u_char           *lowcase;
    ngx_str_t        *value;
    ngx_table_elt_t  *h;

    if (clcf->headers_n == NGX_HTTP_CEILING_HEADERS) {
        return "is given more than 16 times in one location";
    }

    value = cf->args->elts;

    lowcase = ngx_pnalloc(cf->pool, value[1].len);
    if (lowcase == NULL) {
        return NGX_CONF_ERROR;
    }

    h = &clcf->headers[clcf->headers_n++];

    h->hash = ngx_hash_strlow(lowcase, value[1].data, value[1].len);
    h->key = value[1];
    h->value = value[2];
    h->lowcase_key = lowcase;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    if (value[1].len == 4 && ngx_strncmp(lowcase, "etag", 4) == 0) {
        clcf->etag_n = clcf->headers_n;
    }

    return NGX_CONF_OK;
}
