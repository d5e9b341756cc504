/*
 * Distances on WGS-84: near ones from the chord, far ones from a first-order
 * expansion in the flattening.  Called by the search and by what renders a
 * distance.
 */
#include "core/geo_key.h"
#include "core/geo_key_impl.h"

#define PI 3.14159265358979323846
#define DIAMETER_M (2 * YZ_MEAN_RADIUS_M)
#define ANTIPODE_HAV                                                           \
    0.9991             /* beyond, 0.06 rad from the antipode, another
                               expansion */
#define NEAR_RAD 0.003 /* 19 km: a plane is near enough */
#define AZIMUTHS 32
#define REFINEMENTS 4

yz_geo_origin
yz_geo_origin_of(int32_t lat_e7, int32_t lng_e7)
{
    yz_geo_origin origin = {.lat_e7 = lat_e7, .lng_e7 = lng_e7};
    double lat = (double)lat_e7 * YZ_RADIANS_OF_E7;

    yz_axis_height(lat, &origin.p, &origin.z);
    origin.cos_lat = yz_cos_poly(lat);
    origin.sin_lat = yz_sin_poly(lat);
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

/*
 * Lambert's formula (as given by Thomas, "Mathematical Models for Navigation
 * Systems", 1965): the great circle of the auxiliary sphere, corrected to
 * first order in the flattening; as a key.  sin_1 and sin_2 are the sines of the reduced
 * latitudes, hav is sin^2(sigma / 2) of the angle sigma between the points.
 */
static double
lambert_key(double sin_1, double sin_2, double hav)
{
    double sin_half = sqrt(hav), cos_half = sqrt(1 - hav);
    double sigma = 2 * asin(sin_half);
    double sine = 2 * sin_half * cos_half;
    double mean = (sin_1 + sin_2) / 2; /* sin P cos Q */
    double half = (sin_2 - sin_1) / 2; /* cos P sin Q */
    double x = (sigma - sine) * (mean * mean) / (1 - hav);
    double y = (sigma + sine) * (half * half) / hav;
    /* The length over the diameter is sigma / 2 and a little more. */
    double more =
        (YZ_WGS84_A * (sigma - YZ_WGS84_F / 2 * (x + y))) / DIAMETER_M -
        sigma / 2;
    double chord = DIAMETER_M * (sin_half * yz_cos_poly(more) +
                                 cos_half * yz_sin_poly(more));
    return chord * chord;
}

/*
 * Near the antipode geodesics of every azimuth come together, and the
 * shortest of them counts.  To first order the one that leaves at azimuth t
 * reaches the antipode after a pi (1 - f/2 (1 - sin^2 t cos^2 b)), and a
 * point at (east, north) of it a projection on its course later or earlier.
 */
static double
antipodal_m(double cos_b, double east_m, double north_m)
{
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
        double bend = 2 * spread_m * (c * c - s * s) - east_m * s + north_m * c;
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

/* The reduced latitude b of (p, z): p = a cos b, z = a (1 - f) sin b. */
static double
reduced_sine(double z)
{
    return z / (YZ_WGS84_A * (1 - YZ_WGS84_F));
}

double
yz_geo_key_far(const yz_geo_origin *origin, int32_t lat_e7, int32_t lng_e7)
{
    double p, z;
    double dlng = lng_apart(origin->lng_e7, lng_e7);
    double sin_lng = yz_sin_poly(dlng / 2);

    yz_axis_height((double)lat_e7 * YZ_RADIANS_OF_E7, &p, &z);
    double cos_1 = origin->p / YZ_WGS84_A, sin_1 = reduced_sine(origin->z);
    double cos_2 = p / YZ_WGS84_A, sin_2 = reduced_sine(z);
    double dc = cos_1 - cos_2, ds = sin_1 - sin_2;
    double hav = (dc * dc + ds * ds) / 4 + cos_1 * cos_2 * sin_lng * sin_lng;

    if (hav < ANTIPODE_HAV) {
        return lambert_key(sin_1, sin_2, hav);
    }
    /* The offset of the point from the antipode, in the plane there. */
    double from_antipode = dlng > 0 ? dlng - PI : dlng + PI;
    double east = cos_2 * sin(from_antipode);
    double north = sin_2 * cos_1 + cos_2 * sin_1 * cos(from_antipode);
    double sine = sqrt(east * east + north * north);
    double scale = sine > 1e-9 ? asin(sine < 1 ? sine : 1) / sine : 1;
    return yz_geo_key_of_m(antipodal_m(cos_1, YZ_WGS84_A * east * scale,
                                       YZ_WGS84_A * north * scale));
}

/* atan of 0 <= x <= 1 in degrees, within 1e-4 (Abramowitz and Stegun,
   4.4.49, gives the form). */
static double
arc_tangent_deg(double x)
{
    double y = x * x;
    double t = 0.0208351;
    t = t * y - 0.0851330;
    t = t * y + 0.1801410;
    t = t * y - 0.3302995;
    t = t * y + 0.9998660;
    return t * x * (180 / PI);
}

/* Degrees clockwise from north of a direction that is not zero. */
static double
direction_deg(double east, double north)
{
    double e = fabs(east), n = fabs(north);
    double deg = e < n ? arc_tangent_deg(e / n) : 90 - arc_tangent_deg(n / e);

    if (north < 0) {
        deg = 180 - deg;
    }
    if (east < 0) {
        deg = 360 - deg;
    }
    return deg < 360 ? deg : 0;
}

/* In the plane at the origin, with the parallel half way between and half of
   the meridians' convergence taken off: within 0.002 degrees for steps of
   NEAR_RAD, up to 60 degrees of latitude. */
static double
near_bearing_deg(const yz_geo_origin *from, double dlat, double dlng)
{
    double w = 1 - YZ_WGS84_E2 * from->sin_lat * from->sin_lat;
    double stretch = w / (1 - YZ_WGS84_E2); /* N / M */
    double cos_mid = from->cos_lat - from->sin_lat * (dlat / 2);
    double east = dlng * cos_mid * stretch;

    if (east == 0 && dlat == 0) {
        return 0;
    }
    double deg = direction_deg(east, dlat) - dlng * from->sin_lat * (90 / PI);
    return deg < 0 ? deg + 360 : deg < 360 ? deg : deg - 360;
}

double
yz_geo_bearing_deg(const yz_geo_origin *from, int32_t lat_e7, int32_t lng_e7)
{
    double p, z;
    double dlng = lng_apart(from->lng_e7, lng_e7);
    double dlat = (double)((int64_t)lat_e7 - from->lat_e7) * YZ_RADIANS_OF_E7;

    if (fabs(dlat) < NEAR_RAD && fabs(dlng) < NEAR_RAD && from->cos_lat > 0.5) {
        return near_bearing_deg(from, dlat, dlng);
    }
    double half = yz_sin_poly(dlng / 2);
    yz_axis_height((double)lat_e7 * YZ_RADIANS_OF_E7, &p, &z);
    /* to - from in the frame whose meridian is from's; 1 - cos by the half
       angle */
    double outward = p - from->p - 2 * p * half * half;
    double east = 2 * p * half * yz_cos_poly(dlng / 2);
    double north = (z - from->z) * from->cos_lat - outward * from->sin_lat;

    return east == 0 && north == 0 ? 0 : direction_deg(east, north);
}
