/*
 * From rules of opening hours to their bytes.  Internal to
 * core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_FOLD_H
#define YZ_CORE_HOURS_COMPILE_FOLD_H

#include "core/hours_blob.h"
#include "core/hours_compile_rules.h"
#include "core/status.h"

/*
 * Works out what each weekday and class of day opens in each part of the
 * year, and writes it as core/hours_blob.h says.
 *
 * rules: in the order in which they apply.  blob: receives the bytes.
 * size: set to their number when the answer is YZ_OK.
 * Returns YZ_OK; YZ_BAD_INPUT when the rules break a claim of their text
 * (no_rest, as_usual), when off-times meet spans past midnight, or when the
 * format has no room for them.
 */
yz_status yz_hours_fold(const yz_hours_rules *rules,
                        uint8_t blob[static YZ_HOURS_BLOB_MAX], size_t *size);

#endif
