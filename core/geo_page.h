/*
 * The pages of a geo layer: a tree over the Hilbert order.  Leaves are chunks
 * of points, inner pages are nodes of children with their boxes and filter
 * summaries.  Each page fills one LMDB overflow page (4096 bytes less the 16
 * of its header), so that a change of one point writes one chunk and the path
 * above it.  All integers little-endian; arrays of fixed capacity, struct of
 * arrays, so that a scan runs over one member at a time.
 */
#ifndef YZ_CORE_GEO_PAGE_H
#define YZ_CORE_GEO_PAGE_H

#include "core/geo_point.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YZ_GEO_PAGE_SIZE 4080
#define YZ_CHUNK_BLOCK 16 /* points that share a box */
#define YZ_CHUNK_BLOCKS 9
#define YZ_CHUNK_CAP 137
#define YZ_NODE_CAP 63
#define YZ_GEO_DEPTH_MAX 8 /* levels of nodes: 63^8 chunks */

typedef enum { YZ_PAGE_HEAD = 1, YZ_PAGE_CHUNK = 2, YZ_PAGE_NODE = 3 } yz_page;

/* Record 0 of a layer. */
typedef struct {
    uint32_t type;    /*  0 YZ_PAGE_HEAD */
    uint32_t root;    /*  4 page of the root node, 0: empty layer */
    uint32_t version; /*  8 of the root */
    uint32_t next;    /* 12 page number that was never used yet */
    uint64_t points;  /* 16 in the layer */
    uint32_t pages;   /* 24 chunks and nodes */
    uint32_t depth;   /* 28 levels of nodes, 1.. when there is a root */
} yz_geo_head;

_Static_assert(sizeof(yz_geo_head) == 32, "layer head is 32 bytes");

/* How chunks and nodes begin. */
typedef struct {
    uint32_t type;
    uint32_t version;
    uint32_t count;
    uint32_t self;
} yz_geo_any;

/*
 * A chunk: points in ascending (hilbert, number), in blocks of
 * YZ_CHUNK_BLOCK with a box each.  Unused places hold anything.  Boxes and
 * coordinates are one array of 32-bit integers, so that a loop may take the
 * last lanes of one run together with the first items of the next, and throw
 * those results away.  A block is its latitudes, then its longitudes: two
 * cache lines, since LMDB puts a page's value 16 bytes behind an aligned
 * address; its points' numbers are one line more.
 */
#define YZ_CHUNK_WEST 0 /* offsets into shape */
#define YZ_CHUNK_SOUTH (YZ_CHUNK_WEST + YZ_CHUNK_BLOCKS)
#define YZ_CHUNK_EAST (YZ_CHUNK_SOUTH + YZ_CHUNK_BLOCKS)
#define YZ_CHUNK_NORTH (YZ_CHUNK_EAST + YZ_CHUNK_BLOCKS)
#define YZ_CHUNK_LAT (YZ_CHUNK_NORTH + YZ_CHUNK_BLOCKS + 4) /* of block 0 */
#define YZ_CHUNK_LNG (YZ_CHUNK_LAT + YZ_CHUNK_BLOCK)
#define YZ_CHUNK_STRIDE (2 * YZ_CHUNK_BLOCK) /* from block to block */
#define YZ_CHUNK_SHAPE (YZ_CHUNK_LAT + YZ_CHUNK_BLOCKS * YZ_CHUNK_STRIDE)

typedef struct {
    uint32_t type;    /*    0 YZ_PAGE_CHUNK */
    uint32_t version; /*    4 low half of the transaction that wrote it */
    uint32_t count;   /*    8 points, 1..YZ_CHUNK_CAP */
    uint32_t self;    /*   12 its page number */
    int32_t shape[YZ_CHUNK_SHAPE];       /*   16 degrees e7: boxes, blocks */
    uint32_t number[YZ_CHUNK_CAP];       /* 1328 */
    uint32_t region_level[YZ_CHUNK_CAP]; /* 1876 region | level << 24 */
    uint64_t services[YZ_CHUNK_CAP];     /* 2424 */
    uint16_t kind[YZ_CHUNK_CAP];         /* 3520 */
    uint16_t hours[YZ_CHUNK_CAP];        /* 3794 */
    uint32_t zero;                       /* 4068 */
} yz_geo_chunk;                          /* 4072 */

_Static_assert(sizeof(yz_geo_chunk) == 4072, "chunk is 4072 bytes");
_Static_assert(sizeof(yz_geo_chunk) <= YZ_GEO_PAGE_SIZE, "fits a page");
_Static_assert(offsetof(yz_geo_chunk, zero) == 4068, "no padding");
_Static_assert((offsetof(yz_geo_chunk, shape) + 4 * YZ_CHUNK_LAT + 16) % 64 ==
                   0,
               "a block starts a cache line");
_Static_assert((offsetof(yz_geo_chunk, number) + 16) % 64 == 0,
               "so do a block's numbers");

