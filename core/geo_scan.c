/*
 * Runs over blocks, chunks and nodes.  Called by the search, the walk and
 * the writer of a geo layer.
 */
#include "core/geo_scan.h"
#include <string.h>

/* Vectorise these loops whatever the rest is built with. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* Clones need a resolver that runs before a sanitizer is ready. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES                                                                 \
    __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

yz_geo_sieve
yz_geo_sieve_of(const yz_geo_filter *filter)
{
    yz_geo_sieve sieve = {
        .kinds = filter->kind_count == 0 ? UINT64_MAX : 0,
        .services = filter->services,
        .regions = UINT64_MAX,
        .levels = filter->level < 0 ? 15 : (uint32_t)1 << filter->level,
    };

    for (uint32_t i = 0; i < filter->kind_count; i++) {
        sieve.kinds |= yz_geo_kind_bit(filter->kinds[i]);
    }
    if (filter->region_low / 100 == filter->region_high / 100) {
        sieve.regions = yz_geo_region_bit(filter->region_low);
    }
    sieve.any = sieve.kinds == UINT64_MAX && sieve.services == 0 &&
                sieve.regions == UINT64_MAX && sieve.levels == 15;
    return sieve;
}

CLONES static void
children_met(const yz_geo_node *node, const yz_geo_window *window,
             uint8_t met[static 64])
{
    int32_t south = window->south, north = window->north;
    int32_t west0 = window->west[0], east0 = window->east[0];
    int32_t west1 = window->west[1], east1 = window->east[1];

    for (int i = 0; i < YZ_NODE_CAP; i++) {
        int32_t w = node->west[i], e = node->east[i];
        met[i] = (uint8_t)((node->south[i] <= north) &
                           (node->north[i] >= south) &
                           (((w <= east0) & (e >= west0)) |
                            ((w <= east1) & (e >= west1))));
    }
}

CLONES static void
children_sieved(const yz_geo_node *node, const yz_geo_sieve *sieve,
                uint8_t met[static 64])
{
    uint64_t kinds = sieve->kinds, services = sieve->services;
    uint64_t regions = sieve->regions;
    uint32_t levels = sieve->levels;

    for (int i = 0; i < YZ_NODE_CAP; i++) {
        met[i] &= (uint8_t)(((node->kinds[i] & kinds) != 0) &
                            ((node->services[i] & services) == services) &
                            ((node->regions[i] & regions) != 0) &
                            ((node->levels[i] & levels) != 0));
    }
}

/* Bit i from the lowest bit of byte i. */
static uint64_t
bits_of_bytes(const uint8_t bytes[static 64])
{
    uint64_t bits = 0;

    for (int i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, bytes + (size_t)i * 8, sizeof(eight));
        bits |= (eight * 0x0102040810204080u >> 56) << (8 * i);
    }
    return bits;
}

uint64_t
yz_geo_node_children(const yz_geo_node *node, const yz_geo_window *window,
                     const yz_geo_sieve *sieve)
{
    uint8_t met[64];

    met[63] = 0;
    children_met(node, window, met);
    if (!sieve->any) {
        children_sieved(node, sieve, met);
    }
    return bits_of_bytes(met) & (((uint64_t)1 << node->count) - 1);
}

CLONES void
yz_geo_block_keys(const yz_geo_chunk *chunk, uint32_t first,
                  const yz_geo_origin *origin,
                  double keys[static YZ_CHUNK_BLOCK])
{
    const int32_t *lat = chunk->lat_e7 + first;
    const int32_t *lng = chunk->lng_e7 + first;
    yz_geo_origin from = *origin;

    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        keys[i] = yz_chord_key(&from, lat[i], lng[i]);
    }
}

CLONES static void
points_passing(const yz_geo_chunk *chunk, uint32_t first,
               const yz_geo_filter *filter, uint8_t pass[static 32])
{
    const uint64_t *services = chunk->services + first;
    const uint32_t *region_level = chunk->region_level + first;
    uint64_t need = filter->services;
    uint32_t low = filter->region_low, high = filter->region_high;
    uint32_t level_mask = filter->level < 0 ? 0 : 255;
    uint32_t level = filter->level < 0 ? 0 : (uint32_t)filter->level;

    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        uint32_t region = region_level[i] & YZ_REGION_MASK;
        uint32_t is = region_level[i] >> YZ_REGION_LEVEL_SHIFT & level_mask;
        pass[i] = (uint8_t)(((services[i] & need) == need) & (region >= low) &
                            (region <= high) & (is == level));
    }
}

