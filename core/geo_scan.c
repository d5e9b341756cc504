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

/* Clones need a resolver that runs before a sanitizer is ready.  None has
   512-bit vectors: measured, they made the whole search a third slower. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&         \
    !defined(__SANITIZE_ADDRESS__)
#define CLONES __attribute__((target_clones("avx2", "default")))
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
    const int32_t *west = node->box + YZ_NODE_WEST;
    const int32_t *south = node->box + YZ_NODE_SOUTH;
    const int32_t *east = node->box + YZ_NODE_EAST;
    const int32_t *north = node->box + YZ_NODE_NORTH;
    yz_geo_window w = *window;

    for (int i = 0; i < 64; i++) {
        met[i] = (uint8_t)yz_geo_window_meets(&w, west[i], south[i], east[i],
                                              north[i]);
    }
}

CLONES static void
children_sieved(const yz_geo_node *node, const yz_geo_sieve *sieve,
                uint8_t met[static 64])
{
    const uint64_t *kinds = node->sets + YZ_NODE_KINDS;
    const uint64_t *services = node->sets + YZ_NODE_SERVICES;
    const uint64_t *regions = node->sets + YZ_NODE_REGIONS;
    const int32_t *levels = node->box + YZ_NODE_LEVELS;
    yz_geo_sieve want = *sieve;

    for (int i = 0; i < 64; i++) {
        met[i] &= (uint8_t)(((kinds[i] & want.kinds) != 0) &
                            ((services[i] & want.services) == want.services) &
                            ((regions[i] & want.regions) != 0) &
                            (((uint32_t)levels[i] & want.levels) != 0));
    }
}

/* Bit i from the lowest bit of byte i, of eight bytes. */
static inline uint32_t
eight_bits(const uint8_t bytes[static 8])
{
    uint64_t eight;

    memcpy(&eight, bytes, sizeof(eight));
    return (uint32_t)(eight * 0x0102040810204080u >> 56);
}

static uint64_t
bits_of_bytes(const uint8_t bytes[static 64])
{
    uint64_t bits = 0;

    for (int i = 0; i < 8; i++) {
        bits |= (uint64_t)eight_bits(bytes + (size_t)i * 8) << (8 * i);
    }
    return bits;
}

uint64_t
yz_geo_node_children(const yz_geo_node *node, const yz_geo_window *window,
                     const yz_geo_sieve *sieve)
{
    uint8_t met[64];

    children_met(node, window, met);
    if (!sieve->any) {
        children_sieved(node, sieve, met);
    }
    return bits_of_bytes(met) & (((uint64_t)1 << node->count) - 1);
}

CLONES static void
blocks_met(const yz_geo_chunk *chunk, const yz_geo_window *window,
           uint8_t met[static 16])
{
    const int32_t *west = chunk->shape + YZ_CHUNK_WEST;
    const int32_t *south = chunk->shape + YZ_CHUNK_SOUTH;
    const int32_t *east = chunk->shape + YZ_CHUNK_EAST;
    const int32_t *north = chunk->shape + YZ_CHUNK_NORTH;
    yz_geo_window w = *window;

    for (int i = 0; i < 16; i++) {
        met[i] = (uint8_t)yz_geo_window_meets(&w, west[i], south[i], east[i],
                                              north[i]);
    }
}

uint32_t
yz_geo_chunk_blocks(const yz_geo_chunk *chunk, const yz_geo_window *window)
{
    uint8_t met[16];
    uint32_t blocks = (chunk->count + YZ_CHUNK_BLOCK - 1) / YZ_CHUNK_BLOCK;

    blocks_met(chunk, window, met);
    return (eight_bits(met) | eight_bits(met + 8) << 8) &
           (((uint32_t)1 << blocks) - 1);
}

CLONES static void
block_measure(const int32_t *lat, const int32_t *lng,
              const yz_geo_origin *origin, double bound,
              double keys[static YZ_CHUNK_BLOCK],
              uint8_t near[static YZ_CHUNK_BLOCK])
{
    yz_geo_origin from = *origin;

    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        keys[i] = yz_chord_key(&from, lat[i], lng[i]);
    }
    for (int i = 0; i < YZ_CHUNK_BLOCK; i++) {
        near[i] = keys[i] <= bound;
    }
}

