/*
 * What one place must be to pass a filter: shared by the scan of a geo layer
 * and by the walk over places without a position.
 */
#ifndef YZ_CORE_GEO_FILTER_H
#define YZ_CORE_GEO_FILTER_H

#include "core/limits.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a point must be; every member has an empty value that lets all in. */
typedef struct {
    uint64_t services;   /* all of these bits; 0: any */
    uint32_t kind_count; /* 0: any kind; kinds is then ignored */
    uint16_t kinds[YZ_FILTER_WORDS_MAX]; /* any of these */
    int32_t level;                       /* -1: any */
    uint32_t region_low;                 /* inclusive; 0.. */
    uint32_t region_high; /* inclusive; ..UINT32_MAX lets all in */
    bool has_box;         /* box_e7 below limits the search */
    int32_t box_e7[4];    /* west, south, east, north; west > east crosses
                             the antimeridian; borders belong to it */
    /* Opening: NULL lets all in; else one byte for each hours id:
       0 not open, 1 open, 2 ask `open_of`, which fills the byte. */
    uint8_t *open;
    uint32_t open_count; /* bytes in open; ids beyond are not open */
    uint8_t (*open_of)(void *context, uint16_t hours);
    void *open_context;
} yz_geo_filter;

/* The filter that lets everything in. */
static inline yz_geo_filter
yz_geo_filter_any(void)
{
    return (yz_geo_filter){.level = -1, .region_high = UINT32_MAX};
}

static inline bool
yz_geo_filter_kind(const yz_geo_filter *filter, uint16_t kind)
{
    if (filter->kind_count == 0) {
        return true;
    }
    for (uint32_t i = 0; i < filter->kind_count; i++) {
        if (filter->kinds[i] == kind) {
            return true;
        }
    }
    return false;
}

static inline bool
yz_geo_filter_open(const yz_geo_filter *filter, uint16_t hours)
{
    if (filter->open == NULL) {
        return true;
    }
    if (hours >= filter->open_count) {
        return false;
    }
    uint8_t open = filter->open[hours];
    if (open == 2) {
        open = filter->open_of(filter->open_context, hours);
    }
    return open == 1;
}

/* Everything but the box. */
static inline bool
yz_geo_filter_passes(const yz_geo_filter *filter, uint16_t kind, uint16_t hours,
                     uint32_t region, uint64_t services, uint8_t level)
{
    return (services & filter->services) == filter->services &&
           region >= filter->region_low && region <= filter->region_high &&
           (filter->level < 0 || filter->level == level) &&
           yz_geo_filter_kind(filter, kind) &&
           yz_geo_filter_open(filter, hours);
}

#endif
