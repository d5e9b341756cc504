
/*
 * The life of public data in a worker.  There is one reader per process: LMDB
 * must not open one environment twice.  It is opened on first need or by a
 * timer, which also notices that other data has come while nobody asks.
 *
 * All of it is logged to the cycle's log, never to a connection's: nginx would
 * add the request line, and with it the code and the position, to the message.
 */


#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_keys.h"
#include "ngx_module/ngx_http_yizhan_zone.h"


/* a generation may be replaced while its successor is opened, but not often */
#define NGX_HTTP_YIZHAN_ATTEMPTS  3


typedef struct {
    ngx_http_yizhan_main_conf_t  *conf;
    yz_reader                    *reader;
    uint64_t                      generation;  /* of reader */
    ngx_file_uniq_t               inode;       /* of its data.mdb */
    dev_t                         device;
    off_t                         size;        /* when opened */

    ngx_msec_t                    tried;       /* when opening failed last */
    ngx_uint_t                    failed;      /* it is failing */
    ngx_event_t                   timer;
} ngx_http_yizhan_data_t;


static ngx_int_t ngx_http_yizhan_data_open(void);
static void ngx_http_yizhan_data_close(void);
static void ngx_http_yizhan_data_opened(void);
static void ngx_http_yizhan_data_failed(yz_status status);
static void ngx_http_yizhan_data_log(yz_status status);
static uint64_t ngx_http_yizhan_data_current(void);
static ngx_int_t ngx_http_yizhan_data_file(ngx_file_info_t *fi);
static void ngx_http_yizhan_data_check(void);
static ngx_uint_t ngx_http_yizhan_data_replaced(void);
static void ngx_http_yizhan_data_timer(ngx_event_t *ev);


static ngx_http_yizhan_data_t  ngx_http_yizhan_data;


void
ngx_http_yizhan_data_start(ngx_http_yizhan_main_conf_t *ymcf)
{
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    /* a process of its own, without master, starts again at each reload */

    ngx_http_yizhan_data_stop();

    ngx_memzero(d, sizeof(ngx_http_yizhan_data_t));

    d->conf = ymcf;
    d->timer.handler = ngx_http_yizhan_data_timer;
    d->timer.data = d;
    d->timer.log = ngx_cycle->log;
    d->timer.cancelable = 1;

    /* data is first touched when the worker runs, not while it starts */

    ngx_add_timer(&d->timer, 1);
}


void
ngx_http_yizhan_data_stop(void)
{
    ngx_http_yizhan_data_close();
    ngx_http_yizhan_keys_close();
}


ngx_int_t
ngx_http_yizhan_data_begin(ngx_http_yizhan_ctx_t *ctx)
{
    yz_status                status;
    ngx_uint_t               i;
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    for (i = 0; i < NGX_HTTP_YIZHAN_ATTEMPTS; i++) {

        if (d->reader == NULL && ngx_http_yizhan_data_open() != NGX_OK) {
            break;
        }

        ngx_http_yizhan_zone_enter(d->generation);

        status = yz_reader_begin(d->reader);

        if (status == YZ_OK) {
            ctx->reader = d->reader;
            ctx->generation = d->generation;
            ctx->looked_up = 1;
            return NGX_OK;
        }

        ngx_http_yizhan_zone_leave();

        if (status == YZ_BUSY) {
            ngx_http_yizhan_data_log(status);
            break;
        }

        /*
         * Superseded or no longer readable: the answer has to come from what
         * is there now, so that answers never go back in time.
         */

        ngx_http_yizhan_data_close();

        if (status != YZ_NOT_FOUND) {
            ngx_http_yizhan_data_failed(status);
            break;
        }
    }

    return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_DATA_UNAVAILABLE);
}


void
ngx_http_yizhan_data_end(ngx_http_yizhan_ctx_t *ctx)
{
    yz_reader_end(ctx->reader);
    ctx->reader = NULL;

    ngx_http_yizhan_zone_leave();
}


ngx_int_t
ngx_http_yizhan_data_fault(ngx_http_yizhan_ctx_t *ctx, yz_status status,
    const char *what)
{
    if (ngx_http_yizhan_zone_may_log(NGX_HTTP_YIZHAN_LOG_RECORD)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "yizhan: %s record of generation %uL: %s; "
                      "\"yizhan verify\" lists all faults",
                      what, ctx->generation, yz_status_text(status));
    }

    return ngx_http_yizhan_decline(ctx, YZ_PROBLEM_RECORD_DAMAGED);
}


ngx_uint_t
ngx_http_yizhan_data_retry_after(void)
{
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    return d->conf != NULL ? (d->conf->check_interval + 999) / 1000 : 1;
}


/*
 * Opening is tried at most once per check interval, whoever asks: a failure
 * costs system calls that no flood of requests should multiply.
 */

