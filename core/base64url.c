/*
 * Base64 with the URL-safe alphabet, no padding.  Used by cursors and tokens.
 */
#include "core/base64url.h"

static const char alphabet[65] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The six bits of a character plus 1; 0: outside of the alphabet. */
static const uint8_t sextets[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
    ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64};

size_t
yz_base64url_encode(const uint8_t *bytes, size_t n, char *text)
{
    char *at = text;
    size_t i;

    for (i = 0; i + 3 <= n; i += 3) {
        uint32_t v = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 |
                     bytes[i + 2];

        *at++ = alphabet[v >> 18];
        *at++ = alphabet[v >> 12 & 63];
        *at++ = alphabet[v >> 6 & 63];
        *at++ = alphabet[v & 63];
    }
    if (i < n) {
        uint32_t v = (uint32_t)bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0);

        *at++ = alphabet[v >> 10];
        *at++ = alphabet[v >> 4 & 63];
        if (i + 1 < n) {
            *at++ = alphabet[v << 2 & 63];
        }
    }
    return (size_t)(at - text);
}

yz_status
yz_base64url_decode(yz_span text, uint8_t *bytes, size_t cap, size_t *n)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;

    *n = 0;
    if (text.n % 4 == 1) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < text.n; i++) {
        uint32_t v = sextets[(uint8_t)text.p[i]];

        if (v == 0) {
            return YZ_BAD_INPUT;
        }
        bits = (bits << 6 | (v - 1)) & 0xfff;
        bit_count += 6;
        if (bit_count >= 8) {
            if (*n == cap) {
                return YZ_FULL;
            }
            bit_count -= 8;
            bytes[(*n)++] = (uint8_t)(bits >> bit_count);
        }
    }
    return (bits & ((1u << bit_count) - 1)) == 0 ? YZ_OK : YZ_BAD_INPUT;
}
