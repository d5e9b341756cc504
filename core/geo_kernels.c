/*
 * The kernels in portable C.  Called through yz_geo_kernels_here().
 */
#include "core/geo_kernels.h"

/* Vectorise these loops whatever the rest is built with. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#include "core/geo_kernels_impl.h"

static uint64_t
boxes_met(const int32_t *box, uint32_t stride, uint32_t count,
          const yz_geo_window *window)
{
    const int32_t *south = box + stride;
    const int32_t *east = south + stride;
    const int32_t *north = east + stride;
    yz_geo_window w = *window;
    uint64_t bits = 0;

    for (uint32_t i = 0; i < count; i++) {
        bool meets =
            yz_geo_window_meets(&w, box[i], south[i], east[i], north[i]);
        bits |= (uint64_t)meets << i;
    }
    return bits;
}

static uint32_t
block_keys(const yz_geo_chunk *chunk, uint32_t first,
           const yz_geo_origin *origin, double bound,
           double keys[static YZ_CHUNK_BLOCK])
{
    uint32_t bits = 0;

    block_measure(chunk, first, origin, keys);
    for (uint32_t i = 0; i < YZ_CHUNK_BLOCK; i++) {
        bits |= (uint32_t)(keys[i] <= bound) << i;
    }
    return bits;
}

/* From the last item down, each still meets its old neighbour. */
static void
key_rank(float *ranking, uint32_t lanes, float key)
{
    for (uint32_t i = lanes - 1; i > 0; i--) {
        float least = ranking[i - 1] > key ? ranking[i - 1] : key;
        ranking[i] = ranking[i] < least ? ranking[i] : least;
    }
    ranking[0] = ranking[0] < key ? ranking[0] : key;
}

static void
keys_take(yz_geo_found *found, const double keys[static YZ_CHUNK_BLOCK],
          uint64_t spot, uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        key_rank(found->ranking, found->lanes, (float)keys[i]);
        found->keys[found->count] = keys[i];
        found->spots[found->count++] = spot + i;
    }
}

static void
keys_places(const double *keys, uint32_t count, uint32_t *places)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t less = 0;
        for (uint32_t j = 0; j < count; j++) {
            less += keys[j] < keys[i];
        }
        places[i] = less;
    }
}

static void
bytes_bits(const uint8_t pass[static YZ_CHUNK_BYTES],
           uint64_t bits[static YZ_CHUNK_WORDS])
{
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        bits[w] = 0;
        for (uint32_t i = 0; i < 64; i++) {
            bits[w] |= (uint64_t)pass[w * 64 + i] << i;
        }
    }
}

const yz_geo_kernels yz_geo_kernels_portable = {
    .boxes = boxes_met,
    .keys = block_keys,
    .take = keys_take,
    .places = keys_places,
    .passing = points_passing,
    .in_box = points_in_box,
    .bits = bytes_bits,
};
