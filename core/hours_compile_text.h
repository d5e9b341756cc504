/*
 * Evens out the characters of opening hours before a grammar reads them.
 * Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_TEXT_H
#define YZ_CORE_HOURS_COMPILE_TEXT_H

#include "core/limits.h"
#include "core/span.h"

typedef struct {
    char text[YZ_HOURS_MAX]; /* UTF-8, not terminated */
    size_t n;
    bool chinese; /* Chinese characters or Chinese punctuation occur */
} yz_hours_text;

/*
 * Rewrites `text`: full-width forms become ASCII, every dash and tilde `-`,
 * every blank a space, line ends `\n`, the traditional characters that
 * opening hours use simplified ones.
 *
 * text: any bytes.  out: filled when the answer is true.
 * Returns false when the text is longer than YZ_HOURS_MAX or no UTF-8.
 */
bool yz_hours_text_even(yz_span text, yz_hours_text *out);

#endif
