/*
 * Checked decoding of a region record (layout.h, yz_region_head).  Pure: no
 * LMDB, no allocation.  Used by the reader, verify and dump.
 */
#ifndef YZ_SCHEMA_REGION_VIEW_H
#define YZ_SCHEMA_REGION_VIEW_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/layout.h"

/* A record, checked.  `kinds` is not aligned: see yz_region_view_kind(). */
typedef struct {
    yz_region_head head; /* a copy */
    const char *kinds;   /* head.kind_count times yz_region_kind */
    yz_span name;
} yz_region_view;

/*
 * Checks `size` bytes at `bytes` (any alignment).  On YZ_OK the pointers of
 * *view point into `bytes`; on YZ_CORRUPT, the only other status, *view is
 * undefined.
 */
yz_status yz_region_view_of(const void *bytes, size_t size,
                            yz_region_view *view);

/* The count of the `i`th kind, i < view->head.kind_count. */
static inline yz_region_kind
yz_region_view_kind(const yz_region_view *view, uint32_t i)
{
    yz_region_kind kind;

    memcpy(&kind, view->kinds + (size_t)i * sizeof(kind), sizeof(kind));
    return kind;
}

#endif
