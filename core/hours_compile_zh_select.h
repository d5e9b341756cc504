/*
 * Dates and days of Chinese opening hours: what stands before the times.
 * Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_ZH_SELECT_H
#define YZ_CORE_HOURS_COMPILE_ZH_SELECT_H

#include "core/hours_compile_rules.h"
#include "core/hours_compile_zh_cursor.h"

/* Holidays stay apart from weekdays: they become a rule of their own. */
typedef struct {
    yz_hours_rule rule;
    bool holiday;
    bool loose;   /* 节假日 without 法定 */
    bool working; /* 工作日 occurs */
} yz_zh_selection;

/* Whether nothing has been read into a selection. */
bool yz_zh_selection_empty(const yz_zh_selection *s);

/*
 * Reads the dates and days that stand at the cursor into `s`, which may hold
 * some already; to name days or dates twice sets c->failed, as does what is
 * no date.
 *
 * Returns false, with nothing taken, when there are none.
 */
bool yz_zh_selection_read(yz_zh_cursor *c, yz_zh_selection *s);

#endif
