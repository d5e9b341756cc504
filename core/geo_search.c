/*
 * The nearest points of a layer, exactly.  The chunk in which the position
 * itself would lie (and, while matches are few, its neighbours) gives a first
 * bound; a descent from the root, nearest child first, then opens only what
 * may hold something nearer.
 */
#include "core/geo_answer.h"
#include "core/geo_scan.h"
#include "core/geo_tree.h"

#define SEED_CHUNKS 8
#define FEW_POINTS 4 /* are measured one by one */
#define CACHE_LINE 64
#define HEADER_LINES 3 /* of a chunk: its blocks' boxes */
#define BLOCKS_AHEAD 3
#define CHUNKS_AHEAD 4
#define NARROW_BY 0.7 /* a bound this much smaller is worth a new window */

/* Boxes of one page that may hold something near, and how near. */
typedef struct {
    uint32_t count;
    uint32_t index[YZ_NODE_CAP + 1];
    double bound[YZ_NODE_CAP + 1];
} candidates;

typedef struct {
    yz_geo_source *source;
    const yz_geo_query *query;
    const yz_geo_filter *filter;
    yz_geo_sieve sieve;
    yz_geo_origin origin;
    yz_geo_window base;   /* of the filter */
    yz_geo_window window; /* base narrowed to window_key */
    double window_key;
    bool plain; /* the filter lets everything in */
    yz_geo_answer answer;
    uint32_t seed_count;
    uint32_t seeds[SEED_CHUNKS]; /* chunks already scanned */
} search;

static yz_status node_visit(search *s, uint32_t page, uint32_t version,
                            uint32_t levels);

static inline void
candidate_offer(candidates *run, double bound, uint32_t index, double limit)
{
    run->bound[run->count] = bound;
    run->index[run->count] = index;
    run->count += bound <= limit;
}

/* Takes the nearest candidate out; *bound is how near it may come. */
static uint32_t
candidate_take(candidates *run, double *bound)
{
    uint32_t least = 0;

    for (uint32_t i = 1; i < run->count; i++) {
        least = run->bound[i] < run->bound[least] ? i : least;
    }
    uint32_t index = run->index[least];
    *bound = run->bound[least];
    run->count--;
    run->bound[least] = run->bound[run->count];
    run->index[least] = run->index[run->count];
    return index;
}

/* A point whose chord key is `key`. */
static void
point_offer(search *s, double key, const yz_geo_chunk *chunk, uint32_t i)
{
    if (key > YZ_FAR_KEY) {
        if (yz_far_key_below(key) > s->answer.bound) {
            return;
        }
        key = yz_geo_key_far(&s->origin, chunk->shape[yz_geo_lat_at(i)],
                             chunk->shape[yz_geo_lng_at(i)]);
    }
    if (key <= s->answer.bound) {
        yz_geo_answer_add(&s->answer, key, chunk, i);
    }
}

static void
point_measure(search *s, const yz_geo_chunk *chunk, uint32_t i)
{
    double key = yz_chord_key(&s->origin, chunk->shape[yz_geo_lat_at(i)],
                              chunk->shape[yz_geo_lng_at(i)]);

    if (key <= yz_far_chord_limit(s->answer.bound)) {
        point_offer(s, key, chunk, i);
    }
}

/* Points `bits` of the block from `first` on. */
static void
block_scan(search *s, const yz_geo_chunk *chunk, uint32_t first, uint32_t bits)
{
    double keys[YZ_CHUNK_BLOCK];

    if (__builtin_popcount(bits) <= FEW_POINTS) {
        for (; bits != 0; bits &= bits - 1) {
            uint32_t i = first + (uint32_t)__builtin_ctz(bits);
            point_offer(s,
                        yz_chord_key(&s->origin, chunk->shape[yz_geo_lat_at(i)],
                                     chunk->shape[yz_geo_lng_at(i)]),
                        chunk, i);
        }
        return;
    }
    bits &= yz_geo_block_keys(chunk, first, &s->origin,
                              yz_far_chord_limit(s->answer.bound), keys);
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(bits);
        point_offer(s, keys[i], chunk, first + i);
    }
}

