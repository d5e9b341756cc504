/*
 * The nearest points of a layer, exactly.  The chunk in which the position
 * itself would lie (and, while matches are few, its neighbours) gives a first
 * bound.  A descent from the root, nearest child first, then gathers the
 * chunks that may hold something nearer, so that the memory answers for all
 * of them at once, and of these the blocks, which are measured nearest first.
 */
#include "core/geo_nearest.h"
#include "core/geo_tree.h"

#define SEED_CHUNKS 16
#define CACHE_LINE 64
#define CHUNKS_AHEAD 32

/* Children of a node that may hold something near, and how near. */
typedef struct {
    uint32_t count;
    uint32_t index[YZ_NODE_CAP + 1];
    double bound[YZ_NODE_CAP + 1];
} candidates;

/* A chunk to look at. */
typedef struct {
    double bound; /* of the keys in it */
    const yz_geo_chunk *chunk;
} chunk_ahead;

typedef struct {
    yz_geo_source *source;
    uint32_t seed_node; /* page number, 0 for none */
    uint64_t seeds;     /* its children that are done */
    uint32_t chunk_count;
    chunk_ahead chunks[CHUNKS_AHEAD];
    yz_geo_nearest nearest;
} search;

static yz_status node_visit(search *s, uint32_t page, uint32_t version,
                            uint32_t levels);

static const yz_geo_chunk *
chunk_of(const search *s, uint32_t page, uint32_t version)
{
    return s->source->page(s->source, page, version, YZ_PAGE_CHUNK);
}

/* Looks at the chunks ahead, nearest first.  Without a filter all their
   blocks are gathered before one is measured. */
static yz_status
chunks_scan(search *s)
{
    yz_geo_nearest_narrow(&s->nearest);
    while (s->chunk_count > 0) {
        chunk_ahead *least = s->chunks;
        for (uint32_t i = 1; i < s->chunk_count; i++) {
            least = s->chunks[i].bound < least->bound ? s->chunks + i : least;
        }
        chunk_ahead ahead = *least;
        *least = s->chunks[--s->chunk_count];
        if (ahead.bound > s->nearest.answer.bound) {
            s->chunk_count = 0;
            break;
        }
        yz_geo_nearest_chunk(&s->nearest, ahead.chunk);
        if (!s->nearest.plain) {
            yz_geo_nearest_blocks(&s->nearest);
        }
    }
    yz_geo_nearest_blocks(&s->nearest);
    return YZ_OK;
}

static void
lines_prefetch(const void *from, size_t size)
{
    for (size_t at = 0; at < size; at += CACHE_LINE) {
        __builtin_prefetch((const char *)from + at);
    }
}

/* Asks for what is looked at first: kinds, or the boxes of the blocks. */
static void
chunk_prefetch(const search *s, const yz_geo_chunk *chunk)
{
    if (s->nearest.filter->kind_count != 0) {
        lines_prefetch(chunk->kind, sizeof(chunk->kind));
    } else {
        lines_prefetch(chunk, offsetof(yz_geo_chunk, shape[YZ_CHUNK_LAT]));
    }
}

static inline double
child_bound(const search *s, const yz_geo_node *node, uint32_t i)
{
    const int32_t *box = node->box + i;

    return yz_geo_window_bound(&s->nearest.window, &s->nearest.origin,
                               box[YZ_NODE_WEST], box[YZ_NODE_SOUTH],
                               box[YZ_NODE_EAST], box[YZ_NODE_NORTH]);
}

/* Puts a node's chunks ahead.  As long as the answer is not full no bound
   rules anything out, so they are looked at before other nodes are. */
