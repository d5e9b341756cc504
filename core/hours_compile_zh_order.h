/*
 * Which Chinese rule holds where several speak of one day.  Internal to
 * core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_ZH_ORDER_H
#define YZ_CORE_HOURS_COMPILE_ZH_ORDER_H

#include "core/hours_compile_rules.h"

/*
 * Sorts rules as they were written into the order in which they apply, and
 * marks those that add to an earlier one.
 *
 * Returns false when the rules contradict each other or leave open which of
 * them holds.
 */
bool yz_zh_order(yz_hours_rules *rules);

#endif