/* The `blocks` of a chunk that may matter. */
static void
chunk_candidates(const search *s, const yz_geo_chunk *chunk, uint32_t blocks,
                 candidates *run)
{
    run->count = 0;
    blocks &= yz_geo_chunk_blocks(chunk, &s->window);
    for (; blocks != 0; blocks &= blocks - 1) {
        uint32_t b = (uint32_t)__builtin_ctz(blocks);
        const int32_t *box = chunk->shape + b;
        double bound = yz_geo_box_bound(&s->origin, box[YZ_CHUNK_WEST],
                                        box[YZ_CHUNK_SOUTH], box[YZ_CHUNK_EAST],
                                        box[YZ_CHUNK_NORTH]);
        candidate_offer(run, bound, b, s->answer.bound);
    }
}

/* Asks for the coordinates of some blocks at once. */
static void
blocks_prefetch(const yz_geo_chunk *chunk, const candidates *run)
{
    for (uint32_t i = 0; i < run->count && i < BLOCKS_AHEAD; i++) {
        uint32_t first = run->index[i] * YZ_CHUNK_BLOCK;
        __builtin_prefetch(chunk->shape + yz_geo_lat_at(first));
        __builtin_prefetch(chunk->shape + yz_geo_lng_at(first));
    }
}

/* The points that `passing` has a bit for, block by block. */
static void
blocks_scan(search *s, const yz_geo_chunk *chunk, uint32_t blocks,
            const uint64_t passing[static YZ_CHUNK_WORDS])
{
    candidates run;

    chunk_candidates(s, chunk, blocks, &run);
    blocks_prefetch(chunk, &run);
    while (run.count > 0) {
        double bound;
        uint32_t b = candidate_take(&run, &bound);
        if (bound > s->answer.bound) {
            break;
        }
        block_scan(s, chunk, b * YZ_CHUNK_BLOCK, yz_geo_block_bits(passing, b));
    }
}

/* The few points that pass, without a look at the blocks' boxes. */
static void
points_scan(search *s, const yz_geo_chunk *chunk,
            const uint64_t passing[static YZ_CHUNK_WORDS])
{
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        for (uint64_t bits = passing[w]; bits != 0; bits &= bits - 1) {
            point_measure(s, chunk, w * 64 + (uint32_t)__builtin_ctzll(bits));
        }
    }
}

static void
chunk_scan(search *s, const yz_geo_chunk *chunk)
{
    uint64_t passing[YZ_CHUNK_WORDS];
    uint32_t blocks = 0;
    int points = 0;

    if (s->plain) {
        yz_geo_chunk_whole(chunk, passing);
        blocks_scan(s, chunk, UINT32_MAX, passing);
        return;
    }
    yz_geo_chunk_passing(chunk, s->filter, &s->base, passing);
    for (uint32_t w = 0; w < YZ_CHUNK_WORDS; w++) {
        points += __builtin_popcountll(passing[w]);
    }
    if (points <= FEW_POINTS) {
        points_scan(s, chunk, passing);
        return;
    }
    for (uint32_t b = 0; b < YZ_CHUNK_BLOCKS; b++) {
        blocks |= (uint32_t)(yz_geo_block_bits(passing, b) != 0) << b;
    }
    blocks_scan(s, chunk, blocks, passing);
}

