/*
 * Names of regions from the reference data "regions" (CSV lines code,name).
 * Runs in the writer only.
 */
#ifndef YZ_SCHEMA_REGION_NAMES_H
#define YZ_SCHEMA_REGION_NAMES_H

#include "core/out.h"
#include "core/span.h"
#include "core/status.h"
#include <stdint.h>

typedef struct {
    uint32_t code; /* six digits */
    yz_span name;  /* in the table's own bytes */
} yz_region_name;

/* Starts as all zeros; ends with yz_region_names_free(). */
typedef struct {
    yz_region_name *all; /* ascending by code */
    size_t count;
    char *bytes;
    size_t size; /* of the bytes */
} yz_region_names;

/* The codes that count a region, from the widest: dd0000, dddd00, dddddd. */
typedef struct {
    uint32_t code[3];
    int count; /* 0 for region 0; equal ones stand once */
} yz_region_levels;

/*
 * Takes a copy of `csv` and reads it: lines `code,name`, names up to 256
 * bytes; a first line `code,name`, empty lines and a BOM are passed over.
 * YZ_OK, YZ_BAD_INPUT (*line, 1-based, says where: malformed, or a code that
 * is not there once) or YZ_NOMEM; *names is then all zeros.
 */
yz_status yz_region_names_parse(yz_span csv, yz_region_names *names,
                                size_t *line);
void yz_region_names_free(yz_region_names *names);

/*
 * The same, unless *names, all zeros or of an earlier call, has these very
 * bytes already.  YZ_OK, or as parse.
 */
yz_status yz_region_names_keep(yz_span csv, yz_region_names *names);

/* The name of exactly `code`, empty when there is none. */
yz_span yz_region_name_of(const yz_region_names *names, uint32_t code);

yz_region_levels yz_region_levels_of(uint32_t region);

/* Appends the names of all levels of `region` in one piece: 山东省青岛市市南区. */
void yz_region_name_full(const yz_region_names *names, uint32_t region,
                         yz_out *out);

#endif
