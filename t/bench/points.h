/*
 * The file of points that the geo benchmarks share: what points.c writes and
 * geo_bench.c and geo_peers.cc read.  It holds one sequence of points drawn
 * in a fixed order, so that the first 10^3, 10^4 ... of them are the smaller
 * sets, and query positions drawn the same way.
 *
 *   bench_file_header                      64 bytes
 *   bench_point[points]                    32 bytes each
 *   bench_position[queries_near]           8 bytes each, drawn as the points
 *   bench_position[queries_far]            8 bytes each, uniform on the sphere,
 *                                          every tenth a pole or at +-180
 *
 * All integers are little-endian; a reader on a big-endian machine refuses
 * the file by its magic number.
 */
#ifndef YZ_BENCH_POINTS_H
#define YZ_BENCH_POINTS_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_MAGIC UINT64_C(0x31544e494f505a59) /* "YZPOINT1" */

/* Kinds 0..7 are drawn with 60, 20, 10, 5, 3, 1, 0.9 and 0.1 %. */
#define BENCH_KINDS 8
#define BENCH_KIND_1_PERCENT 5
#define BENCH_KIND_01_PERCENT 7

/*
 * Opening hours are ids drawn uniformly, so a set of ids is a share of the
 * points: `open` passes 60 % as ids below 120, and 5 % as ids below 10.
 */
#define BENCH_HOURS_IDS 200
#define BENCH_HOURS_OPEN_60_PERCENT 120
#define BENCH_HOURS_OPEN_5_PERCENT 10

/*
 * Services are 29 independent bits.  The two that the filter row asks for
 * are borne by 30 and 25 %, so 7.5 % bear both.
 */
#define BENCH_SERVICES 29
#define BENCH_SERVICE_A 3
#define BENCH_SERVICE_B 4

/* A region far from most queries: Kashgar prefecture, digits 6531. */
#define BENCH_REGION_FAR 653100

/* One point. */
typedef struct {
    int32_t lng_e7;    /*  0: -1800000000..1800000000 */
    int32_t lat_e7;    /*  4: -900000000..900000000 */
    uint32_t number;   /*  8: its place in the sequence, from 0 */
    uint16_t kind;     /* 12: 0..BENCH_KINDS - 1 */
    uint16_t hours;    /* 14: 0..BENCH_HOURS_IDS - 1 */
    uint32_t region;   /* 16: GB/T 2260 of the place it was drawn round */
    uint8_t level;     /* 20: 0 none, 1 city, 2 province, 3 national */
    uint8_t outlier;   /* 21: 1 drawn on the sphere, 2 pole or antimeridian */
    uint16_t zero;     /* 22: 0 */
    uint64_t services; /* 24: bit i set: bears service i */
} bench_point;

/* A query position. */
typedef struct {
    int32_t lng_e7;
    int32_t lat_e7;
} bench_position;

typedef struct {
    uint64_t magic;        /*  0 */
    uint32_t header_size;  /*  8: 64 */
    uint32_t point_size;   /* 12: 32 */
    uint64_t points;       /* 16 */
    uint64_t queries_near; /* 24 */
    uint64_t queries_far;  /* 32 */
    uint64_t seed;         /* 40 */
    uint64_t zero[2];      /* 48 */
} bench_file_header;

#ifdef __cplusplus
static_assert(sizeof(bench_point) == 32, "size on disk");
static_assert(sizeof(bench_position) == 8, "size on disk");
static_assert(sizeof(bench_file_header) == 64, "size on disk");
#else
_Static_assert(sizeof(bench_point) == 32, "size on disk");
_Static_assert(sizeof(bench_position) == 8, "size on disk");
_Static_assert(sizeof(bench_file_header) == 64, "size on disk");
#endif

#endif
