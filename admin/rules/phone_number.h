/*
 * Numbers by which people are reached: mobile numbers of the mainland.
 */
#ifndef YZ_RULES_PHONE_NUMBER_H
#define YZ_RULES_PHONE_NUMBER_H

#include "core/span.h"
#include "core/status.h"

#define YZ_MOBILE_SIZE 12 /* eleven digits and a NUL */

/*
 * Reads a mobile number, with or without +86 or 86 before it; blanks and
 * hyphens between digits are passed over.  YZ_OK with the eleven digits in
 * `number`, or YZ_BAD_INPUT.
 */
yz_status yz_mobile_read(yz_span text, char number[static YZ_MOBILE_SIZE]);

#endif
