/*
 * Codes: what is accepted has one form, which is accepted as itself and in
 * its printed form.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char code[YZ_CODE_SIZE];
    char again[YZ_CODE_SIZE];
    char printed[YZ_CODE_PRINTED_SIZE];

    if (size >= 8) {
        yz_code_from_random(data, code);
        require(yz_code_normalise(yz_span_of(code), again) == YZ_OK);
        require(memcmp(code, again, sizeof(code)) == 0);
    }
    if (yz_code_normalise((yz_span){(const char *)data, size}, code) != YZ_OK) {
        return 0;
    }
    require(yz_code_normalise(yz_span_of(code), again) == YZ_OK);
    require(memcmp(code, again, sizeof(code)) == 0);
    yz_code_print(code, printed);
    require(yz_code_normalise(yz_span_of(printed), again) == YZ_OK);
    require(memcmp(code, again, sizeof(code)) == 0);
    return 0;
}
