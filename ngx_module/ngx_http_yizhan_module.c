
/*
 * The directives of the module and its place in nginx's life: configuration
 * in the master, data in the workers.  Nothing here touches data before the
 * fork, and init_process always succeeds.
 */


#include "ngx_module/ngx_http_yizhan_module.h"
#include "ngx_module/ngx_http_yizhan_data.h"
#include "ngx_module/ngx_http_yizhan_handler.h"
#include "ngx_module/ngx_http_yizhan_variables.h"
#include "ngx_module/ngx_http_yizhan_writes.h"
#include "ngx_module/ngx_http_yizhan_zone.h"


#define NGX_HTTP_YIZHAN_CHECK_DEFAULT    1000
#define NGX_HTTP_YIZHAN_MAX_AGE_DEFAULT  60


/* what a time directive allows; "text" says the same to people */
typedef struct {
    ngx_int_t   min;
    ngx_int_t   max;
    ngx_uint_t  seconds;  /* the unit: 1 seconds, 0 milliseconds */
    char       *text;
} ngx_http_yizhan_range_t;


static char *ngx_http_yizhan_serve(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_yizhan_time(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_yizhan_writes(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_yizhan_path(ngx_conf_t *cf, void *post, void *data);
static ngx_int_t ngx_http_yizhan_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_yizhan_postconfiguration(ngx_conf_t *cf);
static void *ngx_http_yizhan_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_yizhan_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_yizhan_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_yizhan_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_yizhan_init_process(ngx_cycle_t *cycle);
static void ngx_http_yizhan_exit_process(ngx_cycle_t *cycle);


static ngx_conf_post_t  ngx_http_yizhan_path_post = {
    ngx_http_yizhan_path
};

static ngx_http_yizhan_range_t  ngx_http_yizhan_check_range = {
    100, 60000, 0, "100ms to 60s"
};

static ngx_http_yizhan_range_t  ngx_http_yizhan_max_age_range = {
    0, 86400, 1, "0 to 1d"
};


static ngx_command_t  ngx_http_yizhan_commands[] = {

    { ngx_string("yizhan"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_yizhan_serve,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("yizhan_data"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_yizhan_main_conf_t, data),
      &ngx_http_yizhan_path_post },

    { ngx_string("yizhan_keys"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_yizhan_main_conf_t, keys),
      &ngx_http_yizhan_path_post },

    { ngx_string("yizhan_check_interval"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_yizhan_time,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_yizhan_main_conf_t, check_interval),
      &ngx_http_yizhan_check_range },

    { ngx_string("yizhan_max_age"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_yizhan_time,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_yizhan_loc_conf_t, max_age),
      &ngx_http_yizhan_max_age_range },

    { ngx_string("yizhan_writes"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_yizhan_writes,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_yizhan_module_ctx = {
    ngx_http_yizhan_preconfiguration,      /* preconfiguration */
    ngx_http_yizhan_postconfiguration,     /* postconfiguration */

    ngx_http_yizhan_create_main_conf,      /* create main configuration */
    ngx_http_yizhan_init_main_conf,        /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_yizhan_create_loc_conf,       /* create location configuration */
    ngx_http_yizhan_merge_loc_conf         /* merge location configuration */
};


ngx_module_t  ngx_http_yizhan_module = {
    NGX_MODULE_V1,
    &ngx_http_yizhan_module_ctx,           /* module context */
    ngx_http_yizhan_commands,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_yizhan_init_process,          /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_yizhan_exit_process,          /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * URIs are those of the interface behind the location's own name, so that
 * "location /rest/" serves /rest/s/{code}.  Locations that are no prefixes
 * have the interface's URIs themselves.
 */

static char *
ngx_http_yizhan_serve(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_yizhan_loc_conf_t  *ylcf = conf;

    ngx_uint_t                    regex;
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_yizhan_main_conf_t  *ymcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_http_yizhan_handler) {
        return "is duplicate";
    }

    regex = 0;

#if (NGX_PCRE)
    regex = clcf->regex != NULL;
#endif

    if (!regex && !clcf->exact_match && !clcf->named && !clcf->noname) {
        ylcf->prefix = clcf->name;

        if (ylcf->prefix.len > 0
            && ylcf->prefix.data[ylcf->prefix.len - 1] == '/')
        {
            ylcf->prefix.len--;
        }
    }

    clcf->handler = ngx_http_yizhan_handler;

    ymcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_yizhan_module);
    ymcf->serves = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_yizhan_path(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t  *path = data;

    if (path->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive has an empty path; a path is "
                           "allowed, absolute or relative to nginx's prefix",
                           (ngx_str_t *) cf->args->elts);
        return NGX_CONF_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* The stock slots neither name the value nor what is allowed. */

static char *
ngx_http_yizhan_time(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_int_t                *field, time;
    ngx_str_t                *value;
    ngx_http_yizhan_range_t  *range;

    field = (ngx_int_t *) (p + cmd->offset);

    if (*field != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    range = cmd->post;
    time = ngx_parse_time(&value[1], range->seconds);

    if (time == NGX_ERROR || time < range->min || time > range->max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive has the value \"%V\"; "
                           "%s is allowed", &value[0], &value[1], range->text);
        return NGX_CONF_ERROR;
    }

    *field = time;

    return NGX_CONF_OK;
}


static char *
ngx_http_yizhan_writes(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_yizhan_loc_conf_t  *ylcf = conf;

    ngx_str_t  *value;

    if (ylcf->writes.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0) {
        ngx_str_set(&ylcf->writes, "");
        return NGX_CONF_OK;
    }

    if (value[1].len < 2 || value[1].data[0] != '@') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" directive has the value \"%V\"; the name "
                           "of a named location, such as @admin, or off is "
                           "allowed", &value[0], &value[1]);
        return NGX_CONF_ERROR;
    }

    ylcf->writes = value[1];

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_yizhan_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_yizhan_variables_add(cf);
}


static ngx_int_t
ngx_http_yizhan_postconfiguration(ngx_conf_t *cf)
{
    ngx_uint_t                    i;
    ngx_http_yizhan_writer_t     *writer;
    ngx_http_yizhan_main_conf_t  *ymcf;

    ymcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_yizhan_module);

    ymcf->timed = ngx_http_yizhan_variables_time_used(cf);

    writer = ymcf->writers.elts;

    for (i = 0; i < ymcf->writers.nelts; i++) {
        if (ngx_http_yizhan_writes_location(writer[i].server, &writer[i].name)
            == NULL)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"yizhan_writes\" directive has the value "
                               "\"%V\"; a named location of the same server "
                               "is allowed", &writer[i].name);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static void *
ngx_http_yizhan_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_yizhan_main_conf_t  *ymcf;

    ymcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_yizhan_main_conf_t));
    if (ymcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     ymcf->data = { 0, NULL };
     *     ymcf->keys = { 0, NULL };
     *     ymcf->zone = NULL;
     *     ymcf->serves = 0;
     *     ymcf->timed = 0;
     */

    ymcf->check_interval = NGX_CONF_UNSET_MSEC;

    if (ngx_array_init(&ymcf->writers, cf->temp_pool, 1,
                       sizeof(ngx_http_yizhan_writer_t))
        != NGX_OK)
    {
        return NULL;
    }

    return ymcf;
}


static char *
ngx_http_yizhan_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_yizhan_main_conf_t  *ymcf = conf;

    ngx_conf_init_msec_value(ymcf->check_interval,
                             NGX_HTTP_YIZHAN_CHECK_DEFAULT);

    if (ymcf->data.data == NULL) {

        if (ymcf->serves) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"yizhan\" directive needs a \"yizhan_data\" "
                               "directive in the \"http\" block");
            return NGX_CONF_ERROR;
        }

        return NGX_CONF_OK;
    }

    ymcf->zone = ngx_http_yizhan_zone_add(cf, &ymcf->data);
    if (ymcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_yizhan_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_yizhan_loc_conf_t  *ylcf;

    ylcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_yizhan_loc_conf_t));
    if (ylcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     ylcf->prefix = { 0, NULL };
     *     ylcf->writes = { 0, NULL };
     */

    ylcf->max_age = NGX_CONF_UNSET;

    return ylcf;
}


static char *
ngx_http_yizhan_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_yizhan_loc_conf_t  *prev = parent;
    ngx_http_yizhan_loc_conf_t  *conf = child;

    ngx_http_yizhan_writer_t     *writer;
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_yizhan_main_conf_t  *ymcf;

    ngx_conf_merge_sec_value(conf->max_age, prev->max_age,
                             NGX_HTTP_YIZHAN_MAX_AGE_DEFAULT);
    ngx_conf_merge_str_value(conf->writes, prev->writes, "");

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        conf->prefix = prev->prefix;  /* an "if" is part of its location */
    }

    if (clcf->handler != ngx_http_yizhan_handler || conf->writes.len == 0) {
        return NGX_CONF_OK;
    }

    /* the server has no list of its named locations yet */

    ymcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_yizhan_module);

    writer = ngx_array_push(&ymcf->writers);
    if (writer == NULL) {
        return NGX_CONF_ERROR;
    }

    writer->server = ngx_http_conf_get_module_srv_conf(cf,
                                                       ngx_http_core_module);
    writer->name = conf->writes;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_yizhan_init_process(ngx_cycle_t *cycle)
{
    ngx_http_yizhan_main_conf_t  *ymcf;

    ymcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_yizhan_module);

    /* nginx's cache processes serve nothing */

    if (ymcf == NULL || ymcf->zone == NULL || ngx_process == NGX_PROCESS_HELPER)
    {
        return NGX_OK;
    }

    ngx_http_yizhan_zone_worker(ymcf->zone, cycle->log);
    ngx_http_yizhan_data_start(ymcf);

    return NGX_OK;
}


static void
ngx_http_yizhan_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_yizhan_data_stop();
}