CLONES static void
points_of_kinds(const yz_geo_chunk *chunk, uint32_t first,
                const yz_geo_filter *filter, uint8_t pass[static 32])
{
    const uint16_t *kind = chunk->kind + first;
    uint8_t any[YZ_CHUNK_BLOCK] = {0};

    for (uint32_t k = 0; k < filter->kind_count; k++) {
        uint16_t wanted = filter->kinds[k];
        for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
            any[i] |= (uint8_t)(kind[i] == wanted);
        }
    }
    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        pass[i] &= any[i];
    }
}

CLONES static void
points_in_box(const yz_geo_chunk *chunk, uint32_t first,
              const yz_geo_window *box, uint8_t pass[static 32])
{
    const int32_t *lat = chunk->lat_e7 + first;
    const int32_t *lng = chunk->lng_e7 + first;
    yz_geo_window w = *box;

    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        pass[i] &= (uint8_t)yz_geo_window_meets(&w, lng[i], lat[i], lng[i],
                                                lat[i]);
    }
}

uint32_t
yz_geo_block_passing(const yz_geo_chunk *chunk, uint32_t first,
                     const yz_geo_filter *filter, const yz_geo_window *box)
{
    uint8_t pass[64] = {0};
    uint32_t count = chunk->count - first;

    points_passing(chunk, first, filter, pass);
    if (filter->kind_count != 0) {
        points_of_kinds(chunk, first, filter, pass);
    }
    if (filter->has_box) {
        points_in_box(chunk, first, box, pass);
    }
    uint32_t bits = (uint32_t)bits_of_bytes(pass);
    if (count < YZ_CHUNK_BLOCK) {
        bits &= ((uint32_t)1 << count) - 1;
    }
    if (filter->open != NULL) {
        for (uint32_t left = bits; left != 0; left &= left - 1) {
            uint32_t i = (uint32_t)__builtin_ctz(left);
            if (!yz_geo_filter_open(filter, chunk->hours[first + i])) {
                bits &= ~((uint32_t)1 << i);
            }
        }
    }
    return bits;
}

static void
summary_clear(yz_geo_summary *summary)
{
    *summary = (yz_geo_summary){
        .west = INT32_MAX,
        .south = INT32_MAX,
        .east = INT32_MIN,
        .north = INT32_MIN,
    };
}

static void
summary_box(yz_geo_summary *summary, int32_t west, int32_t south, int32_t east,
            int32_t north)
{
    summary->west = west < summary->west ? west : summary->west;
    summary->south = south < summary->south ? south : summary->south;
    summary->east = east > summary->east ? east : summary->east;
    summary->north = north > summary->north ? north : summary->north;
}

void
yz_geo_chunk_summary(const yz_geo_chunk *chunk, yz_geo_summary *summary)
{
    summary_clear(summary);
    for (uint32_t b = 0; b * YZ_CHUNK_BLOCK < chunk->count; b++) {
        summary_box(summary, chunk->west[b], chunk->south[b], chunk->east[b],
                    chunk->north[b]);
    }
    for (uint32_t i = 0; i < chunk->count; i++) {
        uint32_t region_level = chunk->region_level[i];
        summary->kinds |= yz_geo_kind_bit(chunk->kind[i]);
        summary->services |= chunk->services[i];
        summary->regions |= yz_geo_region_bit(region_level & YZ_REGION_MASK);
        summary->levels |=
            (uint32_t)1 << (region_level >> YZ_REGION_LEVEL_SHIFT & 3);
    }
    summary->hilbert = yz_hilbert_of(chunk->lat_e7[0], chunk->lng_e7[0]);
    summary->number = chunk->number[0];
}

void
yz_geo_node_summary(const yz_geo_node *node, yz_geo_summary *summary)
{
    summary_clear(summary);
    for (uint32_t i = 0; i < node->count; i++) {
        summary_box(summary, node->west[i], node->south[i], node->east[i],
                    node->north[i]);
        summary->kinds |= node->kinds[i];
        summary->services |= node->services[i];
        summary->regions |= node->regions[i];
        summary->levels |= node->levels[i];
    }
    summary->hilbert = node->hilbert[0];
    summary->number = node->number[0];
}
