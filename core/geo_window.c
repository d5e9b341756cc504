/*
 * Bounds that prune a search.  Each is proven never to cut off a point that
 * belongs to the answer: see YZ_BOUND_RADIUS_M.
 */
#include "core/geo_window.h"
#include "core/geo_point.h"

#define HALF_TURN_E7 1800000000
#define TURN_E7 3600000000
#define E7_OF_RADIANS (1.8e9 / 3.14159265358979323846)
#define SLACK_E7 2     /* rounding of the half widths */
#define SMALL_RAD 0.15 /* windows up to here have scales */
/* yz_any_key_below() and rounding take a smaller part off a key in there. */
#define FAR_KEYS_LESS (1 - 1e-4)

static const yz_geo_window whole_earth = {
    .south = -YZ_LAT_MAX_E7,
    .north = YZ_LAT_MAX_E7,
    .west = {-YZ_LNG_MAX_E7, INT32_MAX},
    .east = {YZ_LNG_MAX_E7, INT32_MIN},
};

/* One run from west to east, in two where it reaches the antimeridian, which
   is -180 and 180 degrees alike. */
static void
set_longitudes(yz_geo_window *window, int64_t west, int64_t east)
{
    window->west[1] = INT32_MAX;
    window->east[1] = INT32_MIN;
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

/* 2 asin(x) for 0 <= x < 0.7 or a little more. */
static double
angle_above(double x)
{
    return x < 0.5 ? 2 * x * (1 + 0.2 * x * x) : 2 * asin(x);
}

/* Half the width in longitude of a cap of `angle` < pi/2 radians round
   `origin`, or a little more: asin(sin a / cos lat) is at most
   a / (cos lat - a). */
static double
width_above(const yz_geo_origin *origin, double angle)
{
    double room = origin->cos_lat - angle;

    if (room > 0.1) {
        return angle / room;
    }
    double to_pole =
        1.5707963267948966 - fabs((double)origin->lat_e7 * YZ_RADIANS_OF_E7);
    double sine = sin(angle);
    if (angle >= to_pole || sine >= origin->cos_lat) {
        return 3.14159265358979323846;
    }
    return asin(sine / origin->cos_lat);
}

/*
 * The scales of a window that reaches `angle` north and south and `width`
 * east and west, in radians; see yz_geo_box_bound().  A gap x of either has
 * hav(x) at least x^2 / 4 (1 - most^2 / 12), `most` the largest that the
 * window has room for, and no latitude in it has a smaller cosine than the one
 * nearest to a pole.
 */
static void
set_scales(yz_geo_window *window, const yz_geo_origin *origin, double angle,
           double width)
{
    double lat = origin->lat_e7, south = window->south, north = window->north;
    double lat_least =
        yz_lat_least(lat < south ? lat : south, lat > north ? lat : north);
    double cosines =
        origin->cos_lat * yz_cos_below(-south > north ? -south : north);
    double metres2 = YZ_RADIANS_OF_E7 * YZ_RADIANS_OF_E7 * FAR_KEYS_LESS;

    window->lat_scale = sqrt(metres2 * yz_meridian_radius2_below(lat_least) *
                             (1 - angle * angle / 12));
    window->lng_scale = sqrt(metres2 * YZ_WGS84_A * YZ_WGS84_A * cosines *
                             (1 - width * width / 12));
}

yz_geo_window
yz_geo_window_near(const yz_geo_window *window, const yz_geo_origin *origin,
                   double key)
{
    double sine = sqrt(key) * (0.5 / YZ_BOUND_RADIUS_M);
    yz_geo_window near = *window;

    if (sine >= 0.7) {
        return near; /* nearly a quarter of a turn and more: no use */
    }
    double angle = angle_above(sine);
    double reach_e7 = angle * E7_OF_RADIANS + SLACK_E7;
    double south = (double)origin->lat_e7 - reach_e7;
    double north = (double)origin->lat_e7 + reach_e7;
    double width = width_above(origin, angle);
    double width_e7 = width * E7_OF_RADIANS + SLACK_E7;

    near.south = south > near.south ? (int32_t)south : near.south;
    near.north = north < near.north ? (int32_t)north : near.north;

    int64_t west = (int64_t)((double)origin->lng_e7 - width_e7) - 1;
    int64_t east = (int64_t)((double)origin->lng_e7 + width_e7) + 1;
    if (window->east[1] < window->west[1] && west >= -HALF_TURN_E7 &&
        east <= HALF_TURN_E7) {
        near.west[0] = max_i32(near.west[0], (int32_t)west);
        near.east[0] = min_i32(near.east[0], (int32_t)east);
        if (width < SMALL_RAD) { /* and so is the angle */
            set_scales(&near, origin, angle, width);
        }
    } else if (window->west[0] == -YZ_LNG_MAX_E7 &&
               window->east[0] == YZ_LNG_MAX_E7) {
        set_longitudes(&near, west, east);
    }
    return near;
}
