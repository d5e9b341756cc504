/*
 * The rectangle in degrees that holds everything within a bound of a
 * position, and a filter's box: cheap integer tests before exact ones.
 */
#ifndef YZ_CORE_GEO_WINDOW_H
#define YZ_CORE_GEO_WINDOW_H

#include "core/geo_filter.h"
#include "core/geo_key_impl.h"
#include <stdint.h>

/* South to north and two runs of longitude; an empty run has west > east. */
typedef struct {
    int32_t south;
    int32_t north;
    int32_t west[2];
    int32_t east[2];
} yz_geo_window;

/* The whole Earth, or the filter's box. */
yz_geo_window yz_geo_window_of(const yz_geo_filter *filter);

/* Narrows `window` (a filter's) to what may lie within `key` of `origin`. */
yz_geo_window yz_geo_window_near(const yz_geo_window *window,
                                 const yz_geo_origin *origin, double key);

static inline bool
yz_geo_window_meets(const yz_geo_window *w, int32_t west, int32_t south,
                    int32_t east, int32_t north)
{
    return (south <= w->north) & (north >= w->south) &
           (((west <= w->east[0]) & (east >= w->west[0])) |
            ((west <= w->east[1]) & (east >= w->west[1])));
}

/* A lower bound of the keys from `origin` to anything in the box. */
double yz_geo_box_bound(const yz_geo_origin *origin, int32_t west,
                        int32_t south, int32_t east, int32_t north);

#endif
