/*
 * Runs over blocks, chunks and nodes.  Called by the search, the walk and
 * the writer of a geo layer.
 */
#include "core/geo_scan.h"
#include <string.h>

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

/* Those of `children` that may hold what passes. */
static uint64_t
children_sieved(const yz_geo_node *node, const yz_geo_sieve *want,
                uint64_t children)
{
    uint64_t may = 0;

    for (uint64_t left = children; left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(left);
        const uint64_t *sets = node->sets + i;
        uint32_t levels = (uint32_t)node->box[YZ_NODE_LEVELS + i];
        bool all =
            ((sets[YZ_NODE_KINDS] & want->kinds) != 0) &
            ((sets[YZ_NODE_SERVICES] & want->services) == want->services) &
            ((sets[YZ_NODE_REGIONS] & want->regions) != 0) &
            ((levels & want->levels) != 0);
        may |= (uint64_t)all << i;
    }
    return may;
}

uint64_t
yz_geo_node_children(const yz_geo_kernels *kernels, const yz_geo_node *node,
                     const yz_geo_window *window, const yz_geo_sieve *sieve)
{
    uint64_t children =
        kernels->boxes(node->box, YZ_NODE_CAP, node->count, window);

    return sieve->any ? children : children_sieved(node, sieve, children);
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
yz_geo_chunk_passing(const yz_geo_kernels *kernels, const yz_geo_chunk *chunk,
                     const yz_geo_filter *filter, const yz_geo_window *box,
                     uint64_t bits[static YZ_CHUNK_WORDS])
{
    alignas(32) uint8_t pass[YZ_CHUNK_BYTES] = {0};

    memset(pass, 1, chunk->count);
    kernels->passing(chunk, filter, pass);
    if (filter->has_box) {
        kernels->in_box(chunk, box, pass);
    }
    kernels->bits(pass, bits);
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
