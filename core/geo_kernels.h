/*
 * The loops of a search that run over many points or boxes at once, in a
 * portable form and in one for AVX2.  Both give the same bits; which one
 * serves is found out at run time.
 */
#ifndef YZ_CORE_GEO_KERNELS_H
#define YZ_CORE_GEO_KERNELS_H

#include "core/geo_filter.h"
#include "core/geo_key.h"
#include "core/geo_page.h"
#include "core/geo_window.h"
#include "core/limits.h"
#include <stdalign.h>

/* One bit, and one byte, for each point of a chunk, and a little more. */
#define YZ_CHUNK_WORDS ((YZ_CHUNK_CAP + 63) / 64)
#define YZ_CHUNK_BYTES (YZ_CHUNK_WORDS * 64)

#define YZ_RANK_LANES 8 /* the items of a ranking come in so many */
#define YZ_RANKING_MAX                                                         \
    ((YZ_LIMIT_MAX + 1 + YZ_RANK_LANES - 1) / YZ_RANK_LANES * YZ_RANK_LANES)
#define YZ_FOUND_MAX (2 * YZ_RANKING_MAX + 2 * YZ_CHUNK_BLOCK)

/* Points that were near enough when they were found. */
typedef struct {
    uint32_t count;
    uint32_t lanes; /* of ranking in use */
    /* The least keys so far, ascending, rounded to floats: their order needs
       no more, and so many fit into registers. */
    alignas(32) float ranking[YZ_RANKING_MAX];
    alignas(32) double keys[YZ_FOUND_MAX]; /* in any order */
    uint64_t spots[YZ_FOUND_MAX];          /* where they lie */
} yz_geo_found;

typedef struct {
    /*
     * Bit i is set when box i meets the window, i < count <= 63.  The boxes'
     * wests lie at `box`, their souths `stride` on, then easts and norths; up
     * to 7 more of each may be read.
     */
    uint64_t (*boxes)(const int32_t *box, uint32_t stride, uint32_t count,
                      const yz_geo_window *window);

    /*
     * Chord keys from `origin` to the YZ_CHUNK_BLOCK points from `first` on.
     * Bit i of the result is set when the key of point first + i is at most
     * `bound`; points beyond the chunk's count may be among them.
     */
    uint32_t (*keys)(const yz_geo_chunk *chunk, uint32_t first,
                     const yz_geo_origin *origin, double bound,
                     double keys[static YZ_CHUNK_BLOCK]);

    /*
     * Adds those keys that `bits` has a bit for, with spots `spot` + i, for
     * which there must be room, and ranks them; the largest fall out of the
     * ranking.  No key is below 0.
     */
    void (*take)(yz_geo_found *found, const double keys[static YZ_CHUNK_BLOCK],
                 uint64_t spot, uint32_t bits);

    /* How many of `count` keys, 0..YZ_FOUND_MAX, are less than each of them.
       Aligned to 32 bytes; up to 3 keys more may be read. */
    void (*places)(const double *keys, uint32_t count, uint32_t *places);

    /* Clears the bytes of points that have not the filter's kinds, services,
       region and level. */
    void (*passing)(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                    uint8_t pass[static YZ_CHUNK_BYTES]);

    /* Clears the bytes of points outside the box. */
    void (*in_box)(const yz_geo_chunk *chunk, const yz_geo_window *box,
                   uint8_t pass[static YZ_CHUNK_BYTES]);

    /* Bit i is the lowest of byte i.  Bytes are 0 or 1, aligned to 32. */
    void (*bits)(const uint8_t pass[static YZ_CHUNK_BYTES],
                 uint64_t bits[static YZ_CHUNK_WORDS]);
} yz_geo_kernels;

extern const yz_geo_kernels yz_geo_kernels_portable;
/* NULL where this processor has no AVX2, or the compiler knows none. */
const yz_geo_kernels *yz_geo_kernels_avx2(void);

/* The fastest of them here. */
static inline const yz_geo_kernels *
yz_geo_kernels_here(void)
{
    const yz_geo_kernels *avx2 = yz_geo_kernels_avx2();
    return avx2 != NULL ? avx2 : &yz_geo_kernels_portable;
}

#endif
