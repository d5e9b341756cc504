/*
 * Crockford's base 32 (0-9 A-Z without I L O U) with one check symbol of the
 * same alphabet at the end: the text form of codes and receipts, which people
 * read out and type.
 *
 * Check: with symbols s0..sn as elements of GF(32) (x^5 + x^2 + 1, a = x),
 *
 *     s0*a^n + s1*a^(n-1) + ... + s(n-1)*a + sn = 0
 *
 * Up to 31 symbols the weights are different and none is zero, so every
 * single wrong symbol and every swap of two symbols, adjacent or not, is
 * caught; of other errors 31 in 32.  It guards against typing, not against
 * guessing.
 */
#ifndef YZ_CORE_CROCKFORD_H
#define YZ_CORE_CROCKFORD_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

#define YZ_CROCKFORD_LENGTH_MAX 31

/*
 * Turns what someone typed into the one form that is stored: capitals, no
 * hyphens.  Small letters, hyphens anywhere, I and L for 1 and O for 0 are
 * forgiven.
 *
 * text: any bytes; more than `text_max` of them are refused unread.
 * length: symbols wanted with the check, 2..YZ_CROCKFORD_LENGTH_MAX.
 * out: receives `length` symbols and a NUL on YZ_OK, undefined otherwise.
 *
 * YZ_OK, or YZ_BAD_INPUT (length, symbol, check).
 */
yz_status yz_crockford_normalise(yz_span text, size_t length, size_t text_max,
                                 char *out);

/*
 * Writes the first 5 * (length - 1) bits of `random` as symbols, then the
 * check symbol and a NUL.
 *
 * length: as above.  random: as many bytes as those bits take.
 */
void yz_crockford_write(const uint8_t *random, size_t length, char *out);

#endif
