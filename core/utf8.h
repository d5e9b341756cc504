/*
 * Is this text?  Checks of bytes from outside before they become part of a
 * key, a record or an answer.
 */
#ifndef YZ_CORE_UTF8_H
#define YZ_CORE_UTF8_H

#include <stdbool.h>

#include "core/span.h"

/*
 * Tells whether `text` is well-formed UTF-8 (RFC 3629): no overlong form, no
 * surrogate, nothing above U+10FFFF, no sequence cut at the end.  Control
 * characters are allowed; the empty text is valid.
 */
bool yz_utf8_valid(yz_span text);

/*
 * Tells whether `text` is well-formed UTF-8 that shows as one plain line: no
 * C0 or C1 control character (so no NUL, tab or line break), no DEL, no line
 * or paragraph separator (U+2028, U+2029), no mark, embedding, override or
 * isolate that changes the writing direction (U+061C, U+200E, U+200F, U+202A
 * to U+202E, U+2066 to U+2069), no U+FEFF and no noncharacter U+nFFFE, U+nFFFF.
 */
bool yz_text_clean(yz_span text);

#endif
