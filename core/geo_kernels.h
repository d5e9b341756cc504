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

/* One byte for each point of a chunk, and a little more. */
#define YZ_CHUNK_BYTES ((YZ_CHUNK_CAP + 63) / 64 * 64)

#define YZ_RANK_LANES 8 /* the items of a ranking come in so many */

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
     * Inserts those keys that `bits` has a bit for, as floats, into the
     * ascending ranking of `lanes` items, a multiple of YZ_RANK_LANES; the
     * largest fall out.  Aligned to 32 bytes; no key is below 0.
     */
    void (*rank)(float *ranking, uint32_t lanes,
                 const double keys[static YZ_CHUNK_BLOCK], uint32_t bits);

    /* Clears the bytes of points that have not the filter's kinds, services,
       region and level. */
    void (*passing)(const yz_geo_chunk *chunk, const yz_geo_filter *filter,
                    uint8_t pass[static YZ_CHUNK_BYTES]);

    /* Clears the bytes of points outside the box. */
    void (*in_box)(const yz_geo_chunk *chunk, const yz_geo_window *box,
                   uint8_t pass[static YZ_CHUNK_BYTES]);
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
