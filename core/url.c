/*
 * Percent-decoding.  The module decodes paths and query strings with it.
 */
#include "core/url.h"

#include <stdint.h>

#include "core/utf8.h"

/* The value of a hexadecimal digit, or -1. */
static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The byte of the escape at `at`, of which `left` bytes are there, or -1. */
static int
escape_value(const char *at, size_t left)
{
    int high;
    int low;

    if (left < 3) {
        return -1;
    }
    high = hex_value(at[1]);
    low = hex_value(at[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

yz_status
yz_url_decode(yz_span text, bool plus_is_space, char *buf, size_t cap,
              yz_span *decoded)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        int byte = (uint8_t)text.p[i];

        if (byte == '%') {
            byte = escape_value(text.p + i, text.n - i);
            if (byte < 0) {
                return YZ_BAD_INPUT;
            }
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        if (n == cap) {
            return YZ_FULL;
        }
        buf[n++] = (char)byte;
    }
    *decoded = (yz_span){buf, n};
    return yz_text_clean(*decoded) ? YZ_OK : YZ_BAD_INPUT;
}
