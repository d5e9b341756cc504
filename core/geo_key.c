/*
 * Distances on WGS-84: near ones from the chord, far ones from a first-order
 * expansion in the flattening.  Called by the search and by what renders a
 * distance.
 */
#include "core/geo_key.h"
#include "core/geo_key_impl.h"

#define PI 3.14159265358979323846
#define DIAMETER_M (2 * YZ_MEAN_RADIUS_M)
#define ANTIPODE_RAD 0.06 /* nearer to the antipode, another expansion */
#define AZIMUTHS 32
#define REFINEMENTS 4

yz_geo_origin
yz_geo_origin_of(int32_t lat_e7, int32_t lng_e7)
{
    yz_geo_origin origin = {.lat_e7 = lat_e7, .lng_e7 = lng_e7};
    double lat = (double)lat_e7 * YZ_RADIANS_OF_E7;

    yz_axis_height(lat, &origin.p, &origin.z);
    origin.cos_lat = yz_cos_poly(lat);
    return origin;
}

double
yz_geo_key(int32_t lat_a_e7, int32_t lng_a_e7, int32_t lat_b_e7,
           int32_t lng_b_e7)
{
    yz_geo_origin origin = yz_geo_origin_of(lat_a_e7, lng_a_e7);
    return yz_geo_key_from(&origin, lat_b_e7, lng_b_e7);
}

double
yz_geo_key_m(double key)
{
    double sine = sqrt(key) / DIAMETER_M;
    return DIAMETER_M * asin(sine < 1 ? sine : 1);
}

double
yz_geo_key_of_m(double metres)
{
    double angle = metres / DIAMETER_M;
    double chord = DIAMETER_M * sin(angle < PI / 2 ? angle : PI / 2);
    return chord * chord;
}

/* Latitude on the auxiliary sphere: tan b = (1 - f) tan lat. */
static double
reduced_latitude(int32_t lat_e7)
{
    double lat = (double)lat_e7 * YZ_RADIANS_OF_E7;
    return atan2((1 - YZ_WGS84_F) * sin(lat), cos(lat));
}

/*
 * Lambert's formula (as given by Thomas, "Mathematical Models for Navigation
 * Systems", 1965): the great circle of the auxiliary sphere, corrected to
 * first order in the flattening.  `sigma` is the angle between the points.
 */
static double
lambert_m(double b1, double b2, double sigma)
{
    double sin_p = sin((b1 + b2) / 2), cos_p = cos((b1 + b2) / 2);
    double sin_q = sin((b2 - b1) / 2), cos_q = cos((b2 - b1) / 2);
    double sin_half = sin(sigma / 2), cos_half = cos(sigma / 2);
    double sine = sin(sigma);
    double x = (sigma - sine) * (sin_p * sin_p) * (cos_q * cos_q) /
               (cos_half * cos_half);
    double y = (sigma + sine) * (cos_p * cos_p) * (sin_q * sin_q) /
               (sin_half * sin_half);
    return YZ_WGS84_A * (sigma - YZ_WGS84_F / 2 * (x + y));
}

/*
 * Near the antipode geodesics of every azimuth come together, and the
 * shortest of them counts.  To first order the one that leaves at azimuth t
 * reaches the antipode after a pi (1 - f/2 (1 - sin^2 t cos^2 b1)), and a
 * point at (east, north) of it a projection on its course later or earlier.
 */
static double
antipodal_m(double b1, double east_m, double north_m)
{
    double cos_b = cos(b1);
    double spread_m = YZ_WGS84_A * PI * YZ_WGS84_F / 2 * cos_b * cos_b;
    double best_t = 0;
    double best_m = INFINITY;

    for (int i = 0; i < AZIMUTHS; i++) {
        double t = 2 * PI * i / AZIMUTHS;
        double s = sin(t);
        double m = spread_m * s * s + east_m * s - north_m * cos(t);
        if (m < best_m) {
            best_m = m;
            best_t = t;
        }
    }
    for (int i = 0; i < REFINEMENTS; i++) {
        double s = sin(best_t), c = cos(best_t);
        double slope = 2 * spread_m * s * c + east_m * c + north_m * s;
        double bend = 2 * spread_m * (c * c - s * s) - east_m * s +
                      north_m * c;
        if (bend > 0) {
            best_t -= slope / bend;
        }
    }
    double s = sin(best_t);
    double m = spread_m * s * s + east_m * s - north_m * cos(best_t);
    return YZ_WGS84_A * PI * (1 - YZ_WGS84_F / 2) + (m < best_m ? m : best_m);
}

/* Degrees east from a to b as radians in -pi..pi. */
static double
lng_apart(int32_t lng_a_e7, int32_t lng_b_e7)
{
    int64_t apart_e7 = (int64_t)lng_b_e7 - lng_a_e7;

    if (apart_e7 > 1800000000) {
        apart_e7 -= 3600000000;
    } else if (apart_e7 < -1800000000) {
        apart_e7 += 3600000000;
    }
    return (double)apart_e7 * YZ_RADIANS_OF_E7;
}

double
yz_geo_key_far(const yz_geo_origin *origin, int32_t lat_e7, int32_t lng_e7)
{
    double b1 = reduced_latitude(origin->lat_e7);
    double b2 = reduced_latitude(lat_e7);
    double dlng = lng_apart(origin->lng_e7, lng_e7);
    double sin_lat = sin((b2 - b1) / 2), sin_lng = sin(dlng / 2);
    double hav = sin_lat * sin_lat + cos(b1) * cos(b2) * sin_lng * sin_lng;
    double sigma = 2 * asin(hav < 1 ? sqrt(hav) : 1);

    if (PI - sigma >= ANTIPODE_RAD) {
        return yz_geo_key_of_m(lambert_m(b1, b2, sigma));
    }
    /* The offset of the point from the antipode, in the plane there. */
    double from_antipode = dlng > 0 ? dlng - PI : dlng + PI;
    double cos_b2 = cos(b2);
    double scale = sigma < PI - 1e-9 ? (PI - sigma) / sin(PI - sigma) : 1;
    double east = cos_b2 * sin(from_antipode) * scale;
    double north = (sin(b2) * cos(b1) + cos_b2 * sin(b1) * cos(from_antipode)) *
                   scale;
    return yz_geo_key_of_m(
        antipodal_m(b1, YZ_WGS84_A * east, YZ_WGS84_A * north));
}

double
yz_geo_bearing_deg(int32_t lat_a_e7, int32_t lng_a_e7, int32_t lat_b_e7,
                   int32_t lng_b_e7)
{
    yz_geo_origin a = yz_geo_origin_of(lat_a_e7, lng_a_e7);
    yz_geo_origin b = yz_geo_origin_of(lat_b_e7, lng_b_e7);
    double lat = (double)lat_a_e7 * YZ_RADIANS_OF_E7;
    double dlng = lng_apart(lng_a_e7, lng_b_e7);
    double half = sin(dlng / 2);
    /* b - a in the frame whose meridian is a's; 1 - cos by the half angle */
    double outward = b.p - a.p - 2 * b.p * half * half;
    double east = b.p * sin(dlng);
    double north = (b.z - a.z) * cos(lat) - outward * sin(lat);

    if (east == 0 && north == 0) {
        return 0;
    }
    double deg = atan2(east, north) * (180 / PI);
    deg = deg < 0 ? deg + 360 : deg;
    return deg < 360 ? deg : 0;
}
