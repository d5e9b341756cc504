
/*
 * The guard zone.  A damaged LMDB page can kill the worker that reads it, and
 * nginx would start workers into the same death for ever.  So each worker
 * notes in a slot of shared memory which generation it looks at; a new worker
 * that finds the slot of a dead one still marked counts a death, and three
 * deaths within ten seconds make the generation deadly: workers refuse it
 * until another one is there.
 *
 * The master sets the zone up, workers do the rest.  Slots are plain words of
 * one writer each; only the count of deaths is behind the slab pool's mutex,
 * which nginx releases when its holder dies.  Nothing is logged under it.
 */


#include "ngx_module/ngx_http_yizhan_zone.h"
#include "ngx_module/ngx_http_yizhan_module.h"


#define NGX_HTTP_YIZHAN_ZONE_VERSION  1
#define NGX_HTTP_YIZHAN_DEATHS        3
#define NGX_HTTP_YIZHAN_DEATHS_TIME   10  /* seconds */
#define NGX_HTTP_YIZHAN_LOG_TIME      60  /* seconds */
#define NGX_HTTP_YIZHAN_CACHE_LINE    64


/* one for each process number of nginx; a cache line each */
typedef struct {
    ngx_atomic_t   pid;
    ngx_atomic_t   generation;  /* 0: in no lookup */
    u_char         padding[NGX_HTTP_YIZHAN_CACHE_LINE
                           - 2 * sizeof(ngx_atomic_t)];
} ngx_http_yizhan_slot_t;


typedef struct {
    ngx_uint_t     version;
    uint32_t       data_hash;   /* of the directory that the marks belong to */

    /* under the mutex */
    uint64_t       dying;       /* the generation that the deaths belong to */
    time_t         deaths[NGX_HTTP_YIZHAN_DEATHS];  /* a ring */
    ngx_uint_t     death_count;

    ngx_atomic_t   deadly;      /* written under the mutex */
    ngx_atomic_t   logged[NGX_HTTP_YIZHAN_LOG_COUNT];

    ngx_http_yizhan_slot_t  slots[NGX_MAX_PROCESSES];
} ngx_http_yizhan_zone_sh_t;


typedef struct {
    ngx_http_yizhan_zone_sh_t  *sh;
    ngx_slab_pool_t            *shpool;
    uint32_t                    data_hash;
} ngx_http_yizhan_zone_t;


static ngx_int_t ngx_http_yizhan_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static void ngx_http_yizhan_zone_reset_marks(ngx_http_yizhan_zone_sh_t *sh,
    uint32_t data_hash);
static ngx_uint_t ngx_http_yizhan_zone_died(ngx_http_yizhan_zone_t *zone,
    uint64_t generation);
static ngx_uint_t ngx_http_yizhan_zone_died_locked(
    ngx_http_yizhan_zone_sh_t *sh, uint64_t generation, time_t now);


/* of this worker; a process without a zone writes where it harms nothing */
static ngx_http_yizhan_slot_t      ngx_http_yizhan_no_slot;
static ngx_http_yizhan_slot_t     *ngx_http_yizhan_slot
                                       = &ngx_http_yizhan_no_slot;
static ngx_http_yizhan_zone_sh_t  *ngx_http_yizhan_zone_sh;


ngx_shm_zone_t *
ngx_http_yizhan_zone_add(ngx_conf_t *cf, ngx_str_t *data)
{
    size_t                   size;
    ngx_str_t                name = ngx_string("yizhan_guard");
    ngx_shm_zone_t          *shm_zone;
    ngx_http_yizhan_zone_t  *zone;

    /* the slab pool keeps some pages for itself */

    size = ngx_align(sizeof(ngx_http_yizhan_zone_sh_t), ngx_pagesize)
           + 16 * ngx_pagesize;

    shm_zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_yizhan_module);
    if (shm_zone == NULL) {
        return NULL;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_yizhan_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    zone->data_hash = ngx_crc32_long(data->data, data->len);

    shm_zone->init = ngx_http_yizhan_zone_init;
    shm_zone->data = zone;

    return shm_zone;
}


static ngx_int_t
ngx_http_yizhan_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_yizhan_zone_t  *old = data;

    ngx_http_yizhan_zone_t  *zone;

    zone = shm_zone->data;
    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old || shm_zone->shm.exists) {
        zone->sh = old ? old->sh : zone->shpool->data;

        if (zone->sh->version != NGX_HTTP_YIZHAN_ZONE_VERSION) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "zone \"%V\" has another layout; restart nginx",
                          &shm_zone->shm.name);
            return NGX_ERROR;
        }

        if (zone->sh->data_hash != zone->data_hash) {
            ngx_shmtx_lock(&zone->shpool->mutex);
            ngx_http_yizhan_zone_reset_marks(zone->sh, zone->data_hash);
            ngx_shmtx_unlock(&zone->shpool->mutex);
        }

        return NGX_OK;
    }

    zone->sh = ngx_slab_calloc(zone->shpool,
                               sizeof(ngx_http_yizhan_zone_sh_t));
    if (zone->sh == NULL) {
        return NGX_ERROR;
    }

    zone->shpool->data = zone->sh;
    zone->sh->version = NGX_HTTP_YIZHAN_ZONE_VERSION;
    zone->sh->data_hash = zone->data_hash;

    return NGX_OK;
}


