/*
 * Symbols that people type, and their check.  Used by codes and receipts.
 */
#include "core/crockford.h"

static const char alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/*
 * Value + 1 of each character that can stand for a symbol, SKIP for a hyphen,
 * 0 for all others.
 */
#define SKIP 33

static const uint8_t symbols[256] = {
    ['-'] = SKIP, ['0'] = 1,  ['O'] = 1,  ['o'] = 1,  ['1'] = 2,  ['I'] = 2,
    ['i'] = 2,    ['L'] = 2,  ['l'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,
    ['5'] = 6,    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11,
    ['a'] = 11,   ['B'] = 12, ['b'] = 12, ['C'] = 13, ['c'] = 13, ['D'] = 14,
    ['d'] = 14,   ['E'] = 15, ['e'] = 15, ['F'] = 16, ['f'] = 16, ['G'] = 17,
    ['g'] = 17,   ['H'] = 18, ['h'] = 18, ['J'] = 19, ['j'] = 19, ['K'] = 20,
    ['k'] = 20,   ['M'] = 21, ['m'] = 21, ['N'] = 22, ['n'] = 22, ['P'] = 23,
    ['p'] = 23,   ['Q'] = 24, ['q'] = 24, ['R'] = 25, ['r'] = 25, ['S'] = 26,
    ['s'] = 26,   ['T'] = 27, ['t'] = 27, ['V'] = 28, ['v'] = 28, ['W'] = 29,
    ['w'] = 29,   ['X'] = 30, ['x'] = 30, ['Y'] = 31, ['y'] = 31, ['Z'] = 32,
    ['z'] = 32,
};

/* a * v in GF(32), a = x, modulo x^5 + x^2 + 1. */
static unsigned
times_a(unsigned v)
{
    return (v << 1) ^ ((v >> 4) * 0x25);
}

yz_status
yz_crockford_normalise(yz_span text, size_t length, size_t text_max, char *out)
{
    unsigned check = 0;
    size_t n = 0;

    if (text.n < length || text.n > text_max) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned symbol = symbols[(uint8_t)text.p[i]];

        if (symbol == SKIP) {
            continue;
        }
        if (symbol == 0 || n == length) {
            return YZ_BAD_INPUT;
        }
        check = times_a(check) ^ (symbol - 1);
        out[n++] = alphabet[symbol - 1];
    }
    if (n != length || check != 0) {
        return YZ_BAD_INPUT;
    }
    out[n] = '\0';
    return YZ_OK;
}

void
yz_crockford_write(const uint8_t *random, size_t length, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    unsigned check = 0;

    for (size_t i = 0; i < length - 1; i++) {
        unsigned value;

        if (have < 5) {
            bits = bits << 8 | *random++;
            have += 8;
        }
        have -= 5;
        value = bits >> have & 31;
        out[i] = alphabet[value];
        check = times_a(check) ^ value;
    }
    /* The last symbol has weight 1: it is what the others still lack. */
    out[length - 1] = alphabet[times_a(check)];
    out[length] = '\0';
}
