/*
 * Writers of what points.c has drawn.  Each overwrites the file `path` and
 * ends the program with a message when it cannot.
 */
#ifndef YZ_BENCH_POINTS_WRITE_H
#define YZ_BENCH_POINTS_WRITE_H

#include "points.h"

/* The file of points.h; the counts are those of `header`. */
void points_write_binary(const char *path, const bench_file_header *header,
                         const bench_point *points, const bench_position *near,
                         const bench_position *far);

/* The `count` points as rows that `yizhan load` takes. */
void points_write_csv(const char *path, const bench_point *points,
                      size_t count);

/* A /v1/nearby path for each of `count` positions, one a line. */
void points_write_paths(const char *path, const bench_position *near,
                        size_t count);

#endif
