/*
 * Points in Hilbert order, for lists: a plain descent that skips what the
 * filter's summaries and box rule out.  Called through
 * lmdb_schema/geo_read.c.
 */
#include "core/geo_scan.h"
#include "core/geo_tree.h"

typedef struct {
    yz_geo_source *source;
    const yz_geo_kernels *kernels;
    const yz_geo_filter *filter;
    yz_geo_sieve sieve;
    yz_geo_window base;
    bool after;
    uint64_t hilbert;
    uint32_t number;
    uint32_t limit;
    uint32_t count;
    yz_geo_hit *hits;
    uint64_t *hilberts;
} walk;

static bool
is_after(const walk *w, uint64_t hilbert, uint32_t number)
{
    return !w->after || hilbert > w->hilbert ||
           (hilbert == w->hilbert && number > w->number);
}

static void
walk_points(walk *w, const yz_geo_chunk *chunk, uint32_t first, uint64_t bits)
{
    for (; bits != 0 && w->count < w->limit; bits &= bits - 1) {
        uint32_t i = first + (uint32_t)__builtin_ctzll(bits);
        int32_t lat_e7 = chunk->shape[yz_geo_lat_at(i)];
        int32_t lng_e7 = chunk->shape[yz_geo_lng_at(i)];
        uint64_t hilbert = yz_hilbert_of(lat_e7, lng_e7);
        if (yz_geo_filter_open(w->filter, chunk->hours[i]) &&
            is_after(w, hilbert, chunk->number[i])) {
            w->hilberts[w->count] = hilbert;
            w->hits[w->count++] = (yz_geo_hit){
                .number = chunk->number[i],
                .lat_e7 = lat_e7,
                .lng_e7 = lng_e7,
            };
        }
    }
}

static yz_status
walk_chunk(walk *w, uint32_t page, uint32_t version)
{
    uint64_t bits[YZ_CHUNK_WORDS];
    const yz_geo_chunk *chunk =
        w->source->page(w->source, page, version, YZ_PAGE_CHUNK);

    if (chunk == NULL) {
        return YZ_CORRUPT;
    }
    yz_geo_chunk_passing(w->kernels, chunk, w->filter, &w->base, bits);
    for (uint32_t i = 0; i < YZ_CHUNK_WORDS; i++) {
        walk_points(w, chunk, i * 64, bits[i]);
    }
    return YZ_OK;
}

static yz_status
walk_node(walk *w, uint32_t page, uint32_t version, uint32_t levels)
{
    yz_status status = YZ_OK;
    const yz_geo_node *node =
        w->source->page(w->source, page, version, YZ_PAGE_NODE);

    if (node == NULL) {
        return YZ_CORRUPT;
    }
    uint64_t bits = yz_geo_node_children(w->kernels, node, &w->base, &w->sieve);
    if (w->after) {
        uint32_t from = yz_geo_node_find(node, w->hilbert, w->number);
        bits = bits >> from << from;
    }
    for (; bits != 0 && w->count < w->limit && status == YZ_OK;
         bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(bits);
        uint32_t child = node->child[i];
        uint32_t child_version = node->child_version[i];
        status = levels > 1 ? walk_node(w, child, child_version, levels - 1)
                            : walk_chunk(w, child, child_version);
    }
    return status;
}

yz_status
yz_geo_tree_walk(yz_geo_source *source, const yz_geo_head *head,
                 const yz_geo_filter *filter, bool after, uint64_t hilbert,
                 uint32_t number, uint32_t limit, yz_geo_hit *hits,
                 uint64_t *hilberts, uint32_t *count)
{
    walk w = {
        .source = source,
        .kernels = yz_geo_kernels_here(),
        .filter = filter,
        .sieve = yz_geo_sieve_of(filter),
        .base = yz_geo_window_of(filter),
        .after = after,
        .hilbert = hilbert,
        .number = number,
        .limit = limit,
        .hits = hits,
        .hilberts = hilberts,
    };
    yz_status status = YZ_OK;

    if (head->depth > YZ_GEO_DEPTH_MAX) {
        status = YZ_CORRUPT;
    } else if (head->root != 0) {
        status = walk_node(&w, head->root, head->version, head->depth);
    }
    *count = w.count;
    return status;
}
