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

/* How many of the `left` items go into a page that takes least..most: up to
   the widest leap of their Hilbert numbers. */
static size_t
cut_find(const uint64_t *hilbert, size_t stride, size_t left, size_t least,
         size_t most)
{
    size_t cut = most;
    uint64_t widest = 0;

    if (left <= most) {
        return left;
    }
    for (size_t i = least; i <= most; i++) {
        uint64_t at, before;
        memcpy(&at, (const char *)hilbert + i * stride, sizeof(at));
        memcpy(&before, (const char *)hilbert + (i - 1) * stride,
               sizeof(before));
        if (at - before > widest) {
            widest = at - before;
            cut = i;
        }
    }
    return cut;
}

/* The gap of Hilbert numbers that ends a chunk early, so that few boxes
   reach over empty land.  One chunk in EARLY_ENDS may end so. */
#define EARLY_ENDS 20
#define GAP_STEPS 4 /* of each power of two */
#define GAP_BUCKETS (64 * GAP_STEPS)

static size_t
gap_bucket(uint64_t gap)
{
    unsigned power = gap == 0 ? 0 : 63 - (unsigned)__builtin_clzll(gap);
    unsigned step = power < 2 ? 0 : (unsigned)(gap >> (power - 2)) & 3;
    return power * GAP_STEPS + step;
}

/* The least bucket whose gaps, and all wider ones, are few enough. */
static size_t
wide_gap_find(const order *by, size_t count)
{
    size_t counts[GAP_BUCKETS] = {0};
    size_t few = count / CHUNK_LEAST / EARLY_ENDS;
    size_t wider = 0;
    size_t bucket = GAP_BUCKETS;

    for (size_t i = 1; i < count; i++) {
        counts[gap_bucket(by[i].hilbert - by[i - 1].hilbert)]++;
    }
    while (bucket > 0 && wider + counts[bucket - 1] <= few) {
        wider += counts[--bucket];
    }
    return bucket;
}

/* How many points go into the chunk that starts at by[0]. */
static size_t
chunk_end_find(const order *by, size_t left, size_t wide)
{
    size_t most = left < YZ_CHUNK_CAP ? left : YZ_CHUNK_CAP;

    for (size_t i = 1; i < most; i++) {
        if (gap_bucket(by[i].hilbert - by[i - 1].hilbert) >= wide) {
            return i;
        }
    }
    return cut_find(&by[0].hilbert, sizeof(*by), left, CHUNK_LEAST,
                    YZ_CHUNK_CAP);
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
    size_t wide = wide_gap_find(by, count);
    size_t built = 0;

    for (size_t i = 0; i < count;) {
        size_t take = chunk_end_find(by + i, count - i, wide);
        memset(&chunk, 0, sizeof(chunk));
        chunk.count = (uint32_t)take;
        for (uint32_t j = 0; j < take; j++) {
            yz_geo_chunk_set(&chunk, j, &points[i + j]);
        }
        yz_geo_chunk_boxes(&chunk);
        page_append(pages, &chunk, YZ_PAGE_CHUNK, entries, &built);
        i += take;
    }
    return built;
}

/* Builds the level above `count` entries in place; returns its size. */
static size_t
nodes_build(yz_geo_pages *pages, entry *entries, size_t count)
{
    yz_geo_node node;
    size_t built = 0;

    for (size_t i = 0; i < count;) {
        size_t take = cut_find(&entries[i].summary.hilbert, sizeof(*entries),
                               count - i, NODE_LEAST, NODE_MOST);
        memset(&node, 0, sizeof(node));
        node.count = (uint32_t)take;
        for (uint32_t j = 0; j < take; j++) {
            const entry *e = &entries[i + j];
            yz_geo_node_set(&node, j, e->page, pages->version, &e->summary);
        }
        page_append(pages, &node, YZ_PAGE_NODE, entries, &built);
        i += take;
    }
    return built;
}

static void
tree_build(yz_geo_pages *pages, const yz_geo_point *points, size_t count,
           const order *by, entry *entries)
{
    size_t built = chunks_build(pages, points, count, by, entries);

    do {
        built = nodes_build(pages, entries, built);
        pages->head.depth++;
    } while (built > 1);
    pages->head.root = entries[0].page;
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
    size_t chunks_most =
        count / CHUNK_LEAST + count / CHUNK_LEAST / EARLY_ENDS + 2;
    size_t room_size = count * sizeof(*points);
    if (room_size < chunks_most * sizeof(entry)) {
        room_size = chunks_most * sizeof(entry);
    }
    room = malloc(room_size);
    if (by == NULL || room == NULL) {
        pages->status = YZ_NOMEM;
    } else {
        points_sort(points, count, by, room);
        tree_build(pages, points, count, by, room);
    }
    free(by);
    free(room);
    return pages->status;
}
