/*
 * The loops that compilers vectorise by themselves, compiled once for each
 * form of the kernels: geo_kernels.c and geo_kernels_avx2.c include this.
 */
#ifndef YZ_CORE_GEO_KERNELS_IMPL_H
#define YZ_CORE_GEO_KERNELS_IMPL_H

#include "core/geo_kernels.h"

static inline void
block_measure(const yz_geo_chunk *chunk, uint32_t first,
              const yz_geo_origin *origin, double keys[static YZ_CHUNK_BLOCK])
{
    const int32_t *lat = chunk->shape + yz_geo_lat_at(first);
    const int32_t *lng = chunk->shape + yz_geo_lng_at(first);
    yz_geo_origin from = *origin;

    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        keys[i] = yz_chord_key(&from, lat[i], lng[i]);
    }
}

static inline void
points_of_kinds(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                uint8_t pass[static YZ_CHUNK_BYTES])
{
    uint8_t any[YZ_CHUNK_CAP] = {0};

    for (uint32_t k = 0; k < filter->kind_count; k++) {
        uint16_t wanted = filter->kinds[k];
        for (int i = 0; i < YZ_CHUNK_CAP; i++) {
            any[i] |= (uint8_t)(chunk->kind[i] == wanted);
        }
    }
    for (int i = 0; i < YZ_CHUNK_CAP; i++) {
        pass[i] &= any[i];
    }
}

static inline void
points_of_region(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                 uint8_t pass[static YZ_CHUNK_BYTES])
{
    uint32_t low = filter->region_low, high = filter->region_high;
    uint32_t level_mask = filter->level < 0 ? 0 : 255;
    uint32_t level = filter->level < 0 ? 0 : (uint32_t)filter->level;

    for (int i = 0; i < YZ_CHUNK_CAP; i++) {
        uint32_t region_level = chunk->region_level[i];
        uint32_t region = region_level & YZ_REGION_MASK;
        uint32_t is = region_level >> YZ_REGION_LEVEL_SHIFT & level_mask;
        pass[i] &=
            (uint8_t)((region >= low) & (region <= high) & (is == level));
    }
}

static inline void
points_with_services(const yz_geo_chunk *chunk, uint64_t need,
                     uint8_t pass[static YZ_CHUNK_BYTES])
{
    for (int i = 0; i < YZ_CHUNK_CAP; i++) {
        pass[i] &= (uint8_t)((chunk->services[i] & need) == need);
    }
}

static void
points_passing(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
               uint8_t pass[static YZ_CHUNK_BYTES])
{
    if (filter->level >= 0 || filter->region_low != 0 ||
        filter->region_high != UINT32_MAX) {
        points_of_region(chunk, filter, pass);
    }
    if (filter->services != 0) {
        points_with_services(chunk, filter->services, pass);
    }
    if (filter->kind_count != 0) {
        points_of_kinds(chunk, filter, pass);
    }
}

static void
points_in_box(const yz_geo_chunk *chunk, const yz_geo_window *box,
              uint8_t pass[static YZ_CHUNK_BYTES])
{
    yz_geo_window w = *box;

    for (int b = 0; b < YZ_CHUNK_BLOCKS; b++) {
        const int32_t *lat = chunk->shape + YZ_CHUNK_LAT + b * YZ_CHUNK_STRIDE;
        const int32_t *lng = lat + YZ_CHUNK_BLOCK;
        for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
            pass[b * YZ_CHUNK_BLOCK + i] &= (uint8_t)yz_geo_window_meets(
                &w, lng[i], lat[i], lng[i], lat[i]);
        }
    }
}

#endif