static ngx_int_t
ngx_http_yizhan_data_open(void)
{
    yz_status                status;
    ngx_file_info_t          fi;
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (d->conf == NULL
        || (d->failed
            && ngx_current_msec - d->tried < d->conf->check_interval))
    {
        return NGX_DECLINED;
    }

    ngx_memzero(&fi, sizeof(ngx_file_info_t));
    (void) ngx_http_yizhan_data_file(&fi);

    ngx_http_yizhan_zone_enter(ngx_http_yizhan_data_current());

    status = yz_reader_open((char *) d->conf->data.data,
                            ngx_http_yizhan_zone_deadly(), &d->reader);

    ngx_http_yizhan_zone_leave();

    if (status != YZ_OK) {
        d->reader = NULL;
        ngx_http_yizhan_data_failed(status);
        return NGX_DECLINED;
    }

    d->generation = yz_reader_generation(d->reader);
    d->inode = ngx_file_uniq(&fi);
    d->device = fi.st_dev;
    d->size = ngx_file_size(&fi);

    ngx_http_yizhan_data_opened();

    return NGX_OK;
}


static void
ngx_http_yizhan_data_close(void)
{
    yz_reader_close(ngx_http_yizhan_data.reader);
    ngx_http_yizhan_data.reader = NULL;
}


static void
ngx_http_yizhan_data_opened(void)
{
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (d->failed) {
        d->failed = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "yizhan: generation %uL is served again",
                      d->generation);
    }
}


static void
ngx_http_yizhan_data_failed(yz_status status)
{
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    d->failed = 1;
    d->tried = ngx_current_msec;

    ngx_http_yizhan_data_log(status);
}


static void
ngx_http_yizhan_data_log(yz_status status)
{
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (ngx_http_yizhan_zone_may_log(NGX_HTTP_YIZHAN_LOG_DATA)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "yizhan: no data from \"%V\": %s; answering 503 and "
                      "trying again every %M ms", &d->conf->data,
                      yz_status_text(status), d->conf->check_interval);
    }
}


/*
 * The generation that "current" names, for the guard zone: a page may kill
 * the worker even while the generation is opened.  0 when it can't be told.
 */

static uint64_t
ngx_http_yizhan_data_current(void)
{
    u_char                   path[NGX_MAX_PATH], target[64];
    ssize_t                  n;
    ngx_int_t                number;
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (ngx_snprintf(path, sizeof(path) - 1, "%V/" YZ_FILE_CURRENT "%Z",
                     &d->conf->data)
        == path + sizeof(path) - 1)
    {
        return 0;
    }

    n = readlink((char *) path, (char *) target, sizeof(target));

    if (n <= (ssize_t) sizeof("gen-") - 1
        || ngx_strncmp(target, "gen-", sizeof("gen-") - 1) != 0)
    {
        return 0;
    }

    number = ngx_atoi(target + sizeof("gen-") - 1, n - (sizeof("gen-") - 1));

    return number > 0 ? (uint64_t) number : 0;
}


/* Facts of the file that "current" leads to. */

static ngx_int_t
ngx_http_yizhan_data_file(ngx_file_info_t *fi)
{
    u_char                   path[NGX_MAX_PATH];
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (ngx_snprintf(path, sizeof(path) - 1,
                     "%V/" YZ_FILE_CURRENT "/" YZ_FILE_DATA "%Z",
                     &d->conf->data)
        == path + sizeof(path) - 1)
    {
        return NGX_ERROR;
    }

    return ngx_file_info(path, fi) == NGX_FILE_ERROR ? NGX_ERROR : NGX_OK;
}


static void
ngx_http_yizhan_data_timer(ngx_event_t *ev)
{
    ngx_http_yizhan_data_t  *d = ev->data;

    ngx_http_yizhan_keys_check(&d->conf->keys);
    ngx_http_yizhan_data_check();

    if (!ngx_exiting && !ngx_terminate && !ngx_quit) {
        ngx_add_timer(ev, d->conf->check_interval);
    }
}


/*
 * What a lookup would find out, found out without one, so that an idle worker
 * lets go of an old generation too.
 */

static void
ngx_http_yizhan_data_check(void)
{
    yz_status                status;
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (d->reader != NULL && ngx_http_yizhan_data_replaced()) {
        ngx_http_yizhan_data_close();
    }

    if (d->reader != NULL) {
        ngx_http_yizhan_zone_enter(d->generation);

        status = yz_reader_begin(d->reader);

        if (status == YZ_OK) {
            yz_reader_end(d->reader);
            ngx_http_yizhan_zone_leave();
            return;
        }

        ngx_http_yizhan_zone_leave();

        if (status == YZ_BUSY) {
            return;
        }

        ngx_http_yizhan_data_close();
    }

    (void) ngx_http_yizhan_data_open();
}


/*
 * Whether "current" leads to another file than the one that is open, or to
 * the same one, cut: reading on in that would kill the worker.  Data that has
 * merely vanished is served on.
 */

static ngx_uint_t
ngx_http_yizhan_data_replaced(void)
{
    ngx_file_info_t          fi;
    ngx_http_yizhan_data_t  *d = &ngx_http_yizhan_data;

    if (ngx_http_yizhan_data_file(&fi) != NGX_OK) {
        return 0;
    }

    return ngx_file_uniq(&fi) != d->inode || fi.st_dev != d->device
           || ngx_file_size(&fi) < d->size;
}
