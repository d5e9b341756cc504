/*
 * Features of a GeoJSON FeatureCollection (RFC 7946) in one streaming pass.
 */
#ifndef YZ_ADMIN_GEOJSON_H
#define YZ_ADMIN_GEOJSON_H

#include "admin/memory/arena.h"
#include "admin/load/columns.h"
#include "admin/load/raw_row.h"
#include "admin/load/refusal.h"
#include "core/status.h"

/*
 * Gives each Feature to `visit`: its `id`, the coordinates of its Point, and
 * its properties by the names of columns.  A member `id` and a geometry go
 * before properties of the same meaning; null is an empty cell; a list of
 * texts is joined by ','; numbers keep their digits.
 *
 * text: UTF-8 without byte order mark; must outlive the rows.
 * renames: of --map; those that were met are marked as used.
 * arena: takes what cannot point into `text`.
 * names: receives the properties that are not loaded.
 *
 * YZ_OK, also when `visit` ended the reading; YZ_BAD_INPUT with the reason
 * and line in `refusal` when the text is no JSON, is cut, or is no
 * FeatureCollection; YZ_NOMEM.
 */
yz_status yz_geojson_read(yz_span text, yz_renames *renames, yz_arena *arena,
                          yz_raw_row_visit *visit, void *context,
                          yz_noted_names *names, yz_refusal *refusal);

#endif