static void
ngx_http_yizhan_zone_reset_marks(ngx_http_yizhan_zone_sh_t *sh,
    uint32_t data_hash)
{
    sh->data_hash = data_hash;
    sh->dying = 0;
    sh->death_count = 0;
    sh->deadly = 0;
}


void
ngx_http_yizhan_zone_worker(ngx_shm_zone_t *shm_zone, ngx_log_t *log)
{
    uint64_t                 generation;
    ngx_uint_t               i, own;
    ngx_atomic_uint_t        pid;
    ngx_http_yizhan_slot_t  *slot;
    ngx_http_yizhan_zone_t  *zone;

    zone = shm_zone->data;
    own = ngx_process_slot;

    ngx_http_yizhan_zone_sh = zone->sh;
    ngx_http_yizhan_slot = &zone->sh->slots[own];

    for (i = 0; i < NGX_MAX_PROCESSES; i++) {
        slot = &zone->sh->slots[i];
        pid = slot->pid;

        if (pid == 0) {
            continue;
        }

        if (i != own && (kill((ngx_pid_t) pid, 0) == 0 || errno != ESRCH)) {
            continue;
        }

        generation = slot->generation;

        /* of several new workers one counts the death */

        if (!ngx_atomic_cmp_set(&slot->pid, pid, 0)) {
            continue;
        }

        slot->generation = 0;

        if (generation != 0 && ngx_http_yizhan_zone_died(zone, generation)) {
            ngx_log_error(NGX_LOG_ERR, log, 0,
                          "yizhan: generation %uL is given up: %d workers "
                          "died in lookups within %d seconds", generation,
                          NGX_HTTP_YIZHAN_DEATHS, NGX_HTTP_YIZHAN_DEATHS_TIME);
        }
    }

    ngx_http_yizhan_slot->generation = 0;
    ngx_http_yizhan_slot->pid = ngx_pid;
}


/* Counts a death; true if it made the generation deadly. */

static ngx_uint_t
ngx_http_yizhan_zone_died(ngx_http_yizhan_zone_t *zone, uint64_t generation)
{
    ngx_uint_t  deadly;

    ngx_shmtx_lock(&zone->shpool->mutex);

    deadly = ngx_http_yizhan_zone_died_locked(zone->sh, generation,
                                              ngx_time());

    ngx_shmtx_unlock(&zone->shpool->mutex);

    return deadly;
}


static ngx_uint_t
ngx_http_yizhan_zone_died_locked(ngx_http_yizhan_zone_sh_t *sh,
    uint64_t generation, time_t now)
{
    time_t  oldest;

    if (sh->dying != generation) {
        sh->dying = generation;
        sh->death_count = 0;
    }

    sh->deaths[sh->death_count % NGX_HTTP_YIZHAN_DEATHS] = now;
    sh->death_count++;

    if (sh->death_count < NGX_HTTP_YIZHAN_DEATHS) {
        return 0;
    }

    oldest = sh->deaths[sh->death_count % NGX_HTTP_YIZHAN_DEATHS];

    if (now - oldest > NGX_HTTP_YIZHAN_DEATHS_TIME
        || sh->deadly == generation)
    {
        return 0;
    }

    sh->deadly = generation;

    return 1;
}


void
ngx_http_yizhan_zone_enter(uint64_t generation)
{
    ngx_http_yizhan_slot->generation = generation;

    /* a signal in the lookup must find the store done */

    ngx_memory_barrier();
}


void
ngx_http_yizhan_zone_leave(void)
{
    ngx_memory_barrier();

    ngx_http_yizhan_slot->generation = 0;
}


uint64_t
ngx_http_yizhan_zone_deadly(void)
{
    return ngx_http_yizhan_zone_sh != NULL ? ngx_http_yizhan_zone_sh->deadly
                                           : 0;
}


ngx_uint_t
ngx_http_yizhan_zone_may_log(ngx_http_yizhan_log_e what)
{
    time_t              now;
    ngx_atomic_t       *logged;
    ngx_atomic_uint_t   last;

    if (ngx_http_yizhan_zone_sh == NULL) {
        return 1;
    }

    now = ngx_time();
    logged = &ngx_http_yizhan_zone_sh->logged[what];
    last = *logged;

    if (last != 0 && now - (time_t) last < NGX_HTTP_YIZHAN_LOG_TIME
        && now >= (time_t) last)
    {
        return 0;
    }

    return ngx_atomic_cmp_set(logged, last, (ngx_atomic_uint_t) now);
}
