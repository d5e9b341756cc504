/*
 * Puts and removes points of a geo layer, one path of the tree at a time.
 * Called by the projection and by the benchmark; yz_geo_writer_build() is in
 * geo_build_write.c.
 */
#include "lmdb_schema/geo_write.h"
#include "core/geo_scan.h"
#include "core/geo_tree.h"
#include "lmdb_schema/geo_edit.h"
#include "lmdb_schema/geo_writer_impl.h"
#include <stdlib.h>

#define HELD_MAX 16384 /* pages, 64 MiB; then they are written */
#define CHUNK_SMALL (YZ_CHUNK_CAP / 4) /* wants to join a neighbour */
#define CHUNK_JOINED (YZ_CHUNK_CAP * 3 / 4)
#define NODE_SMALL (YZ_NODE_CAP / 4)
#define NODE_JOINED (YZ_NODE_CAP * 3 / 4)
#define CHUNK_CUT_LOW (YZ_CHUNK_CAP * 35 / 100)
#define CHUNK_CUT_HIGH (YZ_CHUNK_CAP * 65 / 100)

/* The way from the root to a chunk. */
typedef struct {
    yz_geo_node *node[YZ_GEO_DEPTH_MAX + 1];
    uint32_t index[YZ_GEO_DEPTH_MAX + 1]; /* of the child taken */
    uint32_t depth;
    yz_geo_chunk *chunk;
} path;

yz_status
yz_geo_writer_open(MDB_txn *txn, const char *name, yz_geo_writer **writer)
{
    yz_geo_writer *w = calloc(1, sizeof(*w));

    *writer = NULL;
    if (w == NULL) {
        return YZ_NOMEM;
    }
    yz_status status = yz_geo_pages_open(&w->pages, txn, name);
    if (status != YZ_OK) {
        free(w);
        return status;
    }
    *writer = w;
    return YZ_OK;
}

yz_status
yz_geo_writer_finish(yz_geo_writer *writer)
{
    return yz_geo_pages_flush(&writer->pages);
}

void
yz_geo_writer_free(yz_geo_writer *writer)
{
    if (writer != NULL) {
        yz_geo_pages_free(&writer->pages);
        free(writer);
    }
}

/* Follows (hilbert, number) down; false after an error. */
static bool
path_find(yz_geo_pages *pages, uint64_t hilbert, uint32_t number, path *way)
{
    uint32_t page = pages->head.root;

    way->depth = pages->head.depth;
    for (uint32_t level = 0; level < way->depth; level++) {
        yz_geo_node *node = yz_geo_pages_get(pages, page, YZ_PAGE_NODE);
        if (node == NULL) {
            return false;
        }
        way->node[level] = node;
        way->index[level] = yz_geo_node_find(node, hilbert, number);
        page = node->child[way->index[level]];
    }
    way->chunk = yz_geo_pages_get(pages, page, YZ_PAGE_CHUNK);
    return way->chunk != NULL;
}

static void
chunk_entry_set(yz_geo_pages *pages, yz_geo_node *node, uint32_t i,
                const yz_geo_chunk *chunk)
{
    yz_geo_summary summary;

    yz_geo_chunk_summary(chunk, &summary);
    yz_geo_node_set(node, i, chunk->self, chunk->version, &summary);
    yz_geo_pages_touch(pages, node);
}

static void
node_entry_set(yz_geo_pages *pages, yz_geo_node *node, uint32_t i,
               const yz_geo_node *child)
{
    yz_geo_summary summary;

    yz_geo_node_summary(child, &summary);
    yz_geo_node_set(node, i, child->self, child->version, &summary);
    yz_geo_pages_touch(pages, node);
}

/* Joins the chunk with a neighbour below the same node when both are small.
   The left of the two stays. */