uint32_t
yz_geo_block_keys(const yz_geo_chunk *chunk, uint32_t first,
                  const yz_geo_origin *origin, double bound,
                  double keys[static YZ_CHUNK_BLOCK])
{
    uint8_t near[YZ_CHUNK_BLOCK];

    block_measure(chunk->shape + yz_geo_lat_at(first),
                  chunk->shape + yz_geo_lng_at(first), origin, bound, keys,
                  near);
    return eight_bits(near) | eight_bits(near + 8) << 8;
}

CLONES static void
points_passing(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
               uint8_t pass[static YZ_CHUNK_CAP])
{
    uint64_t need = filter->services;
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
    if (need != 0) {
        for (int i = 0; i < YZ_CHUNK_CAP; i++) {
            pass[i] &= (uint8_t)((chunk->services[i] & need) == need);
        }
    }
}

CLONES static void
points_of_kinds(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                uint8_t pass[static YZ_CHUNK_CAP])
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

CLONES static void
points_in_box(const yz_geo_chunk *chunk, const yz_geo_window *box,
              uint8_t pass[static YZ_CHUNK_BLOCKS * YZ_CHUNK_BLOCK])
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

/* Takes out what is not open. */
static uint64_t
points_open(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
            uint32_t first, uint64_t bits)
{
    for (uint64_t left = bits; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);
        if (!yz_geo_filter_open(filter, chunk->hours[first + i])) {
            bits &= ~((uint64_t)1 << i);
        }
    }
    return bits;
}

void
yz_geo_chunk_whole(const yz_geo_chunk *chunk,
                   uint64_t bits[static YZ_CHUNK_WORDS])
{
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        uint32_t left = chunk->count > w * 64 ? chunk->count - w * 64 : 0;
        bits[w] = left >= 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
    }
}

void
yz_geo_chunk_passing(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                     const yz_geo_window *box,
                     uint64_t bits[static YZ_CHUNK_WORDS])
{
    uint8_t pass[YZ_CHUNK_WORDS * 64] = {0};

    memset(pass, 1, chunk->count);
    if (filter->services != 0 || filter->level >= 0 ||
        filter->region_low != 0 || filter->region_high != UINT32_MAX) {
        points_passing(chunk, filter, pass);
    }
    if (filter->kind_count != 0) {
        points_of_kinds(chunk, filter, pass);
    }
    if (filter->has_box) {
        points_in_box(chunk, box, pass);
    }
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        bits[w] = bits_of_bytes(pass + (size_t)w * 64);
        if (filter->open != NULL) {
            bits[w] = points_open(chunk, filter, w * 64, bits[w]);
        }
    }
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
        const int32_t *box = chunk->shape + b;
        summary_box(summary, box[YZ_CHUNK_WEST], box[YZ_CHUNK_SOUTH],
                    box[YZ_CHUNK_EAST], box[YZ_CHUNK_NORTH]);
    }
    for (uint32_t i = 0; i < chunk->count; i++) {
        uint32_t region_level = chunk->region_level[i];
        summary->kinds |= yz_geo_kind_bit(chunk->kind[i]);
        summary->services |= chunk->services[i];
        summary->regions |= yz_geo_region_bit(region_level & YZ_REGION_MASK);
        summary->levels |= (uint32_t)1
                           << (region_level >> YZ_REGION_LEVEL_SHIFT & 3);
    }
    summary->hilbert =
        yz_hilbert_of(chunk->shape[YZ_CHUNK_LAT], chunk->shape[YZ_CHUNK_LNG]);
    summary->number = chunk->number[0];
}

void
yz_geo_node_summary(const yz_geo_node *node, yz_geo_summary *summary)
{
    summary_clear(summary);
    for (uint32_t i = 0; i < node->count; i++) {
        const int32_t *box = node->box + i;
        const uint64_t *sets = node->sets + i;
        summary_box(summary, box[YZ_NODE_WEST], box[YZ_NODE_SOUTH],
                    box[YZ_NODE_EAST], box[YZ_NODE_NORTH]);
        summary->kinds |= sets[YZ_NODE_KINDS];
        summary->services |= sets[YZ_NODE_SERVICES];
        summary->regions |= sets[YZ_NODE_REGIONS];
        summary->levels |= (uint32_t)box[YZ_NODE_LEVELS];
    }
    summary->hilbert = node->hilbert[0];
    summary->number = node->number[0];
}
