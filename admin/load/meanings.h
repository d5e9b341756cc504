/*
 * What cells with few different texts mean: kinds, levels, regions, hours.
 * Each text is understood once and remembered, since a file of 200,000 rows
 * says `station` 200,000 times.
 */
#ifndef YZ_ADMIN_MEANINGS_H
#define YZ_ADMIN_MEANINGS_H

#include "admin/memory/arena.h"
#include "admin/load/columns.h"
#include "admin/load/faults.h"
#include "admin/load/regions.h"
#include "admin/load/text_index.h"

typedef struct {
    bool fine;          /* nothing to report; `code` means nothing then */
    yz_fault_code code; /* an error or a warning */
    uint64_t fault_number;
    uint64_t fault_other;
    uint32_t number; /* level, status, region or yz_crs */
    yz_span text;    /* kind, services, hours as they are stored */
} yz_meaning;

typedef struct {
    yz_text_index index;
    yz_meaning *items;
    size_t count;
    size_t cap;
} yz_meaning_list;

typedef struct {
    yz_meaning_list lists[YZ_COLUMN_COUNT];
} yz_meanings;

/*
 * What `cell` means in `column`: kind, level, status, region, crs, hours or
 * services.
 *
 * cell: trimmed, clean, not empty, within the column's limit; outlives the meanings.
 * regions, arena: outlive the meanings.
 *
 * The meaning, valid until the next call for the column; NULL without memory.
 */
const yz_meaning *yz_meaning_of(yz_meanings *meanings, yz_column column,
                                yz_span cell, const yz_regions *regions,
                                yz_arena *arena);

void yz_meanings_free(yz_meanings *meanings);

#endif