static void
chunk_join(yz_geo_pages *pages, yz_geo_node *node, uint32_t i,
           yz_geo_chunk *chunk)
{
    uint32_t left_at = i > 0 ? i - 1 : i;
    uint32_t other_at = i > 0 ? i - 1 : i + 1;

    if (chunk->count >= CHUNK_SMALL || node->count < 2) {
        chunk_entry_set(pages, node, i, chunk);
        return;
    }
    yz_geo_chunk *other =
        yz_geo_pages_get(pages, node->child[other_at], YZ_PAGE_CHUNK);
    if (other == NULL) {
        return;
    }
    if (other->count + chunk->count > CHUNK_JOINED) {
        chunk_entry_set(pages, node, i, chunk);
        return;
    }
    yz_geo_chunk *left = i > 0 ? other : chunk;
    yz_geo_chunk *right = i > 0 ? chunk : other;
    yz_geo_chunk_copy(left, left->count, right, 0, right->count);
    left->count += right->count;
    yz_geo_chunk_boxes(left);
    yz_geo_pages_touch(pages, left);
    yz_geo_pages_drop(pages, right);
    yz_geo_node_close(node, left_at + 1, 1);
    chunk_entry_set(pages, node, left_at, left);
}

/* The same for a node and its parent. */
static void
node_join(yz_geo_pages *pages, yz_geo_node *parent, uint32_t i,
          yz_geo_node *node)
{
    uint32_t left_at = i > 0 ? i - 1 : i;
    uint32_t other_at = i > 0 ? i - 1 : i + 1;

    if (node->count >= NODE_SMALL || parent->count < 2) {
        node_entry_set(pages, parent, i, node);
        return;
    }
    yz_geo_node *other =
        yz_geo_pages_get(pages, parent->child[other_at], YZ_PAGE_NODE);
    if (other == NULL) {
        return;
    }
    if (other->count + node->count > NODE_JOINED) {
        node_entry_set(pages, parent, i, node);
        return;
    }
    yz_geo_node *left = i > 0 ? other : node;
    yz_geo_node *right = i > 0 ? node : other;
    yz_geo_node_copy(left, left->count, right, 0, right->count);
    left->count += right->count;
    yz_geo_pages_touch(pages, left);
    yz_geo_pages_drop(pages, right);
    yz_geo_node_close(parent, left_at + 1, 1);
    node_entry_set(pages, parent, left_at, left);
}

/* Takes empty and single-child roots away and notes the root's version. */
static void
root_settle(yz_geo_pages *pages, yz_geo_node *root)
{
    while (root->count == 1 && pages->head.depth > 1) {
        uint32_t child = root->child[0];
        yz_geo_pages_drop(pages, root);
        root = yz_geo_pages_get(pages, child, YZ_PAGE_NODE);
        if (root == NULL) {
            return;
        }
        pages->head.depth--;
    }
    if (root->count == 0) {
        yz_geo_pages_drop(pages, root);
        pages->head.root = 0;
        pages->head.version = 0;
        pages->head.depth = 0;
        return;
    }
    pages->head.root = root->self;
    pages->head.version = root->version;
}

/* Brings the nodes above a changed chunk up to date, from below. */
static void
path_settle(yz_geo_pages *pages, path *way)
{
    uint32_t level = way->depth - 1;
    yz_geo_node *node = way->node[level];

    if (way->chunk->count == 0) {
        yz_geo_pages_drop(pages, way->chunk);
        yz_geo_node_close(node, way->index[level], 1);
        yz_geo_pages_touch(pages, node);
    } else {
        chunk_join(pages, node, way->index[level], way->chunk);
    }
    for (; level > 0 && pages->status == YZ_OK; level--) {
        yz_geo_node *parent = way->node[level - 1];
        node = way->node[level];
        if (node->count == 0) {
            yz_geo_pages_drop(pages, node);
            yz_geo_node_close(parent, way->index[level - 1], 1);
            yz_geo_pages_touch(pages, parent);
        } else {
            node_join(pages, parent, way->index[level - 1], node);
        }
    }
    if (pages->status == YZ_OK) {
        root_settle(pages, way->node[0]);
    }
}

