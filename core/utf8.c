/*
 * Checks of UTF-8 (RFC 3629).  Used by every parser of requests and files.
 */
#include "core/utf8.h"

#include <stdint.h>
#include <string.h>

#define BAD UINT32_MAX

static bool
is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/*
 * Decodes the character at `at`, of which `left` > 0 bytes are there, and
 * sets *size to its bytes; BAD if it is not well-formed.
 */
static uint32_t
character(const uint8_t *at, size_t left, size_t *size)
{
    uint8_t lead = at[0];
    uint32_t c;

    if (lead < 0x80) {
        *size = 1;
        return lead;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return BAD;
    }
    *size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (left < *size) {
        return BAD;
    }
    c = lead & (0x7fu >> *size);
    for (size_t i = 1; i < *size; i++) {
        if (!is_continuation(at[i])) {
            return BAD;
        }
        c = c << 6 | (at[i] & 0x3fu);
    }
    if ((*size == 3 && c < 0x800) || (c >= 0xd800 && c <= 0xdfff) ||
        (*size == 4 && c < 0x10000) || c > 0x10ffff) {
        return BAD;
    }
    return c;
}

bool
yz_utf8_valid(yz_span text)
{
    size_t size;

    for (size_t i = 0; i < text.n; i += size) {
        if (character((const uint8_t *)text.p + i, text.n - i, &size) == BAD) {
            return false;
        }
    }
    return true;
}

/* A character that shows, and leaves the line and its direction alone. */
static bool
is_plain(uint32_t c)
{
    if (c < 0x80) {
        return c >= 0x20 && c != 0x7f;
    }
    if (c < 0x2000) {
        return c > 0x9f && c != 0x61c;
    }
    if (c < 0x2100) {
        return c != 0x200e && c != 0x200f && !(c >= 0x2028 && c <= 0x202e) &&
               !(c >= 0x2066 && c <= 0x2069);
    }
    return c != 0xfeff && (c & 0xfffe) != 0xfffe;
}

/* True when eight bytes are ASCII from space to tilde. */
static bool
eight_printable(const char *at)
{
    const uint64_t high = 0x8080808080808080u;
    const uint64_t ones = 0x0101010101010101u;
    uint64_t bytes;

    memcpy(&bytes, at, sizeof(bytes));
    if ((bytes & high) != 0) {
        return false;
    }
    /* With no high bit set, one appears where a byte is below 0x20, or where
       it is 0x7f. */
    return (((bytes - 0x20 * ones) | (bytes + ones)) & high) == 0;
}

bool
yz_text_clean(yz_span text)
{
    size_t i = 0, size;
    uint32_t c;

    while (text.n - i >= 8 && eight_printable(text.p + i)) {
        i += 8;
    }
    for (; i < text.n; i += size) {
        c = character((const uint8_t *)text.p + i, text.n - i, &size);
        if (c == BAD || !is_plain(c)) {
            return false;
        }
    }
    return true;
}
