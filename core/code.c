/*
 * The code inside a QR code: reading what people type, making new ones.  The
 * module normalises every scanned path with it, the command makes codes.
 */
#include "core/code.h"

#include <string.h>

#include "core/crockford.h"

yz_status
yz_code_normalise(yz_span text, char out[static YZ_CODE_SIZE])
{
    return yz_crockford_normalise(text, YZ_CODE_LENGTH, YZ_CODE_TEXT_MAX, out);
}

void
yz_code_from_random(const uint8_t random[static 8],
                    char out[static YZ_CODE_SIZE])
{
    yz_crockford_write(random, YZ_CODE_LENGTH, out);
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
