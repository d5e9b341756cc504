/*
 * One point of a geo layer with everything that a filter looks at.
 */
#ifndef YZ_CORE_GEO_POINT_H
#define YZ_CORE_GEO_POINT_H

#include <stdbool.h>
#include <stdint.h>

#define YZ_LAT_MAX_E7 900000000
#define YZ_LNG_MAX_E7 1800000000

typedef struct {
    int32_t lat_e7;    /* WGS-84 degrees times 10^7, -YZ_LAT_MAX_E7.. */
    int32_t lng_e7;    /* WGS-84 degrees times 10^7, -YZ_LNG_MAX_E7.. */
    uint32_t number;   /* of the place or post; unique in the layer */
    uint32_t region;   /* six-digit GB/T 2260 code, 0 for none */
    uint64_t services; /* bit n: service n of the generation */
    uint16_t kind;     /* interned kind */
    uint16_t hours;    /* interned opening hours, 0 for unknown */
    uint8_t level;     /* 0..3: none, city, province, national */
} yz_geo_point;

/* Whether all members are equal. */
static inline bool
yz_geo_point_same(const yz_geo_point *a, const yz_geo_point *b)
{
    return a->lat_e7 == b->lat_e7 && a->lng_e7 == b->lng_e7 &&
           a->number == b->number && a->region == b->region &&
           a->services == b->services && a->kind == b->kind &&
           a->hours == b->hours && a->level == b->level;
}

/*
 * Position on the Hilbert curve of order 32 over longitude and latitude:
 * near positions mostly have near numbers.  Any int32 pair is allowed;
 * what is out of range is clamped.
 */
uint64_t yz_hilbert_of(int32_t lat_e7, int32_t lng_e7);

#endif
