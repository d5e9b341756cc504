/*
 * Bounds that prune a search.  Each is proven never to cut off a point that
 * belongs to the answer: see YZ_BOUND_RADIUS_M.
 */
#include "core/geo_window.h"
#include "core/geo_point.h"

#define HALF_TURN_E7 1800000000
#define TURN_E7 3600000000
#define E7_OF_RADIANS (1.8e9 / 3.14159265358979323846)
#define SLACK_E7 2 /* rounding of the half widths */

static const yz_geo_window whole_earth = {
    .south = -YZ_LAT_MAX_E7,
    .north = YZ_LAT_MAX_E7,
    .west = {-YZ_LNG_MAX_E7, 1},
    .east = {YZ_LNG_MAX_E7, 0},
};

/* One run from west to east, in two where it reaches the antimeridian, which
   is -180 and 180 degrees alike. */
static void
set_longitudes(yz_geo_window *window, int64_t west, int64_t east)
{
    window->west[1] = 1;
    window->east[1] = 0;
    if (east - west >= TURN_E7) {
        west = -YZ_LNG_MAX_E7;
        east = YZ_LNG_MAX_E7;
    } else if (west <= -HALF_TURN_E7) {
        window->west[1] = (int32_t)(west + TURN_E7);
        window->east[1] = YZ_LNG_MAX_E7;
        west = -HALF_TURN_E7;
    } else if (east >= HALF_TURN_E7) {
        window->west[1] = -YZ_LNG_MAX_E7;
        window->east[1] = (int32_t)(east - TURN_E7);
        east = HALF_TURN_E7;
    }
    window->west[0] = (int32_t)west;
    window->east[0] = (int32_t)east;
}

yz_geo_window
yz_geo_window_of(const yz_geo_filter *filter)
{
    yz_geo_window window = whole_earth;

    if (filter->has_box) {
        int64_t west = filter->box_e7[0], east = filter->box_e7[2];
        window.south = filter->box_e7[1];
        window.north = filter->box_e7[3];
        set_longitudes(&window, west, west <= east ? east : east + TURN_E7);
    }
    return window;
}

static int32_t
max_i32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t
min_i32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Half the width in longitude of a cap of `angle` radians round `origin`. */
static double
half_width(const yz_geo_origin *origin, double angle, double sine)
{
    double to_pole = 1.5707963267948966 -
                     fabs((double)origin->lat_e7 * YZ_RADIANS_OF_E7);

    if (angle >= to_pole || sine >= origin->cos_lat) {
        return 3.14159265358979323846;
    }
    return asin(sine / origin->cos_lat);
}

yz_geo_window
yz_geo_window_near(const yz_geo_window *window, const yz_geo_origin *origin,
                   double key)
{
    double sine = sqrt(key) * (0.5 / YZ_BOUND_RADIUS_M);
    yz_geo_window near = *window;

    if (sine >= 0.7) {
        return near; /* a quarter of the Earth and more: no use */
    }
    double angle = 2 * asin(sine);
    double reach_e7 = angle * E7_OF_RADIANS + SLACK_E7;
    double south = (double)origin->lat_e7 - reach_e7;
    double north = (double)origin->lat_e7 + reach_e7;
    double width_e7 =
        half_width(origin, angle, sin(angle)) * E7_OF_RADIANS + SLACK_E7;

    near.south = south > near.south ? (int32_t)south : near.south;
    near.north = north < near.north ? (int32_t)north : near.north;

    int64_t west = (int64_t)((double)origin->lng_e7 - width_e7) - 1;
    int64_t east = (int64_t)((double)origin->lng_e7 + width_e7) + 1;
    if (window->east[1] < window->west[1] && west >= -HALF_TURN_E7 &&
        east <= HALF_TURN_E7) {
        near.west[0] = max_i32(near.west[0], (int32_t)west);
        near.east[0] = min_i32(near.east[0], (int32_t)east);
    } else if (window->west[0] == -YZ_LNG_MAX_E7 &&
               window->east[0] == YZ_LNG_MAX_E7) {
        set_longitudes(&near, west, east);
    }
    return near;
}

/* sin^2(x / 2) for a gap in degrees e7, never above the true value. */
static double
hav_below(double gap_e7)
{
    double x = gap_e7 * (YZ_RADIANS_OF_E7 / 2);
    double y = x * x;
    double s = x * (1 - y * (1.0 / 6) * (1 - y * (1.0 / 20) *
                                                 (1 - y * (1.0 / 42))));
    return s * s;
}

/* cos of a latitude in degrees e7, never above the true value, nor below 0. */
static double
cos_below(double lat_e7)
{
    double x = lat_e7 * YZ_RADIANS_OF_E7;
    double y = x * x;
    double c = 1 - y * 0.5 * (1 - y * (1.0 / 12) * (1 - y * (1.0 / 30)));
    return c > 0 ? c : 0;
}

double
yz_geo_box_bound(const yz_geo_origin *origin, int32_t west, int32_t south,
                 int32_t east, int32_t north)
{
    int64_t lat = origin->lat_e7, lng = origin->lng_e7;
    int64_t lat_gap = lat < south ? south - lat : lat > north ? lat - north : 0;
    int64_t lng_gap = 0;

    if (lng < west || lng > east) {
        int64_t to_west = west - lng, to_east = lng - east;
        to_west += to_west < 0 ? TURN_E7 : 0;
        to_east += to_east < 0 ? TURN_E7 : 0;
        lng_gap = to_west < to_east ? to_west : to_east;
    }
    int64_t pole_most = -(int64_t)south > north ? -(int64_t)south : north;
    double hav = hav_below((double)lat_gap) +
                 origin->cos_lat * cos_below((double)pole_most) *
                     hav_below((double)lng_gap);
    return 4 * YZ_BOUND_RADIUS_M * YZ_BOUND_RADIUS_M * hav;
}
