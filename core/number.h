/*
 * Numbers as people and programs write them in plain decimal; independent of
 * the locale.
 */
#ifndef YZ_CORE_NUMBER_H
#define YZ_CORE_NUMBER_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

#define YZ_NUMBER_TEXT_MAX 32 /* longest text of a decimal number */

/*
 * Reads [-+]digits[.digits]: no exponent, no spaces, no hexadecimal, no inf
 * or nan, digits on both sides of a point.
 *
 * text: any bytes, at most YZ_NUMBER_TEXT_MAX of them.
 * value: set on YZ_OK.  Correctly rounded for up to 15 significant digits,
 *     within two units in the last place for more; never -0.0.
 *
 * YZ_OK or YZ_BAD_INPUT.
 */
yz_status yz_number_parse_decimal(yz_span text, double *value);

/*
 * Reads digits, without a sign, as a number up to `max`.
 *
 * YZ_OK with *value set; YZ_BAD_INPUT if it is no run of digits; YZ_FULL if
 * it is one but lies above `max`.
 */
yz_status yz_number_parse_u32(yz_span text, uint32_t max, uint32_t *value);

#endif
