/*
 * The kernels for processors with AVX2.  Called through
 * yz_geo_kernels_here().  None has 512-bit vectors: measured, they made the
 * whole search a third slower.
 */
#include "core/geo_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,popcnt"))),           \
                             apply_to = function)
#else
#pragma GCC optimize("O3")
#pragma GCC target("avx2,popcnt")
#endif
#include "core/geo_kernels_impl.h"
#include <immintrin.h>

/* A window with each side in all lanes. */
typedef struct {
    __m256i south, north, west, east;
} sides;

static inline __m256i
load_eight(const int32_t *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static inline sides
sides_of(const yz_geo_window *window, int run)
{
    return (sides){
        .south = _mm256_set1_epi32(window->south),
        .north = _mm256_set1_epi32(window->north),
        .west = _mm256_set1_epi32(window->west[run]),
        .east = _mm256_set1_epi32(window->east[run]),
    };
}

/* Bits of those of eight boxes that meet the window. */
static inline uint32_t
eight_met(const int32_t *box, uint32_t stride, const sides *w)
{
    const int32_t *south = box + stride;
    const int32_t *east = south + stride;
    const int32_t *north = east + stride;
    __m256i aside =
        _mm256_or_si256(_mm256_cmpgt_epi32(load_eight(box), w->east),
                        _mm256_cmpgt_epi32(w->west, load_eight(east)));
    __m256i beyond =
        _mm256_or_si256(_mm256_cmpgt_epi32(load_eight(south), w->north),
                        _mm256_cmpgt_epi32(w->south, load_eight(north)));
    __m256i misses = _mm256_or_si256(aside, beyond);

    return ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(misses)) & 255;
}

static inline uint64_t
run_met(const int32_t *box, uint32_t stride, uint32_t count,
        const yz_geo_window *window, int run)
{
    sides w = sides_of(window, run);
    uint64_t bits = 0;

    for (uint32_t i = 0; i < count; i += 8) {
        bits |= (uint64_t)eight_met(box + i, stride, &w) << i;
    }
    return bits & (((uint64_t)1 << count) - 1);
}

static uint64_t
boxes_met(const int32_t *box, uint32_t stride, uint32_t count,
          const yz_geo_window *window)
{
    uint64_t bits = run_met(box, stride, count, window, 0);

    if (window->east[1] >= window->west[1]) {
        bits |= run_met(box, stride, count, window, 1);
    }
    return bits;
}

static uint32_t
block_keys(const yz_geo_chunk *chunk, uint32_t first,
           const yz_geo_origin *origin, double bound,
           double keys[static YZ_CHUNK_BLOCK])
{
    __m256d most = _mm256_set1_pd(bound);
    uint32_t bits = 0;

    block_measure(chunk, first, origin, keys);
    for (int i = 0; i < YZ_CHUNK_BLOCK; i += 4) {
        __m256d near =
            _mm256_cmp_pd(_mm256_loadu_pd(keys + i), most, _CMP_LE_OQ);
        bits |= (uint32_t)_mm256_movemask_pd(near) << i;
    }
    return bits;
}

/* Eight items of a ranking after an insertion: `behind` are those before
   them, whose last moves up into the first place. */
static inline __m256
eight_ranked(__m256 eight, __m256i behind, __m256 key)
{
    __m256i moved = _mm256_alignr_epi8(_mm256_castps_si256(eight), behind, 12);
    return _mm256_min_ps(eight, _mm256_max_ps(_mm256_castsi256_ps(moved), key));
}

/* The upper half of `low` below the lower half of `high`. */
static inline __m256i
halves_between(__m256 low, __m256 high)
{
    return _mm256_permute2x128_si256(_mm256_castps_si256(low),
                                     _mm256_castps_si256(high), 0x21);
}

/* The lower half above zeros, which are below every key. */
static inline __m256i
half_above_zeros(__m256 low)
{
    __m256i bits = _mm256_castps_si256(low);
    return _mm256_permute2x128_si256(bits, bits, 0x08);
}

