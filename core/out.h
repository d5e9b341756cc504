/*
 * An append-only writer into a buffer of the caller's.  Overflow is sticky:
 * after the first piece that does not fit nothing is written any more, and
 * the caller looks at `full` once at the end.  The short functions are inline
 * because every answer is made of them.
 */
#ifndef YZ_CORE_OUT_H
#define YZ_CORE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/span.h"

typedef struct {
    char *p;    /* the caller's buffer */
    size_t n;   /* bytes written */
    size_t cap; /* bytes of the buffer */
    bool full;  /* something did not fit; it and all after it is missing */
} yz_out;

/* Starts writing into `cap` bytes at `buf`; `buf` may be NULL if cap is 0. */
static inline void
yz_out_init(yz_out *out, void *buf, size_t cap)
{
    out->p = buf;
    out->n = 0;
    out->cap = cap;
    out->full = false;
}

/*
 * Reserves `n` bytes and returns where they begin, for the caller to fill
 * all of them; NULL if they do not fit.
 */
static inline char *
yz_out_reserve(yz_out *out, size_t n)
{
    char *at;

    if (out->full || n > out->cap - out->n) {
        out->full = true;
        return NULL;
    }
    at = out->p + out->n;
    out->n += n;
    return at;
}

/* Appends `n` bytes at `bytes`, which may be NULL if n is 0. */
static inline void
yz_out_bytes(yz_out *out, const void *bytes, size_t n)
{
    char *at = yz_out_reserve(out, n);

    if (at != NULL && n > 0) {
        memcpy(at, bytes, n);
    }
}

/* Appends a string literal. */
#define YZ_OUT_LIT(out, literal)                                               \
    yz_out_bytes((out), "" literal, sizeof(literal) - 1)

/* Appends `text` as it is. */
static inline void
yz_out_span(yz_out *out, yz_span text)
{
    yz_out_bytes(out, text.p, text.n);
}

/* Appends the NUL-terminated `text` as it is. */
static inline void
yz_out_text(yz_out *out, const char *text)
{
    yz_out_bytes(out, text, strlen(text));
}

/* Appends one byte. */
static inline void
yz_out_char(yz_out *out, char c)
{
    char *at = yz_out_reserve(out, 1);

    if (at != NULL) {
        *at = c;
    }
}

/* What was written so far; valid as long as the buffer. */
static inline yz_span
yz_out_written(const yz_out *out)
{
    return (yz_span){out->p, out->n};
}

/* Appends a number in decimal. */
void yz_out_u64(yz_out *out, uint64_t value);
void yz_out_i64(yz_out *out, int64_t value);

/*
 * Appends degrees times 10^7 as the shortest decimal of degrees: 120.3826,
 * -0.5, 0; never an exponent, no zeros at the end.
 */
void yz_out_e7(yz_out *out, int32_t value_e7);

/*
 * Appends `value` rounded to one decimal: 0.0, 12.3.  Below 10^15 only; a
 * value that is negative, larger or NaN is written as null, so that JSON
 * stays JSON.
 */
void yz_out_fixed1(yz_out *out, double value);

/* Appends `n` bytes as 2n hexadecimal digits, small letters. */
void yz_out_hex(yz_out *out, const void *bytes, size_t n);

/*
 * Appends `text` as a JSON string with its quotes.  Quotes, backslashes and
 * control characters are escaped, and '<' too, so that the JSON may stand
 * inside an HTML script element.  `text` must be UTF-8; other bytes are not
 * mended.
 */
void yz_out_json(yz_out *out, yz_span text);

/* Appends `text` with & < > " ' escaped, for HTML text and attributes. */
void yz_out_html(yz_out *out, yz_span text);

/*
 * Appends `text` as one field of CSV (RFC 4180), quoted when it holds a
 * quote, comma or line break, or begins or ends with a space.  With
 * `formula_safe` a field that a spreadsheet would compute (it begins with
 * = + - @ or, behind whitespace or control characters, one of these) gets an
 * apostrophe before it.
 */
void yz_out_csv(yz_out *out, yz_span text, bool formula_safe);

/*
 * Appends `text` percent-encoded: letters, digits and - . _ ~ stay, every
 * other byte becomes %XX (RFC 3986, section 2.1).
 */
void yz_out_percent(yz_out *out, yz_span text);

#endif
