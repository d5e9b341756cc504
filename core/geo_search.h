/*
 * Searching one geo layer: what is asked, what comes back.  The pages come
 * from a fetch function, so that the search itself does no I/O and knows
 * nothing of LMDB.  Answers are exact: the k smallest by (distance, id).
 */
#ifndef YZ_CORE_GEO_SEARCH_H
#define YZ_CORE_GEO_SEARCH_H

#include "core/geo_point.h"
#include "core/limits.h"
#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a point must be; every member has an empty value that lets all in. */
typedef struct {
    uint64_t services;    /* all of these bits; 0: any */
    uint32_t kind_count;  /* 0: any kind; kinds is then ignored */
    uint16_t kinds[YZ_FILTER_WORDS_MAX]; /* any of these */
    int32_t level;        /* -1: any */
    uint32_t region_low;  /* inclusive; 0 with region_high UINT32_MAX: any */
    uint32_t region_high; /* inclusive */
    bool has_box;         /* box_e7 below limits the search */
    int32_t box_e7[4];    /* west, south, east, north; west > east crosses
                             the antimeridian; borders belong to it */
    /* Opening: NULL lets all in; else one byte for each hours id:
       0 not open, 1 open, 2 ask `open_of`, which fills the byte. */
    uint8_t *open;
    uint32_t open_count; /* bytes in open; ids beyond are not open */
    uint8_t (*open_of)(void *context, uint16_t hours);
    void *open_context;
} yz_geo_filter;

typedef struct {
    double key;      /* orders by distance; yz_geo_key_m() gives metres */
    uint32_t number; /* of the place */
    int32_t lat_e7;
    int32_t lng_e7;
} yz_geo_hit;

/* Orders places of equal distance: <0, 0, >0 as strcmp() of their ids. */
typedef int yz_geo_order(void *context, uint32_t number_a, uint32_t number_b);
/* Compares the id of `number` with the cursor's: <0, 0, >0. */
typedef int yz_geo_order_cursor(void *context, uint32_t number);

typedef struct {
    int32_t lat_e7; /* the position asked from */
    int32_t lng_e7;
    uint32_t limit;      /* 1..YZ_LIMIT_MAX + 1 */
    double radius_m;     /* only points at most this far; INFINITY: all */
    double after_key;    /* only points after (after_key, cursor's id) in the
                            order; negative: from the start */
    const yz_geo_filter *filter; /* never NULL */
    yz_geo_order *order;
    yz_geo_order_cursor *order_cursor; /* used when after_key >= 0 */
    void *order_context;
} yz_geo_query;

/*
 * The order key of the distance between two positions on WGS-84: the square
 * of the chord in metres (beyond 2,000 km, of the chord that a sphere would
 * have at the geodesic's length).  Grows with the distance; the same bits on
 * every machine.
 */
double yz_geo_key(int32_t lat_a_e7, int32_t lng_a_e7, int32_t lat_b_e7,
                  int32_t lng_b_e7);

/* Metres of a key: within 1e-5 up to 100 km, within 1e-4 beyond. */
double yz_geo_key_m(double key);

/* The key of a distance in metres, 0..20,010,000. */
double yz_geo_key_of_m(double metres);

/* Initial bearing from a to b, degrees 0 <= x < 360 from north, clockwise. */
double yz_geo_bearing_deg(int32_t lat_a_e7, int32_t lng_a_e7, int32_t lat_b_e7,
                          int32_t lng_b_e7);

#endif