/* Finds a point that was put; the path leads to it and *at is its index. */
static bool
point_find(yz_geo_pages *pages, const yz_geo_point *point, path *way,
           uint32_t *at)
{
    uint64_t hilbert = yz_hilbert_of(point->lat_e7, point->lng_e7);

    if (pages->head.root == 0) {
        pages->status = YZ_NOT_FOUND;
        return false;
    }
    if (!path_find(pages, hilbert, point->number, way)) {
        return false;
    }
    *at = yz_geo_chunk_place(way->chunk, hilbert, point->number);
    if (*at < way->chunk->count) {
        yz_geo_point there = yz_geo_chunk_point(way->chunk, *at);
        if (there.number == point->number && there.lat_e7 == point->lat_e7 &&
            there.lng_e7 == point->lng_e7) {
            return true;
        }
    }
    pages->status = YZ_NOT_FOUND;
    return false;
}

static void
point_remove(yz_geo_pages *pages, const yz_geo_point *point)
{
    path way;
    uint32_t at;

    if (point_find(pages, point, &way, &at)) {
        yz_geo_chunk_close(way.chunk, at, 1);
        yz_geo_chunk_boxes(way.chunk);
        yz_geo_pages_touch(pages, way.chunk);
        pages->head.points--;
        path_settle(pages, &way);
    }
}

/* Same place on the curve, other attributes. */
static void
point_replace(yz_geo_pages *pages, const yz_geo_point *before,
              const yz_geo_point *after)
{
    path way;
    uint32_t at;

    if (point_find(pages, before, &way, &at)) {
        yz_geo_chunk_set(way.chunk, at, after);
        yz_geo_pages_touch(pages, way.chunk);
        path_settle(pages, &way);
    }
}

/* Makes room in a full child node: half of it moves to a new one. */
static bool
node_split(yz_geo_pages *pages, yz_geo_node *parent, uint32_t i,
           yz_geo_node *node)
{
    yz_geo_node *right = yz_geo_pages_new(pages, YZ_PAGE_NODE);
    uint32_t keep = node->count / 2;

    if (right == NULL) {
        return false;
    }
    right->count = node->count - keep;
    yz_geo_node_copy(right, 0, node, keep, right->count);
    node->count = keep;
    yz_geo_pages_touch(pages, node);
    yz_geo_node_open(parent, i + 1, 1);
    node_entry_set(pages, parent, i, node);
    node_entry_set(pages, parent, i + 1, right);
    return true;
}

static bool
chunk_split(yz_geo_pages *pages, yz_geo_node *parent, uint32_t i,
            yz_geo_chunk *chunk)
{
    yz_geo_chunk *right = yz_geo_pages_new(pages, YZ_PAGE_CHUNK);

    if (right == NULL) {
        return false;
    }
    uint32_t keep = yz_geo_chunk_cut(chunk, CHUNK_CUT_LOW, CHUNK_CUT_HIGH);
    right->count = chunk->count - keep;
    yz_geo_chunk_copy(right, 0, chunk, keep, right->count);
    chunk->count = keep;
    yz_geo_chunk_boxes(chunk);
    yz_geo_chunk_boxes(right);
    yz_geo_pages_touch(pages, chunk);
    yz_geo_node_open(parent, i + 1, 1);
    chunk_entry_set(pages, parent, i, chunk);
    chunk_entry_set(pages, parent, i + 1, right);
    return true;
}

/* Puts a new root above a full one, so that it can be split. */
static bool
root_raise(yz_geo_pages *pages, yz_geo_node *root)
{
    if (pages->head.depth == YZ_GEO_DEPTH_MAX) {
        pages->status = YZ_FULL;
        return false;
    }
    yz_geo_node *above = yz_geo_pages_new(pages, YZ_PAGE_NODE);
    if (above == NULL) {
        return false;
    }
    above->count = 1;
    node_entry_set(pages, above, 0, root);
    pages->head.root = above->self;
    pages->head.version = above->version;
    pages->head.depth++;
    return true;
}

