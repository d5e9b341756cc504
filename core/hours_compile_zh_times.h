/*
 * Times of Chinese opening hours.  Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_ZH_TIMES_H
#define YZ_CORE_HOURS_COMPILE_ZH_TIMES_H

#include "core/hours_compile_rules.h"
#include "core/hours_compile_zh_cursor.h"

/* Whether times start `ahead` words from the cursor. */
bool yz_zh_times_here(const yz_zh_cursor *c, size_t ahead);

/*
 * Reads a list of spans into `rule`.  Sets c->failed when an hour may be
 * meant by a 12-hour clock, when spans overlap or are out of order.
 */
void yz_zh_times_read(yz_zh_cursor *c, yz_hours_rule *rule);

#endif