/* Rankings of up to sixteen stay in registers. */
static inline void
sixteen_take(yz_geo_found *found, const double keys[static YZ_CHUNK_BLOCK],
             uint64_t spot, uint32_t bits)
{
    __m256 low = _mm256_load_ps(found->ranking);
    __m256 high = _mm256_load_ps(found->ranking + 8);
    uint32_t count = found->count;

    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        __m256 key = _mm256_set1_ps((float)keys[i]);
        high = eight_ranked(high, halves_between(low, high), key);
        low = eight_ranked(low, half_above_zeros(low), key);
        found->keys[count] = keys[i];
        found->spots[count++] = spot + i;
    }
    _mm256_store_ps(found->ranking, low);
    _mm256_store_ps(found->ranking + 8, high);
    found->count = count;
}

static inline void
key_rank(float *ranking, uint32_t lanes, __m256 key)
{
    __m256 eight = _mm256_load_ps(ranking + lanes - 8);

    for (uint32_t i = lanes - 8; i > 0; i -= 8) {
        __m256 before = _mm256_load_ps(ranking + i - 8);
        _mm256_store_ps(
            ranking + i,
            eight_ranked(eight, halves_between(before, eight), key));
        eight = before;
    }
    _mm256_store_ps(ranking, eight_ranked(eight, half_above_zeros(eight), key));
}

static void
keys_take(yz_geo_found *found, const double keys[static YZ_CHUNK_BLOCK],
          uint64_t spot, uint32_t bits)
{
    if (found->lanes == 16) {
        sixteen_take(found, keys, spot, bits);
        return;
    }
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        key_rank(found->ranking, found->lanes, _mm256_set1_ps((float)keys[i]));
        found->keys[found->count] = keys[i];
        found->spots[found->count++] = spot + i;
    }
}

/* Of the last four only those count that are `in`. */
static void
keys_places(const double *keys, uint32_t count, uint32_t *places)
{
    uint32_t last = (count - 1) / 4 * 4; /* begin the last four */
    __m256d in = _mm256_cmp_pd(_mm256_set_pd(3, 2, 1, 0),
                               _mm256_set1_pd(count - last), _CMP_LT_OQ);

    for (uint32_t i = 0; i < count; i++) {
        __m256d key = _mm256_set1_pd(keys[i]);
        uint32_t less = 0;
        for (uint32_t j = 0; j < last; j += 4) {
            __m256d four =
                _mm256_cmp_pd(_mm256_load_pd(keys + j), key, _CMP_LT_OQ);
            less += (uint32_t)__builtin_popcount(
                (uint32_t)_mm256_movemask_pd(four));
        }
        __m256d four = _mm256_and_pd(
            in, _mm256_cmp_pd(_mm256_load_pd(keys + last), key, _CMP_LT_OQ));
        places[i] = less + (uint32_t)__builtin_popcount(
                               (uint32_t)_mm256_movemask_pd(four));
    }
}

static inline uint32_t
thirty_two_bits(const uint8_t *bytes)
{
    __m256i lowest = _mm256_slli_epi16(
        _mm256_load_si256((const __m256i *)(const void *)bytes), 7);
    return (uint32_t)_mm256_movemask_epi8(lowest);
}

static void
bytes_bits(const uint8_t pass[static YZ_CHUNK_BYTES],
           uint64_t bits[static YZ_CHUNK_WORDS])
{
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        bits[w] = thirty_two_bits(pass + w * 64) |
                  (uint64_t)thirty_two_bits(pass + w * 64 + 32) << 32;
    }
}

static const yz_geo_kernels kernels = {
    .boxes = boxes_met,
    .keys = block_keys,
    .take = keys_take,
    .places = keys_places,
    .passing = points_passing,
    .in_box = points_in_box,
    .bits = bytes_bits,
};

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC reset_options
#endif

const yz_geo_kernels *
yz_geo_kernels_avx2(void)
{
    return __builtin_cpu_supports("avx2") ? &kernels : NULL;
}

#else

const yz_geo_kernels *
yz_geo_kernels_avx2(void)
{
    return NULL;
}

#endif