/* Splits every full page on the way, from the root down, so that each parent
   has room for one more.  False after an error. */
static bool
room_make(yz_geo_pages *pages, uint64_t hilbert, uint32_t number)
{
    yz_geo_node *parent = NULL;
    uint32_t at = 0;
    yz_geo_node *node = yz_geo_pages_get(pages, pages->head.root, YZ_PAGE_NODE);

    if (node != NULL && node->count == YZ_NODE_CAP &&
        !root_raise(pages, node)) {
        return false;
    }
    uint32_t page = pages->head.root;
    for (uint32_t level = 0; level < pages->head.depth; level++) {
        node = yz_geo_pages_get(pages, page, YZ_PAGE_NODE);
        if (node == NULL) {
            return false;
        }
        if (node->count == YZ_NODE_CAP) {
            if (!node_split(pages, parent, at, node)) {
                return false;
            }
            at = yz_geo_node_find(parent, hilbert, number);
            node = yz_geo_pages_get(pages, parent->child[at], YZ_PAGE_NODE);
        }
        parent = node;
        at = yz_geo_node_find(node, hilbert, number);
        page = node->child[at];
    }
    yz_geo_chunk *chunk = yz_geo_pages_get(pages, page, YZ_PAGE_CHUNK);
    if (chunk == NULL) {
        return false;
    }
    return chunk->count < YZ_CHUNK_CAP || chunk_split(pages, parent, at, chunk);
}

static void
first_insert(yz_geo_pages *pages, const yz_geo_point *point)
{
    yz_geo_chunk *chunk = yz_geo_pages_new(pages, YZ_PAGE_CHUNK);
    yz_geo_node *root = yz_geo_pages_new(pages, YZ_PAGE_NODE);

    if (chunk == NULL || root == NULL) {
        return;
    }
    chunk->count = 1;
    yz_geo_chunk_set(chunk, 0, point);
    yz_geo_chunk_boxes(chunk);
    root->count = 1;
    chunk_entry_set(pages, root, 0, chunk);
    pages->head.root = root->self;
    pages->head.version = root->version;
    pages->head.depth = 1;
    pages->head.points = 1;
}

static void
point_insert(yz_geo_pages *pages, const yz_geo_point *point)
{
    uint64_t hilbert = yz_hilbert_of(point->lat_e7, point->lng_e7);
    path way;

    if (pages->head.root == 0) {
        first_insert(pages, point);
        return;
    }
    if (!room_make(pages, hilbert, point->number) ||
        !path_find(pages, hilbert, point->number, &way)) {
        return;
    }
    uint32_t at = yz_geo_chunk_place(way.chunk, hilbert, point->number);
    yz_geo_chunk_open(way.chunk, at, 1);
    yz_geo_chunk_set(way.chunk, at, point);
    yz_geo_chunk_boxes(way.chunk);
    yz_geo_pages_touch(pages, way.chunk);
    pages->head.points++;
    path_settle(pages, &way);
}

yz_status
yz_geo_writer_put(yz_geo_writer *writer, const yz_geo_point *before,
                  const yz_geo_point *after)
{
    yz_geo_pages *pages = &writer->pages;

    if (pages->held > HELD_MAX) {
        yz_geo_pages_flush(pages);
    }
    if (pages->status != YZ_OK) {
        return pages->status;
    }
    if (before != NULL && after != NULL && before->lat_e7 == after->lat_e7 &&
        before->lng_e7 == after->lng_e7 && before->number == after->number) {
        point_replace(pages, before, after);
        return pages->status;
    }
    if (before != NULL) {
        point_remove(pages, before);
    }
    if (after != NULL && pages->status == YZ_OK) {
        point_insert(pages, after);
    }
    return pages->status;
}
