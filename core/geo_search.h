/*
 * Searching one geo layer: what is asked, what comes back.  The pages come
 * from a fetch function, so that the search itself does no I/O and knows
 * nothing of LMDB.  Answers are exact: the k smallest by (distance, id).
 */
#ifndef YZ_CORE_GEO_SEARCH_H
#define YZ_CORE_GEO_SEARCH_H

#include "core/geo_filter.h"
#include "core/geo_key.h"
#include "core/geo_point.h"
#include "core/limits.h"
#include "core/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    uint32_t limit;   /* 1..YZ_LIMIT_MAX + 1 */
    double radius_m;  /* only points at most this far; INFINITY: all */
    double after_key; /* only points after (after_key, cursor's id) in the
                            order; negative: from the start */
    const yz_geo_filter *filter; /* never NULL */
    yz_geo_order *order;
    yz_geo_order_cursor *order_cursor; /* used when after_key >= 0 */
    void *order_context;
} yz_geo_query;

#endif
