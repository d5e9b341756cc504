/*
 * Fills an empty geo layer in one pass: points in Hilbert order, cut into
 * chunks where the order leaps, then level upon level of nodes.
 */
#include "core/geo_scan.h"
#include "lmdb_schema/geo_edit.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/geo_writer_impl.h"
#include <stdlib.h>
#include <string.h>

/* Least points of a chunk and children of a node: full enough to be small
   on disk, with room to cut at a leap. */
#define CHUNK_LEAST (YZ_CHUNK_CAP * 86 / 100)
#define NODE_LEAST (YZ_NODE_CAP * 75 / 100)
#define NODE_MOST (YZ_NODE_CAP * 95 / 100)

typedef struct {
    uint64_t hilbert;
    uint32_t number;
    uint32_t index; /* into the caller's points */
} order;

/* One page of the level below, as its parent will name it. */
typedef struct {
    yz_geo_summary summary;
    uint32_t page;
} entry;

static int
order_compare(const void *left, const void *right)
{
    const order *a = left, *b = right;

    if (a->hilbert != b->hilbert) {
        return a->hilbert < b->hilbert ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static void
points_sort(yz_geo_point *points, size_t count, order *by, yz_geo_point *sorted)
{
    for (size_t i = 0; i < count; i++) {
        by[i] = (order){
            .hilbert = yz_hilbert_of(points[i].lat_e7, points[i].lng_e7),
            .number = points[i].number,
            .index = (uint32_t)i,
        };
    }
    qsort(by, count, sizeof(*by), order_compare);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = points[by[i].index];
    }
    memcpy(points, sorted, count * sizeof(*points));
}

/* A level of the tree while it is cut into pages: where the Hilbert numbers
   of its items lie, and how many items a page takes. */
typedef struct {
    const char *hilbert; /* of the first item; the next is `stride` on */
    size_t stride;
    size_t count;
    size_t least;
    size_t most;
    size_t wide; /* bucket of gaps that end a page early */
} level;

static uint64_t
level_gap(const level *l, size_t i)
{
    uint64_t at, before;

    memcpy(&at, l->hilbert + i * l->stride, sizeof(at));
    memcpy(&before, l->hilbert + (i - 1) * l->stride, sizeof(before));
    return at - before;
}

/*
 * A wide gap ends a page early, so that few boxes reach over empty land: one
 * lonely point would make the box of all its neighbours large.  So many pages
 * of a hundred may end so.
 */
#define CHUNKS_EARLY 5
#define NODES_EARLY 100
#define GAP_STEPS 4 /* of each power of two */
#define GAP_BUCKETS (64 * GAP_STEPS)

static size_t
gap_bucket(uint64_t gap)
{
    unsigned power = gap == 0 ? 0 : 63 - (unsigned)__builtin_clzll(gap);
    unsigned step = power < 2 ? 0 : (unsigned)(gap >> (power - 2)) & 3;
    return power * GAP_STEPS + step;
}

/* The least bucket whose gaps, and all wider ones, are at most `few`. */
static size_t
wide_gap_find(const level *l, size_t few)
{
    size_t counts[GAP_BUCKETS] = {0};
    size_t wider = 0;
    size_t bucket = GAP_BUCKETS;

    for (size_t i = 1; i < l->count; i++) {
        counts[gap_bucket(level_gap(l, i))]++;
    }
    while (bucket > 0 && wider + counts[bucket - 1] <= few) {
        wider += counts[--bucket];
    }
    return bucket;
}

/* The end of the page that starts at item `first`: at a wide gap, or at the
   widest where the page is nearly full. */
static size_t
page_end(const level *l, size_t first)
{
    size_t left = l->count - first;
    size_t most = left < l->most ? left : l->most;
    size_t end = first + most;
    uint64_t widest = 0;

    for (size_t i = first + 1; i < first + most; i++) {
        if (gap_bucket(level_gap(l, i)) >= l->wide) {
            return i;
        }
    }
    if (left <= l->most) {
        return end;
    }
    for (size_t i = first + l->least; i <= first + most; i++) {
        if (level_gap(l, i) > widest) {
            widest = level_gap(l, i);
            end = i;
        }
    }
    return end;
}

/* Numbers and appends one page, notes its entry. */
static void
page_append(yz_geo_pages *pages, void *page, yz_page type, entry *entries,
            size_t *entry_count)
{
    yz_geo_any *common = page;
    entry *e = &entries[(*entry_count)++];

    common->type = type;
    common->version = pages->version;
    common->self = pages->head.next++;
    pages->head.pages++;
    if (type == YZ_PAGE_CHUNK) {
        yz_geo_chunk_summary(page, &e->summary);
    } else {
        yz_geo_node_summary(page, &e->summary);
    }
    e->page = common->self;
    yz_geo_pages_append(pages, page);
}

static size_t
chunks_build(yz_geo_pages *pages, const yz_geo_point *points, size_t count,
             const order *by, entry *entries)
{
    yz_geo_chunk chunk;
    size_t built = 0;
    level l = {.hilbert = (const char *)&by->hilbert,
               .stride = sizeof(*by),
               .count = count,
               .least = CHUNK_LEAST,
               .most = YZ_CHUNK_CAP};

    l.wide = wide_gap_find(&l, count / CHUNK_LEAST * CHUNKS_EARLY / 100);
    for (size_t i = 0, end; i < count; i = end) {
        end = page_end(&l, i);
        memset(&chunk, 0, sizeof(chunk));
        chunk.count = (uint32_t)(end - i);
        for (uint32_t j = 0; j < chunk.count; j++) {
            yz_geo_chunk_set(&chunk, j, &points[i + j]);
        }
        yz_geo_chunk_boxes(&chunk);
        page_append(pages, &chunk, YZ_PAGE_CHUNK, entries, &built);
    }
    return built;
}

/* Builds the level above `count` entries in `above`; returns its size. */
static size_t
nodes_build(yz_geo_pages *pages, const entry *entries, size_t count,
            entry *above)
{
    yz_geo_node node;
    size_t built = 0;
    level l = {.hilbert = (const char *)&entries->summary.hilbert,
               .stride = sizeof(*entries),
               .count = count,
               .least = NODE_LEAST,
               .most = NODE_MOST};

    l.wide = count <= NODE_MOST
                 ? GAP_BUCKETS
                 : wide_gap_find(&l, count / NODE_LEAST * NODES_EARLY / 100);
    for (size_t i = 0, end; i < count; i = end) {
        end = page_end(&l, i);
        memset(&node, 0, sizeof(node));
        node.count = (uint32_t)(end - i);
        for (uint32_t j = 0; j < node.count; j++) {
            const entry *e = &entries[i + j];
            yz_geo_node_set(&node, j, e->page, pages->version, &e->summary);
        }
        page_append(pages, &node, YZ_PAGE_NODE, above, &built);
    }
    return built;
}

/* `entries` has room for two levels of the tree. */
static void
tree_build(yz_geo_pages *pages, const yz_geo_point *points, size_t count,
           const order *by, entry *entries, size_t room)
{
    entry *below = entries, *above = entries + room / 2;
    size_t built = chunks_build(pages, points, count, by, below);

    do {
        built = nodes_build(pages, below, built, above);
        pages->head.depth++;
        entry *other = below;
        below = above;
        above = other;
    } while (built > 1);
    pages->head.root = below[0].page;
    pages->head.version = pages->version;
    pages->head.points = count;
}

yz_status
yz_geo_writer_build(yz_geo_writer *writer, yz_geo_point *points, size_t count)
{
    yz_geo_pages *pages = &writer->pages;
    order *by = NULL;
    void *room = NULL; /* sorted points, then entries */

    if (pages->status != YZ_OK || count == 0) {
        return pages->status;
    }
    if (pages->head.next != 1 || count >= UINT32_MAX) {
        return pages->status = YZ_BAD_INPUT;
    }
    by = malloc(count * sizeof(*by));
    /* Pages that end early come on top of those that are nearly full. */
    size_t entries = 2 * (count / CHUNK_LEAST * (100 + CHUNKS_EARLY) / 100 + 3);
    size_t room_size = count * sizeof(*points);
    if (room_size < entries * sizeof(entry)) {
        room_size = entries * sizeof(entry);
    }
    room = malloc(room_size);
    if (by == NULL || room == NULL) {
        pages->status = YZ_NOMEM;
    } else {
        points_sort(points, count, by, room);
        tree_build(pages, points, count, by, room, entries);
    }
    free(by);
    free(room);
    return pages->status;
}
