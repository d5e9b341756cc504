
/*
 * The guard zone: shared memory in which workers say what they look at, so
 * that data which kills workers is noticed and left alone.
 */


#ifndef _NGX_HTTP_YIZHAN_ZONE_H_INCLUDED_
#define _NGX_HTTP_YIZHAN_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* things that are logged at most once a minute by all the workers together */
typedef enum {
    NGX_HTTP_YIZHAN_LOG_DATA = 0,
    NGX_HTTP_YIZHAN_LOG_KEYS,
    NGX_HTTP_YIZHAN_LOG_RECORD,
    NGX_HTTP_YIZHAN_LOG_COUNT
} ngx_http_yizhan_log_e;


/*
 * Adds the zone to the configuration; marks of deadly data belong to the
 * directory "data".  NULL after a logged failure.
 */
ngx_shm_zone_t *ngx_http_yizhan_zone_add(ngx_conf_t *cf, ngx_str_t *data);

/*
 * Called once by a new worker: counts the deaths in lookups of workers that
 * are no more, and takes the worker's own slot.
 */
void ngx_http_yizhan_zone_worker(ngx_shm_zone_t *shm_zone, ngx_log_t *log);

/* Say that this worker looks at a generation, or at none any more. */
void ngx_http_yizhan_zone_enter(uint64_t generation);
void ngx_http_yizhan_zone_leave(void);

/* The generation that has killed too many workers, 0 for none. */
uint64_t ngx_http_yizhan_zone_deadly(void);

/* Whether a line about "what" may be logged now; it then counts as logged. */
ngx_uint_t ngx_http_yizhan_zone_may_log(ngx_http_yizhan_log_e what);


#endif /* _NGX_HTTP_YIZHAN_ZONE_H_INCLUDED_ */
