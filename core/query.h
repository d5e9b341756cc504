/*
 * The query strings of /v1/nearby, /v1/places and /v1/posts.  Nothing is guessed: an
 * unknown, repeated, malformed, missing, out-of-range or contradicting
 * parameter is an error that names it.
 */
#ifndef YZ_CORE_QUERY_H
#define YZ_CORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crs.h"
#include "core/limits.h"
#include "core/post_topic.h"
#include "core/span.h"
#include "core/status.h"

#define YZ_QUERY_RAW_MAX 2048       /* bytes of a query string */
#define YZ_QUERY_CANONICAL_MAX 4096 /* bytes that its canonical form takes */
#define YZ_QUERY_FAULTS_MAX 8       /* faults that one answer names */

/* What is said of a cursor that no page gave. */
#define YZ_QUERY_CURSOR_DETAIL "cursor 要原样取自上一页 links 里的 next"

typedef enum {
    YZ_PARAM_UNKNOWN,
    YZ_PARAM_REPEATED,
    YZ_PARAM_MALFORMED,
    YZ_PARAM_MISSING,
    YZ_PARAM_RANGE,
    YZ_PARAM_CONFLICT,
    YZ_PARAM_FAULT_COUNT
} yz_param_fault;

typedef struct {
    yz_param_fault fault;
    /* Its name with NUL, cut; what is not [a-z0-9_] shows as '?'. */
    char parameter[32];
    const char *detail; /* Chinese, static: what is allowed */
} yz_query_fault;

/* What is wrong with a query; faults beyond the first few are not kept. */
typedef struct {
    size_t count; /* of faults; 0: none */
    yz_query_fault faults[YZ_QUERY_FAULTS_MAX];
} yz_query_error;

/* Words of a list parameter: canonical, sorted by bytes, each once. */
typedef struct {
    uint32_t count; /* 0: parameter absent */
    yz_span word[YZ_FILTER_WORDS_MAX];
} yz_words;

typedef enum { YZ_OPEN_ANY, YZ_OPEN_NOW, YZ_OPEN_AT } yz_query_open;

/*
 * A parsed query.  Spans point into `scratch` or to static storage: they live
 * as long as the struct and do not survive a copy of it.
 */
typedef struct yz_query {
    /* filter */
    yz_words kinds;    /* any of them */
    yz_words services; /* all of them */
    int level;         /* a yz_level, or -1: any */
    uint32_t region;   /* number of region_digits digits */
    int region_digits; /* 0 (any region), 2, 4 or 6 */
    yz_query_open open;
    int64_t open_at_s; /* Unix seconds, with YZ_OPEN_AT */
    bool has_bbox;
    int32_t bbox_e7[4]; /* w s e n in WGS-84; w > e crosses 180 degrees */
    unsigned topics;    /* of posts: bits of yz_post_topic, any of them */
    yz_words items;     /* of posts: any of them */
    bool by_distance;   /* of posts: sorted by distance, else by time */
    /* position */
    bool has_position;
    double lng, lat; /* degrees as given, in `crs` */
    yz_span place;   /* id to ask from; n is 0 with a position */
    yz_crs crs;      /* of lng and lat */
    yz_crs out_crs;  /* of the answer */
    bool has_radius;
    uint32_t radius_m; /* 1..YZ_RADIUS_MAX_M */
    /* page */
    uint32_t limit; /* 1..YZ_LIMIT_MAX */
    yz_span cursor; /* its text, base64url characters; n is 0: none */
    /* where decoded values lie */
    size_t scratch_n;
    char scratch[YZ_QUERY_RAW_MAX];
} yz_query;

/*
 * Parses the query of /v1/nearby: lng and lat, or place; crs, out_crs, limit,
 * radius, kind, services, level, region, open, cursor.
 *
 * raw: the bytes behind '?', not decoded; n is 0 without any.
 * q: filled on YZ_OK, undefined otherwise.
 * e: receives the faults, from the left; those of single parameters come
 *    before a missing or contradicting one.  None on YZ_OK.
 *
 * YZ_OK or YZ_BAD_INPUT.
 */
yz_status yz_query_nearby(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Parses the query of /v1/places: region, kind, services, level, bbox, limit,
 * cursor, out_crs.  Everything else as yz_query_nearby().
 */
yz_status yz_query_places(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Parses the query of /v1/places/{id}, which takes out_crs.  Everything else
 * as yz_query_nearby().
 */
yz_status yz_query_place(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Parses the query of /v1/posts: topic, item, region, sort, limit, cursor,
 * out_crs; with sort=distance lng and lat, which need it; crs.  Everything
 * else as yz_query_nearby().
 */
yz_status yz_query_posts(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Parses the query of /v1/posts/{id}, which takes out_crs.  Everything else
 * as yz_query_nearby().
 */
yz_status yz_query_post(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Parses the query of /v1/regions/{adcode}, which takes no parameter.
 * Everything else as yz_query_nearby().
 */
yz_status yz_query_region(yz_span raw, yz_query *q, yz_query_error *e);

/*
 * Writes a text that two queries share exactly if they ask for the same list:
 * everything but cursor and limit, in one order, words sorted.  It binds
 * cursors and can be a cache key; it does not name the endpoint.
 *
 * buf, cap: YZ_QUERY_CANONICAL_MAX bytes always suffice.
 *
 * The number of bytes written (no NUL); 0 if `cap` is too small.
 */
size_t yz_query_canonical(const yz_query *q, char *buf, size_t cap);

#endif
