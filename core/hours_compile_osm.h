/*
 * The OSM grammar of opening hours.  Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_OSM_H
#define YZ_CORE_HOURS_COMPILE_OSM_H

#include "core/hours_compile_rules.h"
#include "core/span.h"

/*
 * Reads `text`, evened out by yz_hours_text_even(), into rules in the order
 * in which they apply.
 *
 * rules: overwritten.
 * Returns false, with rules->failed set, when the text is not understood
 * whole.
 */
bool yz_hours_osm_parse(yz_span text, yz_hours_rules *rules);

#endif
