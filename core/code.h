/*
 * The code inside a QR code: 60 random bits as 12 symbols of Crockford's
 * base 32 (0-9 A-Z without I L O U), and one check symbol of the same
 * alphabet at the end.
 *
 * Check: with symbols s0..s12 as elements of GF(32) (x^5 + x^2 + 1, a = x),
 *
 *     s0*a^12 + s1*a^11 + ... + s11*a + s12 = 0
 *
 * The weights are different and none is zero, so every single wrong symbol
 * and every swap of two symbols, adjacent or not, is caught; of other errors
 * 31 in 32.  It guards against typing, not against guessing: that is what the
 * 60 bits are for.
 */
#ifndef YZ_CORE_CODE_H
#define YZ_CORE_CODE_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

#define YZ_CODE_LENGTH 13                 /* symbols of a code */
#define YZ_CODE_SIZE (YZ_CODE_LENGTH + 1) /* with NUL */
#define YZ_CODE_PRINTED_LENGTH 15         /* 5-4-4 symbols */
#define YZ_CODE_PRINTED_SIZE (YZ_CODE_PRINTED_LENGTH + 1)
#define YZ_CODE_TEXT_MAX 32 /* longest text that can still be a code */

/*
 * Turns what someone scanned or typed into the one form that is stored:
 * capitals, no hyphens.  Small letters, hyphens anywhere, I and L for 1 and O
 * for 0 are forgiven.
 *
 * text: any bytes, already percent-decoded.
 * out: YZ_CODE_LENGTH symbols and a NUL on YZ_OK, undefined otherwise.
 *
 * YZ_OK, or YZ_BAD_INPUT for anything that no code can be (length, symbol,
 * check), which costs no more than reading YZ_CODE_TEXT_MAX bytes.
 */
yz_status yz_code_normalise(yz_span text, char out[static YZ_CODE_SIZE]);

/*
 * Makes a code from the first 60 bits of `random`, which the caller drew from
 * the system's random source; the last 4 bits are not used.  `out` receives
 * YZ_CODE_LENGTH symbols and a NUL.
 */
void yz_code_from_random(const uint8_t random[static 8],
                         char out[static YZ_CODE_SIZE]);

/*
 * Writes the form for people: 5-4-4 symbols between hyphens, and a NUL.
 *
 * code: YZ_CODE_LENGTH symbols as yz_code_normalise() gives them.
 */
void yz_code_print(const char code[static YZ_CODE_LENGTH],
                   char out[static YZ_CODE_PRINTED_SIZE]);

#endif
