/*
 * Measures the points of chunks, as few as the bound allows.  Called by
 * geo_search.c.
 */
#include "core/geo_nearest.h"

#define FEW_POINTS 4  /* are measured one by one */
#define NARROW_BY 0.7 /* a bound this much smaller is worth a new window */
#define NEAR_KEY (0.999 * YZ_FAR_KEY) /* bounds below ask for no far keys */

void
yz_geo_nearest_narrow(yz_geo_nearest *s)
{
    if (s->answer.bound < s->window_key * NARROW_BY) {
        s->window = yz_geo_window_near(&s->base, &s->origin, s->answer.bound);
        s->window_key = s->answer.bound;
    }
}

void
yz_geo_nearest_init(yz_geo_nearest *s, const yz_geo_query *query)
{
    const yz_geo_filter *filter = query->filter;

    s->kernels = yz_geo_kernels_here();
    s->filter = filter;
    s->sieve = yz_geo_sieve_of(filter);
    s->origin = yz_geo_origin_of(query->lat_e7, query->lng_e7);
    s->base = yz_geo_window_of(filter);
    s->window = s->base;
    s->window_key = INFINITY;
    s->plain = s->sieve.any && filter->open == NULL &&
               filter->region_low == 0 && filter->region_high == UINT32_MAX &&
               !filter->has_box;
    s->block_count = 0;
    yz_geo_answer_init(&s->answer, query, s->kernels);
    yz_geo_nearest_narrow(s);
}

/* Points of a block with their chord keys, of which the far ones count. */
static void
far_points_offer(yz_geo_nearest *s, const yz_geo_chunk *chunk, uint32_t first,
                 double keys[static YZ_CHUNK_BLOCK], uint32_t bits)
{
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        if (keys[i] <= YZ_FAR_KEY ||
            yz_far_key_below(keys[i]) > s->answer.bound) {
            continue;
        }
        keys[i] =
            yz_geo_key_far(&s->origin, chunk->shape[yz_geo_lat_at(first + i)],
                           chunk->shape[yz_geo_lng_at(first + i)]);
        if (keys[i] <= s->answer.bound) {
            yz_geo_answer_add(&s->answer, chunk, first, keys, bits & -bits);
        }
    }
}

/* Those of `bits` whose keys need no geodesic and are within the bound. */
static uint32_t
near_points(const yz_geo_nearest *s, const double keys[static YZ_CHUNK_BLOCK],
            uint32_t bits)
{
    double most = s->answer.bound < YZ_FAR_KEY ? s->answer.bound : YZ_FAR_KEY;
    uint32_t near = 0;

    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        near |= (uint32_t)(keys[i] <= most) << i;
    }
    return near;
}

/* Points `bits` of the block from `first` on. */
static void
block_scan(yz_geo_nearest *s, const yz_geo_chunk *chunk, uint32_t first,
           uint32_t bits)
{
    double keys[YZ_CHUNK_BLOCK];
    double bound = s->answer.bound;
    bool near = bound < NEAR_KEY;

    bits = yz_geo_points_open(chunk, s->filter, first, bits);
    if (bits == 0) {
        return;
    }
    bits &= s->kernels->keys(chunk, first, &s->origin,
                             near ? bound : yz_far_chord_limit(bound), keys);
    uint32_t at_once = near ? bits : near_points(s, keys, bits);
    yz_geo_answer_add(&s->answer, chunk, first, keys, at_once);
    if (!near) {
        far_points_offer(s, chunk, first, keys, bits & ~at_once);
    }
}

static void
point_scan(yz_geo_nearest *s, const yz_geo_chunk *chunk, uint32_t i)
{
    double keys[YZ_CHUNK_BLOCK];

    if (!yz_geo_filter_open(s->filter, chunk->hours[i])) {
        return;
    }
    keys[0] = yz_chord_key(&s->origin, chunk->shape[yz_geo_lat_at(i)],
                           chunk->shape[yz_geo_lng_at(i)]);
    if (keys[0] > YZ_FAR_KEY) {
        far_points_offer(s, chunk, i, keys, 1);
    } else if (keys[0] <= s->answer.bound) {
        yz_geo_answer_add(&s->answer, chunk, i, keys, 1);
    }
}

void
yz_geo_nearest_blocks(yz_geo_nearest *s)
{
    while (s->block_count > 0) {
        yz_geo_block_ahead *least = s->blocks;
        for (uint32_t i = 1; i < s->block_count; i++) {
            least = s->blocks[i].bound < least->bound ? s->blocks + i : least;
        }
        yz_geo_block_ahead block = *least;
        *least = s->blocks[--s->block_count];
        if (block.bound > s->answer.bound) {
            s->block_count = 0;
            break;
        }
        block_scan(s, block.chunk, block.first, block.bits);
    }
}

