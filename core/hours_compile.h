/*
 * Opening hours from text to the bytes that core/hours.h reads.  Runs when
 * data is loaded, not on requests.
 */
#ifndef YZ_CORE_HOURS_COMPILE_H
#define YZ_CORE_HOURS_COMPILE_H

#include "core/hours_blob.h"
#include "core/span.h"
#include "core/status.h"

/*
 * Compiles opening hours written in the subset of OSM's `opening_hours` that
 * core/hours_compile_osm.c names, or in the Chinese phrasings of
 * core/hours_compile_zh.c.
 *
 * text: UTF-8, up to YZ_HOURS_MAX bytes.  blob: receives the bytes.  size:
 * set to their number, at most YZ_HOURS_BLOB_MAX.
 * Returns YZ_OK, or YZ_BAD_INPUT when any part of the text is not
 * understood, may mean two things, or is more than the format holds.  The
 * caller then keeps the text and answers "unknown": a wrong "open" sends a
 * person to a closed door.
 */
yz_status yz_hours_compile(yz_span text, uint8_t blob[static YZ_HOURS_BLOB_MAX],
                           size_t *size);

#endif
