/*
 * Distance on WGS-84 as an order key that is cheap to compute for many
 * points.
 */
#ifndef YZ_CORE_GEO_KEY_H
#define YZ_CORE_GEO_KEY_H

#include <stdint.h>

/*
 * The order key of the distance between two positions: the square of their
 * chord in metres; beyond 1,000 km, of the chord that a sphere would have at
 * the geodesic's length.  Grows with the distance.  The same positions give
 * the same bits in every build.
 */
double yz_geo_key(int32_t lat_a_e7, int32_t lng_a_e7, int32_t lat_b_e7,
                  int32_t lng_b_e7);

/* Metres of a key: within 1e-5 up to 100 km, within 1e-4 beyond. */
double yz_geo_key_m(double key);

/* The key of a distance in metres, 0 or more; all from half round the Earth
   give the largest key. */
double yz_geo_key_of_m(double metres);

/* A position with what measuring from it needs; plain data. */
typedef struct {
    int32_t lat_e7;
    int32_t lng_e7;
    double p; /* metres from the axis */
    double z; /* metres above the equator */
    double cos_lat;
    double sin_lat;
} yz_geo_origin;

yz_geo_origin yz_geo_origin_of(int32_t lat_e7, int32_t lng_e7);

/*
 * Initial bearing of a position, degrees 0 <= x < 360 from north, clockwise,
 * within 0.01 (nearly a quarter turn round the Earth and more: of the plane
 * section, which is not quite the geodesic); 0 for equal positions.
 */
double yz_geo_bearing_deg(const yz_geo_origin *from, int32_t lat_e7,
                          int32_t lng_e7);

#endif
