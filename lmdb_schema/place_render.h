/*
 * The public record of a place: what of it never changes by the clock,
 * rendered once when it is written.  Write half.
 */
#ifndef YZ_SCHEMA_PLACE_RENDER_H
#define YZ_SCHEMA_PLACE_RENDER_H

#include "lmdb_schema/place.h"
#include "lmdb_schema/region_names.h"

/* Most bytes of a record: every text at its limit, every byte escaped. */
#define YZ_PLACE_RECORD_MAX 65536

/* The numbers that a generation gives to a place's words. */
typedef struct {
    uint64_t services;
    uint16_t kind;
    uint16_t hours; /* 0 unknown */
} yz_place_words;

/*
 * Writes the record (layout.h, yz_place_head) of `place` into `record`, which
 * has YZ_PLACE_RECORD_MAX bytes; *size says how many.  YZ_OK or YZ_FULL.
 */
yz_status yz_place_render(const yz_place *place, const yz_place_words *words,
                          const yz_region_names *names, uint8_t *record,
                          size_t *size);

/* True for a place that is open or suspended: searched, listed, counted. */
static inline bool
yz_place_in_service(uint8_t status)
{
    return status == YZ_PLACE_OPEN || status == YZ_PLACE_SUSPENDED;
}

#endif
