/*
 * The code inside a QR code: 60 random bits as 12 symbols, and a check symbol
 * (core/crockford.h).  The check guards against typing; the 60 bits guard
 * against guessing.
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
