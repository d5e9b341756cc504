/*
 * Checked decoding of a public place record (layout.h, yz_place_head).  Pure:
 * no LMDB, no allocation.  Used by the reader, verify and dump.
 */
#ifndef YZ_SCHEMA_PLACE_VIEW_H
#define YZ_SCHEMA_PLACE_VIEW_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/layout.h"

/*
 * A record, checked: the head is a copy, because LMDB aligns small values to
 * two bytes only; all spans lie inside the record.
 */
typedef struct {
    yz_place_head head;
    yz_span json_head;
    yz_span json_point;
    yz_span json_tail;
    yz_span id;
    yz_span name;
    yz_span address;
    yz_span phone;
    yz_span hours;
} yz_place_view;

/*
 * Checks `size` bytes at `bytes` (any alignment) as the record of place
 * `number`.  On YZ_OK the spans of *view point into `bytes`; on YZ_CORRUPT,
 * the only other status, *view is undefined.
 */
yz_status yz_place_view_of(const void *bytes, size_t size, uint32_t number,
                           yz_place_view *view);

#endif