static double
block_bound(const yz_geo_nearest *s, const yz_geo_window *window,
            const yz_geo_chunk *chunk, uint32_t b)
{
    const int32_t *box = chunk->shape + b;

    return yz_geo_window_bound(window, &s->origin, box[YZ_CHUNK_WEST],
                               box[YZ_CHUNK_SOUTH], box[YZ_CHUNK_EAST],
                               box[YZ_CHUNK_NORTH]);
}

/* While nothing is known of how near the nearest lie, a look at the block that
   seems nearest tells. */
static uint32_t
first_block_scan(yz_geo_nearest *s, const yz_geo_chunk *chunk, uint32_t blocks,
                 const uint64_t passing[static YZ_CHUNK_WORDS])
{
    yz_geo_window plane = {.lat_scale = 1, .lng_scale = s->origin.cos_lat};
    uint32_t least = 0;
    double least_bound = INFINITY;

    for (uint32_t left = blocks; left != 0; left &= left - 1) {
        uint32_t b = (uint32_t)__builtin_ctz(left);
        double bound = block_bound(s, &plane, chunk, b);
        least = bound < least_bound ? b : least;
        least_bound = bound < least_bound ? bound : least_bound;
    }
    block_scan(s, chunk, least * YZ_CHUNK_BLOCK,
               yz_geo_block_bits(passing, least));
    yz_geo_nearest_narrow(s);
    return blocks & ~((uint32_t)1 << least);
}

/* Puts those blocks of a chunk ahead that may matter. */
static void
blocks_gather(yz_geo_nearest *s, const yz_geo_chunk *chunk, uint32_t blocks,
              const uint64_t passing[static YZ_CHUNK_WORDS])
{
    if (s->block_count + YZ_CHUNK_BLOCKS > YZ_BLOCKS_AHEAD) {
        yz_geo_nearest_blocks(s);
    }
    if (s->answer.bound == INFINITY) {
        blocks = first_block_scan(s, chunk, blocks, passing);
    }
    blocks &= (uint32_t)s->kernels->boxes(chunk->shape, YZ_CHUNK_BLOCKS,
                                          YZ_CHUNK_BLOCKS, &s->window);
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t b = (uint32_t)__builtin_ctz(blocks);
        yz_geo_block_ahead *block = &s->blocks[s->block_count];
        block->chunk = chunk;
        block->first = b * YZ_CHUNK_BLOCK;
        block->bits = yz_geo_block_bits(passing, b);
        block->bound = block_bound(s, &s->window, chunk, b);
        s->block_count += block->bound <= s->answer.bound;
        __builtin_prefetch(chunk->shape + yz_geo_lat_at(block->first));
        __builtin_prefetch(chunk->shape + yz_geo_lng_at(block->first));
        __builtin_prefetch(chunk->number + block->first);
    }
}

/* The few points that pass, without a look at the blocks' boxes. */
static void
points_scan(yz_geo_nearest *s, const yz_geo_chunk *chunk,
            const uint64_t passing[static YZ_CHUNK_WORDS])
{
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        for (uint64_t bits = passing[w]; bits != 0; bits &= bits - 1) {
            point_scan(s, chunk, w * 64 + (uint32_t)__builtin_ctzll(bits));
        }
    }
}

static bool
are_few(const uint64_t passing[static YZ_CHUNK_WORDS])
{
    uint32_t count = 0;

    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        for (uint64_t left = passing[w]; left != 0; left &= left - 1) {
            if (++count > FEW_POINTS) {
                return false;
            }
        }
    }
    return true;
}

void
yz_geo_nearest_chunk(yz_geo_nearest *s, const yz_geo_chunk *chunk)
{
    uint64_t passing[YZ_CHUNK_WORDS];
    uint32_t blocks = 0;

    if (s->plain) {
        uint32_t count = (chunk->count + YZ_CHUNK_BLOCK - 1) / YZ_CHUNK_BLOCK;
        yz_geo_chunk_whole(chunk, passing);
        blocks_gather(s, chunk, ((uint32_t)1 << count) - 1, passing);
        return;
    }
    yz_geo_chunk_passing(s->kernels, chunk, s->filter, &s->base, passing);
    if (are_few(passing)) {
        points_scan(s, chunk, passing);
        return;
    }
    for (uint32_t b = 0; b < YZ_CHUNK_BLOCKS; b++) {
        blocks |= (uint32_t)(yz_geo_block_bits(passing, b) != 0) << b;
    }
    blocks_gather(s, chunk, blocks, passing);
}
