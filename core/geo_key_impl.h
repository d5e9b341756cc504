/*
 * The inside of geo_key for the scan of chunks: one formula, inlined both
 * where one point and where a run of points is measured, so that both give
 * the same bits (the build forbids contraction to fused operations).
 *
 * A position on the ellipsoid is (p, z): p from the axis, z above the
 * equator.  The square of the chord between two positions is
 *     (p1 - p2)^2 + (z1 - z2)^2 + 4 p1 p2 sin^2(dlng / 2),
 * without loss of digits for near points, at poles and antimeridian alike.
 */
#ifndef YZ_CORE_GEO_KEY_IMPL_H
#define YZ_CORE_GEO_KEY_IMPL_H

#include "core/geo_key.h"
#include <math.h>
#include <stdint.h>

#define YZ_WGS84_A 6378137.0
#define YZ_WGS84_F (1 / 298.257223563)
#define YZ_WGS84_E2 (YZ_WGS84_F * (2 - YZ_WGS84_F))
#define YZ_MEAN_RADIUS_M 6371008.8
#define YZ_RADIANS_OF_E7 (3.14159265358979323846 / 1.8e9)

/* Chords up to here give the distance by themselves. */
#define YZ_FAR_KEY 1e12 /* (1,000 km) squared */

/*
 * The smallest radius of curvature of the ellipsoid, a (1 - e^2), less 1e-4
 * for the far formula's error.  For unit normals n at angle s, the chord of
 * the ellipsoid is at least this radius times |n1 - n2| (the ellipsoid is the
 * Minkowski sum of a ball of that radius and a convex body), and the geodesic
 * at least this radius times s.  So 4 r^2 hav(s) never exceeds a key.
 */
#define YZ_BOUND_RADIUS_M 6334800.0

/*
 * A key is at least this part of its chord key: by the same reasoning the
 * chord is at most the largest radius of curvature, 6,399,593.7 m, times
 * |n1 - n2|.
 */
#define YZ_FAR_SHRINKS 0.9798

/* sin x for |x| <= pi/2, absolute error below 5e-14. */
static inline double
yz_sin_poly(double x)
{
    double y = x * x;
    double s = 2.8114572543455206e-15;
    s = s * y - 7.6471637318198164e-13;
    s = s * y + 1.6059043836821613e-10;
    s = s * y - 2.5052108385441720e-08;
    s = s * y + 2.7557319223985893e-06;
    s = s * y - 1.9841269841269841e-04;
    s = s * y + 8.3333333333333333e-03;
    s = s * y - 1.6666666666666667e-01;
    return x + x * y * s;
}

/* cos x for |x| <= pi/2, absolute error below 5e-15. */
static inline double
yz_cos_poly(double x)
{
    double y = x * x;
    double c = -1.5619206968586226e-16;
    c = c * y + 4.7794773323873853e-14;
    c = c * y - 1.1470745597729725e-11;
    c = c * y + 2.0876756987868099e-09;
    c = c * y - 2.7557319223985891e-07;
    c = c * y + 2.4801587301587302e-05;
    c = c * y - 1.3888888888888889e-03;
    c = c * y + 4.1666666666666667e-02;
    c = c * y - 0.5;
    return 1 + c * y;
}

/* Metres from the axis and above the equator of latitude `lat` radians. */
static inline void
yz_axis_height(double lat, double *p, double *z)
{
    double s = yz_sin_poly(lat);
    double w = YZ_WGS84_E2 * s * s;
    double n = 63.0 / 256;
    n = n * w + 35.0 / 128;
    n = n * w + 5.0 / 16;
    n = n * w + 3.0 / 8;
    n = n * w + 0.5;
    n = YZ_WGS84_A * (1 + n * w);
    *p = n * yz_cos_poly(lat);
    *z = n * (1 - YZ_WGS84_E2) * s;
}

/* The square of the chord in square metres. */
static inline double
yz_chord_key(const yz_geo_origin *origin, int32_t lat_e7, int32_t lng_e7)
{
    double p, z;
    double apart = fabs((double)lng_e7 - (double)origin->lng_e7);
    double other_way = 3.6e9 - apart;
    double lng_e7_apart = apart < other_way ? apart : other_way;
    double s = yz_sin_poly(lng_e7_apart * (YZ_RADIANS_OF_E7 / 2));

    yz_axis_height((double)lat_e7 * YZ_RADIANS_OF_E7, &p, &z);
    double dp = origin->p - p;
    double dz = origin->z - z;
    return dp * dp + dz * dz + 4 * origin->p * p * (s * s);
}

/* The key of a position whose chord key is beyond YZ_FAR_KEY. */
double yz_geo_key_far(const yz_geo_origin *origin, int32_t lat_e7,
                      int32_t lng_e7);

/*
 * A lower bound of the key whose chord key is `key`, tighter while the chord
 * is shorter than the Earth's radius: to the next order a geodesic of normal
 * curvature k is c + k^2 c^3 / 24 long, so its key is short of c^2 by at most
 * c^4 / 12 (1/R^2 - 1/r^2), R the mean and r the largest radius; twice that
 * is taken off for what follows.
 */
static inline double
yz_far_key_below(double key)
{
    const double r2 = YZ_MEAN_RADIUS_M * YZ_MEAN_RADIUS_M;
    return key < r2 ? key * (1 - 0.0015 / r2 * key) : key * YZ_FAR_SHRINKS;
}

/* A lower bound of all keys, near and far, whose chord key is at least `key`:
   the one above, but without its step down. */
static inline double
yz_any_key_below(double key)
{
    const double r2 = YZ_MEAN_RADIUS_M * YZ_MEAN_RADIUS_M;
    return key < 0.97 * r2 ? key * (1 - 0.0015 / r2 * key)
                           : key * YZ_FAR_SHRINKS;
}

/*
 * At most the square of the radius of curvature that a meridian has at
 * `lat_e7`, 0 or more, and nearer to the pole: a (1 - e^2) / w^1.5 with
 * w = 1 - e^2 sin^2.
 */
static inline double
yz_meridian_radius2_below(double lat_e7)
{
    double x = lat_e7 * YZ_RADIANS_OF_E7;
    double sine = x * (1 - x * x * (1.0 / 6));
    double m = 1 + 1.5 * YZ_WGS84_E2 * sine * sine;
    const double at_equator = YZ_WGS84_A * (1 - YZ_WGS84_E2);
    return at_equator * at_equator * m * m;
}

/* A chord key beyond which yz_far_key_below() is more than `bound`. */
static inline double
yz_far_chord_limit(double bound)
{
    const double r2 = YZ_MEAN_RADIUS_M * YZ_MEAN_RADIUS_M;
    return bound < 0.9 * r2 ? bound * (1 + 0.0016 / r2 * bound)
                            : bound / YZ_FAR_SHRINKS;
}

/* The key from `origin`. */
static inline double
yz_geo_key_from(const yz_geo_origin *origin, int32_t lat_e7, int32_t lng_e7)
{
    double key = yz_chord_key(origin, lat_e7, lng_e7);
    return key > YZ_FAR_KEY ? yz_geo_key_far(origin, lat_e7, lng_e7) : key;
}

#endif
