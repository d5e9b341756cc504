/*
 * The code inside a QR code: reading what people type, making new ones.  The
 * module normalises every scanned path with it, the command makes codes.
 */
#include "core/code.h"

#include <string.h>

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
yz_code_normalise(yz_span text, char out[static YZ_CODE_SIZE])
{
    unsigned check = 0;
    size_t n = 0;

    if (text.n < YZ_CODE_LENGTH || text.n > YZ_CODE_TEXT_MAX) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < text.n; i++) {
        unsigned symbol = symbols[(uint8_t)text.p[i]];

        if (symbol == SKIP) {
            continue;
        }
        if (symbol == 0 || n == YZ_CODE_LENGTH) {
            return YZ_BAD_INPUT;
        }
        check = times_a(check) ^ (symbol - 1);
        out[n++] = alphabet[symbol - 1];
    }
    if (n != YZ_CODE_LENGTH || check != 0) {
        return YZ_BAD_INPUT;
    }
    out[n] = '\0';
    return YZ_OK;
}

void
yz_code_from_random(const uint8_t random[static 8],
                    char out[static YZ_CODE_SIZE])
{
    uint64_t bits = 0;
    unsigned check = 0;

    for (int i = 0; i < 8; i++) {
        bits = bits << 8 | random[i];
    }
    for (int i = 0; i < YZ_CODE_LENGTH - 1; i++) {
        unsigned value = (unsigned)(bits >> 59);

        out[i] = alphabet[value];
        check = times_a(check) ^ value;
        bits <<= 5;
    }
    /* The last symbol has weight 1: it is what the others still lack. */
    out[YZ_CODE_LENGTH - 1] = alphabet[times_a(check)];
    out[YZ_CODE_LENGTH] = '\0';
}

void
yz_code_print(const char code[static YZ_CODE_LENGTH],
              char out[static YZ_CODE_PRINTED_SIZE])
{
    memcpy(out, code, 5);
    out[5] = '-';
    memcpy(out + 6, code + 5, 4);
    out[10] = '-';
    memcpy(out + 11, code + 9, 4);
    out[YZ_CODE_PRINTED_LENGTH] = '\0';
}