/* Where latitude and longitude of point i lie in shape. */
static inline uint32_t
yz_geo_lat_at(uint32_t i)
{
    return YZ_CHUNK_LAT + i / YZ_CHUNK_BLOCK * YZ_CHUNK_STRIDE +
           i % YZ_CHUNK_BLOCK;
}

static inline uint32_t
yz_geo_lng_at(uint32_t i)
{
    return yz_geo_lat_at(i) + YZ_CHUNK_BLOCK;
}

/*
 * A node: children in ascending order of their first point.  A child's
 * summary is the union of its points'.  As in a chunk, boxes and summaries
 * are one array each.
 */
#define YZ_NODE_WEST 0 /* offsets into box */
#define YZ_NODE_SOUTH (YZ_NODE_WEST + YZ_NODE_CAP)
#define YZ_NODE_EAST (YZ_NODE_SOUTH + YZ_NODE_CAP)
#define YZ_NODE_NORTH (YZ_NODE_EAST + YZ_NODE_CAP)
#define YZ_NODE_LEVELS (YZ_NODE_NORTH + YZ_NODE_CAP) /* bits 0..3 */
#define YZ_NODE_BOX (YZ_NODE_LEVELS + YZ_NODE_CAP + 1)
#define YZ_NODE_KINDS 0 /* offsets into sets: bit kind % 64 of every point */
#define YZ_NODE_SERVICES (YZ_NODE_KINDS + YZ_NODE_CAP)   /* or of all points */
#define YZ_NODE_REGIONS (YZ_NODE_SERVICES + YZ_NODE_CAP) /* region bits */
#define YZ_NODE_SETS (YZ_NODE_REGIONS + YZ_NODE_CAP + 1)

typedef struct {
    uint32_t type;                       /*    0 YZ_PAGE_NODE */
    uint32_t version;                    /*    4 as in the chunk */
    uint32_t count;                      /*    8 children, 1..YZ_NODE_CAP */
    uint32_t self;                       /*   12 its page number */
    int32_t box[YZ_NODE_BOX];            /*   16 degrees e7; and levels */
    uint64_t sets[YZ_NODE_SETS];         /* 1280 */
    uint64_t hilbert[YZ_NODE_CAP];       /* 2800 of the child's first point */
    uint32_t number[YZ_NODE_CAP];        /* 3304 of the child's first point */
    uint32_t child[YZ_NODE_CAP];         /* 3556 page number */
    uint32_t child_version[YZ_NODE_CAP]; /* 3808 version of that page */
    uint32_t zero;                       /* 4060 */
} yz_geo_node;                           /* 4064 */

_Static_assert(sizeof(yz_geo_node) == 4064, "node is 4064 bytes");
_Static_assert(sizeof(yz_geo_node) <= YZ_GEO_PAGE_SIZE, "fits a page");
_Static_assert(offsetof(yz_geo_node, sets) == 1280, "no padding");

/* What a node keeps of one child. */
typedef struct {
    uint64_t hilbert;
    uint64_t kinds;
    uint64_t services;
    uint64_t regions;
    int32_t west;
    int32_t south;
    int32_t east;
    int32_t north;
    uint32_t number;
    uint32_t levels;
} yz_geo_summary;

#define YZ_REGION_LEVEL_SHIFT 24
#define YZ_REGION_MASK 0xffffffu

/* Bit of `regions` for a six-digit code: its first four digits count. */
static inline uint64_t
yz_geo_region_bit(uint32_t region)
{
    return (uint64_t)1 << (region / 100 % 61);
}

static inline uint64_t
yz_geo_kind_bit(uint16_t kind)
{
    return (uint64_t)1 << (kind % 64);
}

/*
 * Where pages come from.  `page` returns the page with that number as it was
 * written by that version, YZ_GEO_PAGE_SIZE readable bytes aligned to 8, of
 * the type asked for, with count in range and its own number; NULL when
 * there is none such.  Valid until the snapshot ends.
 */
typedef struct yz_geo_source {
    const void *(*page)(struct yz_geo_source *source, uint32_t number,
                        uint32_t version, yz_page type);
} yz_geo_source;

/* Bytes of a page's value. */
static inline size_t
yz_geo_page_size(yz_page type)
{
    return type == YZ_PAGE_NODE ? sizeof(yz_geo_node) : sizeof(yz_geo_chunk);
}

/* True when bytes of `size` have the form of that page. */
static inline bool
yz_geo_page_fits(const void *bytes, size_t size, uint32_t number,
                 uint32_t version, yz_page type)
{
    const yz_geo_any *page = bytes;
    uint32_t cap = type == YZ_PAGE_NODE ? YZ_NODE_CAP : YZ_CHUNK_CAP;

    return size == yz_geo_page_size(type) && ((uintptr_t)bytes & 7) == 0 &&
           page->type == (uint32_t)type && page->version == version &&
           page->self == number && page->count >= 1 && page->count <= cap;
}

#endif
