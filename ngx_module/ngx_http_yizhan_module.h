
/*
 * What the files of the module share: the configuration, and the state of one
 * request from its route to its answer.
 */


#ifndef _NGX_HTTP_YIZHAN_MODULE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "core/out.h"
#include "core/problem.h"
#include "core/query.h"
#include "core/span.h"
#include "core/version.h"
#include "lmdb_schema/reader.h"


#define NGX_HTTP_YIZHAN_VERSION  YZ_VERSION


typedef struct ngx_http_yizhan_ctx_s    ngx_http_yizhan_ctx_t;
typedef struct ngx_http_yizhan_route_s  ngx_http_yizhan_route_t;


typedef struct {
    ngx_str_t                        data;    /* the directory "public" */
    ngx_str_t                        keys;    /* the file "read.keys" */
    ngx_msec_t                       check_interval;
    ngx_shm_zone_t                  *zone;
    ngx_uint_t                       serves;  /* a location says "yizhan" */
    ngx_uint_t                       timed;   /* lookup time is logged */
    ngx_array_t                      writers; /* ngx_http_yizhan_writer_t */
} ngx_http_yizhan_main_conf_t;


/* a location that hands writes over, until the configuration is whole */
typedef struct {
    ngx_http_core_srv_conf_t        *server;
    ngx_str_t                        name;    /* of the named location */
} ngx_http_yizhan_writer_t;


typedef struct {
    ngx_str_t                        prefix;  /* of URIs, without last slash */
    ngx_str_t                        writes;  /* a named location; or empty */
    time_t                           max_age;
} ngx_http_yizhan_loc_conf_t;


/* the media types of answers */
typedef enum {
    NGX_HTTP_YIZHAN_GEO_JSON = 0,
    NGX_HTTP_YIZHAN_JSON,
    NGX_HTTP_YIZHAN_PROBLEM_JSON,
    NGX_HTTP_YIZHAN_HTML,
    NGX_HTTP_YIZHAN_TEXT
} ngx_http_yizhan_media_e;


/*
 * A step of a request.  NGX_OK: done, and where the step renders, the answer
 * is in ctx->out.  NGX_DECLINED: ctx->problem says what to answer instead.
 * NGX_ERROR: no memory.
 */
typedef ngx_int_t (*ngx_http_yizhan_step_pt)(ngx_http_yizhan_ctx_t *ctx);


struct ngx_http_yizhan_route_s {
    ngx_str_t                        name;     /* of $yizhan_endpoint */
    ngx_str_t                        path;
    ngx_str_t                        tail;     /* behind the segment */
    ngx_uint_t                       writes;   /* methods for the daemon */
    unsigned                         segment:1;  /* a segment follows */
    unsigned                         scan:1;     /* private, page or JSON */
    unsigned                         cors:1;     /* for any origin */
    unsigned                         fresh:1;    /* is never stored */
    ngx_http_yizhan_media_e          media;
    ngx_http_yizhan_step_pt          parse;    /* the query; may be NULL */
    ngx_http_yizhan_step_pt          find;     /* and render, in a lookup */
    ngx_http_yizhan_step_pt          render;   /* without a lookup */
};


struct ngx_http_yizhan_ctx_s {
    ngx_http_request_t              *request;
    const ngx_http_yizhan_route_t   *route;    /* NULL: no such resource */
    ngx_str_t                        path;     /* as the route has it */
    yz_span                          segment;  /* behind the route's path */
    ngx_uint_t                       methods;  /* that the path takes */
    int64_t                          now_s;
    unsigned                         html:1;   /* a page is wanted */

    /* what parse steps read */
    yz_query                        *query;
    yz_query_error                  *query_error;  /* NULL: no errors member */
    uint32_t                         region;       /* six digits */
    yz_crs                           out_crs;

    /* the lookup; set between data_begin and data_end only */
    yz_reader                       *reader;

    /* the answer */
    yz_out                           out;
    ngx_uint_t                       status;
    ngx_http_yizhan_media_e          media;
    yz_problem_code                  problem;   /* when status >= 400 */
    int64_t                          valid_until_s;  /* INT64_MAX: for ever */

    /* what variables show */
    ngx_str_t                        outcome;
    ngx_str_t                        place;
    uint64_t                         generation;
    uint64_t                         lookup_ns;
    unsigned                         looked_up:1;
};


/* Declines with a problem; for steps. */
static ngx_inline ngx_int_t
ngx_http_yizhan_decline(ngx_http_yizhan_ctx_t *ctx, yz_problem_code problem)
{
    ctx->problem = problem;

    return NGX_DECLINED;
}


/* Gives ctx->out room for size bytes from the request's pool. */
static ngx_inline ngx_int_t
ngx_http_yizhan_out_create(ngx_http_yizhan_ctx_t *ctx, size_t size)
{
    void  *buf;

    buf = ngx_pnalloc(ctx->request->pool, size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    yz_out_init(&ctx->out, buf, size);

    return NGX_OK;
}


/* Notes that something shown changes by the clock at time_s. */
static ngx_inline void
ngx_http_yizhan_valid_until(ngx_http_yizhan_ctx_t *ctx, int64_t time_s)
{
    if (time_s > ctx->now_s && time_s < ctx->valid_until_s) {
        ctx->valid_until_s = time_s;
    }
}


extern ngx_module_t  ngx_http_yizhan_module;


#endif /* _NGX_HTTP_YIZHAN_MODULE_H_INCLUDED_ */
