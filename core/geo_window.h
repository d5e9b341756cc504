/*
 * The rectangle in degrees that holds everything within a bound of a
 * position, and a filter's box: cheap integer tests before exact ones.
 */
#ifndef YZ_CORE_GEO_WINDOW_H
#define YZ_CORE_GEO_WINDOW_H

#include "core/geo_filter.h"
#include "core/geo_key_impl.h"
#include <stdint.h>

/* The shortest chords are the difference of lengths as the Earth's, and lose
   less of their digits than this. */
#define YZ_KEY_ROUNDS (1 - 1e-5)

/*
 * South to north and two runs of longitude; an empty run goes from INT32_MAX
 * to INT32_MIN, so that nothing meets it.  In a small window with one run,
 * keys from its middle to what it holds are at
 * least the sum of the squares of the gaps in latitude and longitude, each
 * times its scale; elsewhere the scales are 0.
 */
typedef struct {
    int32_t south;
    int32_t north;
    int32_t west[2];
    int32_t east[2];
    double lat_scale; /* metres, or a little less, of 1e-7 degrees */
    double lng_scale;
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

/* sin^2(x / 2) for a gap in degrees e7, never above the true value. */
static inline double
yz_hav_below(double gap_e7)
{
    double x = gap_e7 * (YZ_RADIANS_OF_E7 / 2);
    double y = x * x;
    double s =
        x * (1 - y * (1.0 / 6) * (1 - y * (1.0 / 20) * (1 - y * (1.0 / 42))));
    return s * s;
}

/* cos of a latitude in degrees e7, never above the true value, nor below 0. */
static inline double
yz_cos_below(double lat_e7)
{
    double x = lat_e7 * YZ_RADIANS_OF_E7;
    double y = x * x;
    double c = 1 - y * 0.5 * (1 - y * (1.0 / 12) * (1 - y * (1.0 / 30)));
    return c > 0 ? c : 0;
}

/* The least of |latitude| between a and b, a <= b. */
static inline double
yz_lat_least(double a_e7, double b_e7)
{
    return a_e7 > 0 ? a_e7 : b_e7 < 0 ? -b_e7 : 0;
}

/*
 * A lower bound of the keys from `origin` to anything in the box.  The square
 * of a chord has two terms.  The one along the meridian, of an arc that bends
 * with radius m or more, is at least 4 m^2 hav(dlat), for the arc advances by
 * m cos(t) or more along its middle direction, t the angle from it.  The one
 * along the parallels is 4 p1 p2 hav(dlng), and p is at least a cos(lat).
 */
static inline double
yz_geo_box_bound(const yz_geo_origin *origin, int32_t west, int32_t south,
                 int32_t east, int32_t north)
{
    double lat = origin->lat_e7, lng = origin->lng_e7;
    double below = south - lat, above = lat - north;
    double to_west = west - lng, to_east = lng - east;
    double lat_gap = below > above ? below : above;
    double lng_gap = to_west > to_east ? to_west : to_east;
    double pole_most = -(double)south > north ? -(double)south : north;
    double lat_least =
        yz_lat_least(below > 0 ? lat : south, above > 0 ? lat : north);

    lat_gap = lat_gap > 0 ? lat_gap : 0;
    if (lng_gap <= 0) {
        lng_gap = 0;
    } else { /* the other way round may be shorter */
        double other_way = 3.6e9 + (to_west > to_east ? to_east : to_west);
        lng_gap = lng_gap < other_way ? lng_gap : other_way;
    }
    double along = yz_meridian_radius2_below(lat_least) * yz_hav_below(lat_gap);
    double across = YZ_WGS84_A * YZ_WGS84_A * origin->cos_lat *
                    yz_cos_below(pole_most) * yz_hav_below(lng_gap);
    return yz_any_key_below(4 * YZ_KEY_ROUNDS * (along + across));
}

/* A lower bound of the keys from `origin`, the window's middle, to what lies
   both in the window and in the box, which meet. */
static inline double
yz_geo_window_bound(const yz_geo_window *w, const yz_geo_origin *origin,
                    int32_t west, int32_t south, int32_t east, int32_t north)
{
    if (w->lat_scale == 0) {
        return yz_geo_box_bound(origin, west, south, east, north);
    }
    double lat = origin->lat_e7, lng = origin->lng_e7;
    double below = south - lat, above = lat - north;
    double to_west = west - lng, to_east = lng - east;
    double lat_gap = below > above ? below : above;
    double lng_gap = to_west > to_east ? to_west : to_east;

    lat_gap = (lat_gap > 0 ? lat_gap : 0) * w->lat_scale;
    lng_gap = (lng_gap > 0 ? lng_gap : 0) * w->lng_scale;
    return lat_gap * lat_gap + lng_gap * lng_gap;
}

#endif