static yz_status
chunks_gather(search *s, const yz_geo_node *node)
{
    uint64_t bits = yz_geo_node_children(s->nearest.kernels, node,
                                         &s->nearest.window, &s->nearest.sieve);

    if (node->self == s->seed_node) {
        bits &= ~s->seeds;
    }
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(bits);
        double bound = child_bound(s, node, i);
        if (bound > s->nearest.answer.bound) {
            continue;
        }
        if (s->chunk_count == CHUNKS_AHEAD) {
            yz_status status = chunks_scan(s);
            if (status != YZ_OK) {
                return status;
            }
        }
        const yz_geo_chunk *chunk =
            chunk_of(s, node->child[i], node->child_version[i]);
        if (chunk == NULL) {
            return YZ_CORRUPT;
        }
        s->chunks[s->chunk_count++] = (chunk_ahead){bound, chunk};
        chunk_prefetch(s, chunk);
    }
    return yz_geo_answer_full(&s->nearest.answer) ? YZ_OK : chunks_scan(s);
}

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

static void
node_candidates(const search *s, const yz_geo_node *node, candidates *run)
{
    uint64_t bits = yz_geo_node_children(s->nearest.kernels, node,
                                         &s->nearest.window, &s->nearest.sieve);

    run->count = 0;
    for (; bits != 0; bits &= bits - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(bits);
        candidate_offer(run, child_bound(s, node, i), i,
                        s->nearest.answer.bound);
    }
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
    yz_geo_nearest_narrow(&s->nearest);
    if (levels == 1) {
        return chunks_gather(s, node);
    }
    node_candidates(s, node, &run);
    while (run.count > 0 && status == YZ_OK) {
        double bound;
        uint32_t i = candidate_take(&run, &bound);
        if (bound > s->nearest.answer.bound) {
            break;
        }
        status =
            node_visit(s, node->child[i], node->child_version[i], levels - 1);
    }
    return status;
}

/* Halves without branches, for each would be mispredicted every other time. */
uint32_t
yz_geo_node_find(const yz_geo_node *node, uint64_t hilbert, uint32_t number)
{
    uint32_t low = 0, count = node->count;

    while (count > 1) {
        uint32_t half = count / 2;
        uint64_t first = node->hilbert[low + half];
        uint32_t before = (uint32_t)(first < hilbert) |
                          ((uint32_t)(first == hilbert) &
                           (uint32_t)(node->number[low + half] <= number));
        low += half & -before;
        count -= half;
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
    uint64_t may =
        s->nearest.plain
            ? UINT64_MAX
            : yz_geo_node_children(s->nearest.kernels, node, &s->nearest.window,
                                   &s->nearest.sieve);

    s->seed_node = node->self;
    for (uint32_t step = 0; step < SEED_CHUNKS; step++) {
        uint32_t i;
        if (!seed_next(at, node->count, step, &i) || !(may >> i & 1)) {
            continue;
        }
        const yz_geo_chunk *chunk =
            chunk_of(s, node->child[i], node->child_version[i]);
        if (chunk == NULL) {
            return YZ_CORRUPT;
        }
        lines_prefetch(chunk, offsetof(yz_geo_chunk, number));
        yz_geo_nearest_chunk(&s->nearest, chunk);
        yz_geo_nearest_blocks(&s->nearest);
        s->seeds |= (uint64_t)1 << i;
        if (yz_geo_answer_full(&s->nearest.answer)) {
            break;
        }
    }
    return YZ_OK;
}

static yz_status
seed(search *s, const yz_geo_head *head)
{
    uint64_t hilbert =
        yz_hilbert_of(s->nearest.origin.lat_e7, s->nearest.origin.lng_e7);
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
    s.source = source;
    s.seed_node = 0;
    s.seeds = 0;
    s.chunk_count = 0;
    yz_geo_nearest_init(&s.nearest, query);
    yz_status status = seed(&s, head);
    if (status == YZ_OK) {
        status = node_visit(&s, head->root, head->version, head->depth);
    }
    if (status == YZ_OK) {
        status = chunks_scan(&s);
    }
    *count = yz_geo_answer_write(&s.nearest.answer, hits);
    return status;
}
