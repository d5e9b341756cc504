/*
 * The table of regions: what a clerk writes for a region, by code or name.
 */
#ifndef YZ_ADMIN_REGIONS_H
#define YZ_ADMIN_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/load/refusal.h"
#include "core/span.h"
#include "core/status.h"

typedef struct {
    uint32_t code; /* six digits */
    yz_span name;
} yz_region;

typedef struct {
    yz_region *items; /* ascending by code */
    size_t count;
} yz_regions;

/*
 * Reads CSV lines `code,name` behind a header line.
 *
 * csv: must outlive the table.
 *
 * YZ_OK; YZ_BAD_INPUT with the line in `refusal`; YZ_NOMEM.
 */
yz_status yz_regions_read(yz_span csv, yz_regions *regions,
                          yz_refusal *refusal);

/* The entry of a six-digit code, or NULL. */
const yz_region *yz_regions_find(const yz_regions *regions, uint32_t code);

/*
 * Reads 2, 4 or 6 digits, or the 9 or 12 of a street or community, as a
 * six-digit code; shorter ones get zeros behind.  YZ_OK or YZ_BAD_INPUT; the
 * table is not asked.
 */
yz_status yz_region_code_parse(yz_span text, uint32_t *code);

/*
 * Finds a region by name: its own, or behind those of its city and province
 * (青岛市市南区, 山东省青岛市); 市, 省, 区 or 县 at the end may be missing.
 *
 * YZ_OK with *code; YZ_NOT_FOUND; YZ_FULL when several are called so.
 */
yz_status yz_regions_resolve(const yz_regions *regions, yz_span name,
                             uint32_t *code);

/*
 * The codes below a region: 370000 to 379999 for 37, 370200 to 370299 for
 * 3702 and 370200, one alone for 370202.
 */
void yz_region_range(uint32_t code, uint32_t *low, uint32_t *high);

void yz_regions_free(yz_regions *regions);

#endif
