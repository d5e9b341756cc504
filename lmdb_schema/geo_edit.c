/*
 * Chunks and nodes are structs of arrays: each change goes over all arrays.
 * Called by geo_write.c and geo_build_write.c.
 */
#include "lmdb_schema/geo_edit.h"
#include <string.h>

/* One array of a page: where it starts and how wide its items are. */
typedef struct {
    size_t offset;
    size_t width;
} column;

#define NODE_RUN(at)                                                           \
    {                                                                          \
        offsetof(yz_geo_node, box) + 4 * (at), 4                               \
    }
#define NODE_SET(at)                                                           \
    {                                                                          \
        offsetof(yz_geo_node, sets) + 8 * (at), 8                              \
    }

/* All but the coordinates. */
static const column chunk_columns[] = {
    {offsetof(yz_geo_chunk, services), 8},
    {offsetof(yz_geo_chunk, number), 4},
    {offsetof(yz_geo_chunk, region_level), 4},
    {offsetof(yz_geo_chunk, kind), 2},
    {offsetof(yz_geo_chunk, hours), 2},
};

static const column node_columns[] = {
    NODE_RUN(YZ_NODE_WEST),
    NODE_RUN(YZ_NODE_SOUTH),
    NODE_RUN(YZ_NODE_EAST),
    NODE_RUN(YZ_NODE_NORTH),
    NODE_RUN(YZ_NODE_LEVELS),
    NODE_SET(YZ_NODE_KINDS),
    NODE_SET(YZ_NODE_SERVICES),
    NODE_SET(YZ_NODE_REGIONS),
    {offsetof(yz_geo_node, hilbert), 8},
    {offsetof(yz_geo_node, number), 4},
    {offsetof(yz_geo_node, child), 4},
    {offsetof(yz_geo_node, child_version), 4},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Moves `count` items of every column, also within one page. */
static void
columns_move(const column *columns, size_t column_count, void *to,
             uint32_t to_at, const void *from, uint32_t from_at, uint32_t count)
{
    for (size_t c = 0; c < column_count; c++) {
        size_t width = columns[c].width;
        memmove((char *)to + columns[c].offset + to_at * width,
                (const char *)from + columns[c].offset + from_at * width,
                count * width);
    }
}

yz_geo_point
yz_geo_chunk_point(const yz_geo_chunk *chunk, uint32_t i)
{
    return (yz_geo_point){
        .lat_e7 = chunk->shape[yz_geo_lat_at(i)],
        .lng_e7 = chunk->shape[yz_geo_lng_at(i)],
        .number = chunk->number[i],
        .region = chunk->region_level[i] & YZ_REGION_MASK,
        .services = chunk->services[i],
        .kind = chunk->kind[i],
        .hours = chunk->hours[i],
        .level = (uint8_t)(chunk->region_level[i] >> YZ_REGION_LEVEL_SHIFT),
    };
}

void
yz_geo_chunk_set(yz_geo_chunk *chunk, uint32_t i, const yz_geo_point *point)
{
    chunk->shape[yz_geo_lat_at(i)] = point->lat_e7;
    chunk->shape[yz_geo_lng_at(i)] = point->lng_e7;
    chunk->number[i] = point->number;
    chunk->region_level[i] =
        (point->region & YZ_REGION_MASK) | (uint32_t)(point->level & 3)
                                               << YZ_REGION_LEVEL_SHIFT;
    chunk->services[i] = point->services;
    chunk->kind[i] = point->kind;
    chunk->hours[i] = point->hours;
}

static uint64_t
hilbert_at(const yz_geo_chunk *chunk, uint32_t i)
{
    return yz_hilbert_of(chunk->shape[yz_geo_lat_at(i)],
                         chunk->shape[yz_geo_lng_at(i)]);
}

uint32_t
yz_geo_chunk_place(const yz_geo_chunk *chunk, uint64_t hilbert, uint32_t number)
{
    uint32_t low = 0, high = chunk->count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        uint64_t at = hilbert_at(chunk, middle);
        if (at < hilbert || (at == hilbert && chunk->number[middle] < number)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Point by point, for blocks do not touch; from the end when the points move
   up within their chunk. */
static void
coordinates_move(yz_geo_chunk *to, uint32_t to_at, const yz_geo_chunk *from,
                 uint32_t from_at, uint32_t count)
{
    bool up = to == from && to_at > from_at;

    for (uint32_t n = 0; n < count; n++) {
        uint32_t i = up ? count - 1 - n : n;
        to->shape[yz_geo_lat_at(to_at + i)] =
            from->shape[yz_geo_lat_at(from_at + i)];
        to->shape[yz_geo_lng_at(to_at + i)] =
            from->shape[yz_geo_lng_at(from_at + i)];
    }
}

void
yz_geo_chunk_copy(yz_geo_chunk *to, uint32_t to_at, const yz_geo_chunk *from,
                  uint32_t from_at, uint32_t count)
{
    columns_move(chunk_columns, COUNT_OF(chunk_columns), to, to_at, from,
                 from_at, count);
    coordinates_move(to, to_at, from, from_at, count);
}

void
yz_geo_chunk_open(yz_geo_chunk *chunk, uint32_t at, uint32_t by)
{
    yz_geo_chunk_copy(chunk, at + by, chunk, at, chunk->count - at);
    chunk->count += by;
}

void
yz_geo_chunk_close(yz_geo_chunk *chunk, uint32_t at, uint32_t by)
{
    yz_geo_chunk_copy(chunk, at, chunk, at + by, chunk->count - at - by);
    chunk->count -= by;
}

void
yz_geo_chunk_boxes(yz_geo_chunk *chunk)
{
    for (uint32_t b = 0; b * YZ_CHUNK_BLOCK < chunk->count; b++) {
        uint32_t first = b * YZ_CHUNK_BLOCK;
        uint32_t end = first + YZ_CHUNK_BLOCK;
        int32_t west = INT32_MAX, south = INT32_MAX;
        int32_t east = INT32_MIN, north = INT32_MIN;

        end = end < chunk->count ? end : chunk->count;
        for (uint32_t i = first; i < end; i++) {
            int32_t lat = chunk->shape[yz_geo_lat_at(i)];
            int32_t lng = chunk->shape[yz_geo_lng_at(i)];
            west = lng < west ? lng : west;
            east = lng > east ? lng : east;
            south = lat < south ? lat : south;
            north = lat > north ? lat : north;
        }
        chunk->shape[YZ_CHUNK_WEST + b] = west;
        chunk->shape[YZ_CHUNK_SOUTH + b] = south;
        chunk->shape[YZ_CHUNK_EAST + b] = east;
        chunk->shape[YZ_CHUNK_NORTH + b] = north;
    }
}

uint32_t
yz_geo_chunk_cut(const yz_geo_chunk *chunk, uint32_t low, uint32_t high)
{
    uint32_t cut = low;
    uint64_t widest = 0;
    uint64_t before = hilbert_at(chunk, low - 1);

    for (uint32_t i = low; i <= high; i++) {
        uint64_t at = hilbert_at(chunk, i);
        if (at - before > widest) {
            widest = at - before;
            cut = i;
        }
        before = at;
    }
    return cut;
}

void
yz_geo_node_set(yz_geo_node *node, uint32_t i, uint32_t child, uint32_t version,
                const yz_geo_summary *summary)
{
    node->box[YZ_NODE_WEST + i] = summary->west;
    node->box[YZ_NODE_SOUTH + i] = summary->south;
    node->box[YZ_NODE_EAST + i] = summary->east;
    node->box[YZ_NODE_NORTH + i] = summary->north;
    node->box[YZ_NODE_LEVELS + i] = (int32_t)summary->levels;
    node->sets[YZ_NODE_KINDS + i] = summary->kinds;
    node->sets[YZ_NODE_SERVICES + i] = summary->services;
    node->sets[YZ_NODE_REGIONS + i] = summary->regions;
    node->hilbert[i] = summary->hilbert;
    node->number[i] = summary->number;
    node->child[i] = child;
    node->child_version[i] = version;
}

void
yz_geo_node_copy(yz_geo_node *to, uint32_t to_at, const yz_geo_node *from,
                 uint32_t from_at, uint32_t count)
{
    columns_move(node_columns, COUNT_OF(node_columns), to, to_at, from, from_at,
                 count);
}

void
yz_geo_node_open(yz_geo_node *node, uint32_t at, uint32_t by)
{
    yz_geo_node_copy(node, at + by, node, at, node->count - at);
    node->count += by;
}

void
yz_geo_node_close(yz_geo_node *node, uint32_t at, uint32_t by)
{
    yz_geo_node_copy(node, at, node, at + by, node->count - at - by);
    node->count -= by;
}
