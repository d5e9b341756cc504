/*
 * The nearest points of a layer, exactly.  The chunk in which the position
 * itself would lie (and, while matches are few, its neighbours) gives a first
 * bound; a descent from the root, nearest child first, then opens only what
 * may hold something nearer.
 */
#include "core/geo_scan.h"
#include "core/geo_tree.h"

#define SEED_CHUNKS 8
#define NARROW_BY 0.7 /* a bound this much smaller is worth a new window */

typedef struct {
    yz_geo_source *source;
    const yz_geo_query *query;
    const yz_geo_filter *filter;
    yz_geo_sieve sieve;
    yz_geo_origin origin;
    yz_geo_window base;   /* of the filter */
    yz_geo_window window; /* base narrowed to window_key */
    double window_key;
    double bound; /* only keys up to here are wanted */
    bool plain;   /* the filter lets everything in */
    yz_geo_hit *hits;
    uint32_t count;
    uint32_t seed_count;
    uint32_t seeds[SEED_CHUNKS]; /* chunks already scanned */
} search;

/* A child or a block and how near it may come. */
typedef struct {
    double bound;
    uint32_t index;
} candidate;

/* Sorts one more candidate into an ascending run. */
static uint32_t
candidate_add(candidate *run, uint32_t count, double bound, uint32_t index)
{
    uint32_t at = count;

    while (at > 0 && run[at - 1].bound > bound) {
        run[at] = run[at - 1];
        at--;
    }
    run[at] = (candidate){bound, index};
    return count + 1;
}

/* Is the hit before (key, number) in the order of the answer? */
static bool
hit_before(const search *s, const yz_geo_hit *hit, double key, uint32_t number)
{
    if (hit->key != key) {
        return hit->key < key;
    }
    return s->query->order(s->query->order_context, hit->number, number) < 0;
}

static bool
after_cursor(const search *s, double key, uint32_t number)
{
    const yz_geo_query *query = s->query;

    if (query->after_key < 0 || key > query->after_key) {
        return true;
    }
    return key == query->after_key &&
           query->order_cursor(query->order_context, number) > 0;
}

static void
hit_add(search *s, double key, const yz_geo_chunk *chunk, uint32_t i)
{
    uint32_t number = chunk->number[i];
    uint32_t limit = s->query->limit;
    uint32_t at = s->count;

    if (!after_cursor(s, key, number)) {
        return;
    }
    if (at == limit) {
        if (hit_before(s, &s->hits[at - 1], key, number)) {
            return;
        }
        at--;
    } else {
        s->count++;
    }
    while (at > 0 && !hit_before(s, &s->hits[at - 1], key, number)) {
        s->hits[at] = s->hits[at - 1];
        at--;
    }
    s->hits[at] = (yz_geo_hit){
        .key = key,
        .number = number,
        .lat_e7 = chunk->lat_e7[i],
        .lng_e7 = chunk->lng_e7[i],
    };
    if (s->count == limit) {
        s->bound = s->hits[limit - 1].key;
    }
}

static void
block_scan(search *s, const yz_geo_chunk *chunk, uint32_t first)
{
    double keys[YZ_CHUNK_BLOCK];
    uint32_t left = chunk->count - first;
    uint32_t bits = left < YZ_CHUNK_BLOCK ? ((uint32_t)1 << left) - 1
                                          : ((uint32_t)1 << YZ_CHUNK_BLOCK) - 1;

    if (!s->plain) {
        bits &= yz_geo_block_passing(chunk, first, s->filter, &s->base);
    }
    if (bits == 0) {
        return;
    }
    yz_geo_block_keys(chunk, first, &s->origin, keys);
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        double key = keys[i];
        if (key > YZ_FAR_KEY) {
            key = yz_geo_key_far(&s->origin, chunk->lat_e7[first + i],
                                 chunk->lng_e7[first + i]);
        }
        if (key <= s->bound) {
            hit_add(s, key, chunk, first + i);
        }
    }
}

static void
chunk_scan(search *s, const yz_geo_chunk *chunk)
{
    candidate run[YZ_CHUNK_BLOCKS];
    uint32_t count = 0;

    for (uint32_t b = 0; b * YZ_CHUNK_BLOCK < chunk->count; b++) {
        int32_t west = chunk->west[b], south = chunk->south[b];
        int32_t east = chunk->east[b], north = chunk->north[b];
        if (!yz_geo_window_meets(&s->window, west, south, east, north)) {
            continue;
        }
        double bound = yz_geo_box_bound(&s->origin, west, south, east, north);
        count = candidate_add(run, count, bound, b);
    }
    for (uint32_t i = 0; i < count && run[i].bound <= s->bound; i++) {
        block_scan(s, chunk, run[i].index * YZ_CHUNK_BLOCK);
    }
}

static void
window_narrow(search *s)
{
    if (s->bound < s->window_key * NARROW_BY) {
        s->window = yz_geo_window_near(&s->base, &s->origin, s->bound);
        s->window_key = s->bound;
    }
}

static bool
is_seed(const search *s, uint32_t page)
{
    for (uint32_t i = 0; i < s->seed_count; i++) {
        if (s->seeds[i] == page) {
            return true;
        }
    }
    return false;
}