static void
window_narrow(search *s)
{
    if (s->answer.bound < s->window_key * NARROW_BY) {
        s->window = yz_geo_window_near(&s->base, &s->origin, s->answer.bound);
        s->window_key = s->answer.bound;
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

static const yz_geo_chunk *
child_chunk(const search *s, const yz_geo_node *node, uint32_t i)
{
    return s->source->page(s->source, node->child[i], node->child_version[i],
                           YZ_PAGE_CHUNK);
}

static void
node_candidates(const search *s, const yz_geo_node *node, candidates *run)
{
    uint64_t bits = yz_geo_node_children(node, &s->window, &s->sieve);

    run->count = 0;
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(bits);
        const int32_t *box = node->box + i;
        double bound =
            yz_geo_box_bound(&s->origin, box[YZ_NODE_WEST], box[YZ_NODE_SOUTH],
                             box[YZ_NODE_EAST], box[YZ_NODE_NORTH]);
        candidate_offer(run, bound, i, s->answer.bound);
    }
}

/* Finds the chunks of some candidates, so that the memory answers for all of
   them at once. */
static void
chunks_prefetch(const search *s, const yz_geo_node *node, const candidates *run)
{
    for (uint32_t i = 0; i < run->count && i < CHUNKS_AHEAD; i++) {
        const char *chunk = (const char *)child_chunk(s, node, run->index[i]);
        for (int line = 0; chunk != NULL && line < HEADER_LINES; line++) {
            __builtin_prefetch(chunk + line * CACHE_LINE);
        }
    }
}

static yz_status
child_visit(search *s, const yz_geo_node *node, uint32_t i, uint32_t levels)
{
    if (levels > 1) {
        return node_visit(s, node->child[i], node->child_version[i],
                          levels - 1);
    }
    if (is_seed(s, node->child[i])) {
        return YZ_OK;
    }
    const yz_geo_chunk *chunk = child_chunk(s, node, i);
    if (chunk == NULL) {
        return YZ_CORRUPT;
    }
    chunk_scan(s, chunk);
    return YZ_OK;
}

/* `levels` of nodes from here down, this one included. */
static yz_status
node_visit(search *s, uint32_t page, uint32_t version, uint32_t levels)
{
    candidates run;
    yz_status status = YZ_OK;
    const yz_geo_node *node =
        s->source->page(s->source, page, version, YZ_PAGE_NODE);

    if (node == NULL) {
        return YZ_CORRUPT;
    }
    window_narrow(s);
    node_candidates(s, node, &run);
    if (levels == 1) {
        chunks_prefetch(s, node, &run);
    }
    while (run.count > 0 && status == YZ_OK) {
        double bound;
        uint32_t i = candidate_take(&run, &bound);
        if (bound > s->answer.bound) {
            break;
        }
        status = child_visit(s, node, i, levels);
    }
    return status;
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
    uint64_t may = s->plain ? UINT64_MAX
                            : yz_geo_node_children(node, &s->window, &s->sieve);

    for (uint32_t step = 0; step < SEED_CHUNKS; step++) {
        uint32_t i;
        if (!seed_next(at, node->count, step, &i) || !(may >> i & 1)) {
            continue;
        }
        const yz_geo_chunk *chunk = child_chunk(s, node, i);
        if (chunk == NULL) {
            return YZ_CORRUPT;
        }
        chunk_scan(s, chunk);
        s->seeds[s->seed_count++] = node->child[i];
        if (s->answer.count == s->query->limit) {
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

static void
search_init(search *s, yz_geo_source *source, const yz_geo_query *query)
{
    const yz_geo_filter *filter = query->filter;

    s->source = source;
    s->query = query;
    s->filter = filter;
    s->sieve = yz_geo_sieve_of(filter);
    s->origin = yz_geo_origin_of(query->lat_e7, query->lng_e7);
    s->base = yz_geo_window_of(filter);
    s->window = s->base;
    s->window_key = INFINITY;
    yz_geo_answer_init(&s->answer, query);
    s->plain = s->sieve.any && filter->open == NULL &&
               filter->region_low == 0 && filter->region_high == UINT32_MAX &&
               !filter->has_box;
    s->seed_count = 0;
    window_narrow(s);
}

yz_status
yz_geo_tree_nearest(yz_geo_source *source, const yz_geo_head *head,
                    const yz_geo_query *query, yz_geo_hit *hits,
                    uint32_t *count)
{
    search s;

    *count = 0;
    if (head->root == 0 || query->limit == 0) {
        return YZ_OK;
    }
    if (head->depth > YZ_GEO_DEPTH_MAX) {
        return YZ_CORRUPT;
    }
    if (query->limit > YZ_LIMIT_MAX + 1) {
        return YZ_BAD_INPUT;
    }
    search_init(&s, source, query);
    yz_status status = seed(&s, head);
    if (status == YZ_OK) {
        status = node_visit(&s, head->root, head->version, head->depth);
    }
    *count = yz_geo_answer_write(&s.answer, hits);
    return status;
}
