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
#define YZ_CHUNK_BLOCK 20 /* points that share a box */
#define YZ_CHUNK_BLOCKS 7
#define YZ_CHUNK_CAP (YZ_CHUNK_BLOCK * YZ_CHUNK_BLOCKS)
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

/*
 * A chunk: points in ascending (hilbert, number), in blocks of
 * YZ_CHUNK_BLOCK whose boxes come first.  Unused places hold anything.
 */
typedef struct {
    uint32_t type;    /*    0 YZ_PAGE_CHUNK */
    uint32_t version; /*    4 low half of the transaction that wrote it */
    uint32_t count;   /*    8 points, 1..YZ_CHUNK_CAP */
    uint32_t self;    /*   12 its page number */
    int32_t west[YZ_CHUNK_BLOCKS];            /*   16 degrees e7 */
    int32_t south[YZ_CHUNK_BLOCKS];           /*   44 */
    int32_t east[YZ_CHUNK_BLOCKS];            /*   72 */
    int32_t north[YZ_CHUNK_BLOCKS];           /*  100 */
    uint64_t services[YZ_CHUNK_CAP];          /*  128 */
    int32_t lat_e7[YZ_CHUNK_CAP];             /* 1248 */
    int32_t lng_e7[YZ_CHUNK_CAP];             /* 1808 */
    uint32_t number[YZ_CHUNK_CAP];            /* 2368 */
    uint32_t region_level[YZ_CHUNK_CAP];      /* 2928 region | level << 24 */
    uint16_t kind[YZ_CHUNK_CAP];              /* 3488 */
    uint16_t hours[YZ_CHUNK_CAP];             /* 3768 */
} yz_geo_chunk;                               /* 4048 */

_Static_assert(sizeof(yz_geo_chunk) == 4048, "chunk is 4048 bytes");
_Static_assert(offsetof(yz_geo_chunk, services) == 128, "no padding");

/*
 * A node: children in ascending order of their first point.  A child's
 * summary is the union of its points'.
 */
typedef struct {
    uint32_t type;    /*    0 YZ_PAGE_NODE */
    uint32_t version; /*    4 as in the chunk */
    uint32_t count;   /*    8 children, 1..YZ_NODE_CAP */
    uint32_t self;    /*   12 its page number */
    uint64_t hilbert[YZ_NODE_CAP];  /*   16 of the child's first point */
    uint64_t kinds[YZ_NODE_CAP];    /*  520 bit kind % 64 of every point */
    uint64_t services[YZ_NODE_CAP]; /* 1024 or of all points */
    uint64_t regions[YZ_NODE_CAP];  /* 1528 bit (region / 100) % 61 */
    int32_t west[YZ_NODE_CAP];      /* 2032 degrees e7 */
    int32_t south[YZ_NODE_CAP];     /* 2284 */
    int32_t east[YZ_NODE_CAP];      /* 2536 */
    int32_t north[YZ_NODE_CAP];     /* 2788 */
    uint32_t number[YZ_NODE_CAP];   /* 3040 of the child's first point */
    uint32_t child[YZ_NODE_CAP];    /* 3292 page number */
    uint32_t child_version[YZ_NODE_CAP]; /* 3544 version of that page */
    uint32_t levels[YZ_NODE_CAP];   /* 3796 bits 0..3: levels of points */
} yz_geo_node;                      /* 4048 */

_Static_assert(sizeof(yz_geo_node) == 4048, "node is 4048 bytes");
_Static_assert(sizeof(yz_geo_node) <= YZ_GEO_PAGE_SIZE, "fits a page");
_Static_assert(offsetof(yz_geo_node, west) == 2032, "no padding");

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

/* True when bytes of `size` have the form of that page. */
static inline bool
yz_geo_page_fits(const void *bytes, size_t size, uint32_t number,
                 uint32_t version, yz_page type)
{
    const yz_geo_node *page = bytes; /* the first four members are alike */
    uint32_t cap = type == YZ_PAGE_NODE ? YZ_NODE_CAP : YZ_CHUNK_CAP;

    return size == sizeof(yz_geo_node) && ((uintptr_t)bytes & 7) == 0 &&
           page->type == (uint32_t)type && page->version == version &&
           page->self == number && page->count >= 1 && page->count <= cap;
}

#endif