static yz_status
child_chunk_scan(search *s, const yz_geo_node *node, uint32_t i)
{
    const yz_geo_chunk *chunk = s->source->page(
        s->source, node->child[i], node->child_version[i], YZ_PAGE_CHUNK);

    if (chunk == NULL) {
        return YZ_CORRUPT;
    }
    chunk_scan(s, chunk);
    return YZ_OK;
}

static uint32_t
node_candidates(const search *s, const yz_geo_node *node, candidate *run)
{
    uint32_t count = 0;
    uint64_t bits = yz_geo_node_children(node, &s->window, &s->sieve);

    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(bits);
        double bound =
            yz_geo_box_bound(&s->origin, node->west[i], node->south[i],
                             node->east[i], node->north[i]);
        if (bound <= s->bound) {
            count = candidate_add(run, count, bound, i);
        }
    }
    return count;
}

/* `levels` of nodes from here down, this one included. */
static yz_status
node_visit(search *s, uint32_t page, uint32_t version, uint32_t levels)
{
    candidate run[YZ_NODE_CAP];
    const yz_geo_node *node =
        s->source->page(s->source, page, version, YZ_PAGE_NODE);

    if (node == NULL) {
        return YZ_CORRUPT;
    }
    window_narrow(s);
    uint32_t count = node_candidates(s, node, run);
    for (uint32_t i = 0; i < count && run[i].bound <= s->bound; i++) {
        uint32_t child = node->child[run[i].index];
        yz_status status = YZ_OK;
        if (levels > 1) {
            status = node_visit(s, child, node->child_version[run[i].index],
                                levels - 1);
        } else if (!is_seed(s, child)) {
            status = child_chunk_scan(s, node, run[i].index);
        }
        if (status != YZ_OK) {
            return status;
        }
    }
    return YZ_OK;
}

uint32_t
yz_geo_node_find(const yz_geo_node *node, uint64_t hilbert, uint32_t number)
{
    uint32_t low = 0, high = node->count;

    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        uint64_t first = node->hilbert[middle];
        bool before = first < hilbert ||
                      (first == hilbert && node->number[middle] <= number);
        low = before ? middle : low;
        high = before ? high : middle;
    }
    return low;
}

/* The next index to seed from: at, at+1, at-1, at+2 ... inside the node. */
static bool
seed_next(uint32_t at, uint32_t count, uint32_t step, uint32_t *index)
{
    uint32_t reach = (step + 1) / 2;

    if (step % 2 == 1) {
        *index = at + reach;
        return *index < count;
    }
    *index = at - reach;
    return reach <= at;
}

static yz_status
seed_node(search *s, const yz_geo_node *node, uint64_t hilbert)
{
    uint32_t at = yz_geo_node_find(node, hilbert, UINT32_MAX);
    uint64_t may = yz_geo_node_children(node, &s->window, &s->sieve);

    for (uint32_t step = 0; step < SEED_CHUNKS; step++) {
        uint32_t i;
        if (!seed_next(at, node->count, step, &i) || !(may >> i & 1)) {
            continue;
        }
        yz_status status = child_chunk_scan(s, node, i);
        if (status != YZ_OK) {
            return status;
        }
        s->seeds[s->seed_count++] = node->child[i];
        if (s->count == s->query->limit) {
            break;
        }
    }
    return YZ_OK;
}

static yz_status
seed(search *s, const yz_geo_head *head)
{
    uint64_t hilbert = yz_hilbert_of(s->origin.lat_e7, s->origin.lng_e7);
    uint32_t page = head->root, version = head->version;

    for (uint32_t level = head->depth; level > 0; level--) {
        const yz_geo_node *node =
            s->source->page(s->source, page, version, YZ_PAGE_NODE);
        if (node == NULL) {
            return YZ_CORRUPT;
        }
        if (level == 1) {
            return seed_node(s, node, hilbert);
        }
        uint32_t i = yz_geo_node_find(node, hilbert, UINT32_MAX);
        page = node->child[i];
        version = node->child_version[i];
    }
    return YZ_OK;
}

yz_status
yz_geo_tree_nearest(yz_geo_source *source, const yz_geo_head *head,
                    const yz_geo_query *query, yz_geo_hit *hits,
                    uint32_t *count)
{
    search s = {
        .source = source,
        .query = query,
        .filter = query->filter,
        .sieve = yz_geo_sieve_of(query->filter),
        .origin = yz_geo_origin_of(query->lat_e7, query->lng_e7),
        .base = yz_geo_window_of(query->filter),
        .window_key = INFINITY,
        .bound = INFINITY,
        .hits = hits,
    };

    *count = 0;
    if (head->root == 0 || query->limit == 0) {
        return YZ_OK;
    }
    if (head->depth > YZ_GEO_DEPTH_MAX) {
        return YZ_CORRUPT;
    }
    if (query->radius_m < INFINITY) {
        s.bound = yz_geo_key_of_m(query->radius_m);
    }
    s.plain = s.sieve.any && query->filter->open == NULL &&
              query->filter->region_low == 0 &&
              query->filter->region_high == UINT32_MAX &&
              !query->filter->has_box;
    s.window = s.base;
    window_narrow(&s);
    yz_status status = seed(&s, head);
    if (status == YZ_OK) {
        status = node_visit(&s, head->root, head->version, head->depth);
    }
    *count = s.count;
    return status;
}
