/*
 * Receipts: what is accepted has one form, which is accepted as itself and in
 * its printed form.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/receipt.h"

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
    char receipt[YZ_RECEIPT_SIZE];
    char again[YZ_RECEIPT_SIZE];
    char printed[YZ_RECEIPT_PRINTED_SIZE];

    if (size >= YZ_RECEIPT_RANDOM) {
        yz_receipt_from_random(data, receipt);
        require(yz_receipt_normalise(yz_span_of(receipt), again) == YZ_OK);
        require(memcmp(receipt, again, sizeof(receipt)) == 0);
    }
    if (yz_receipt_normalise((yz_span){(const char *)data, size}, receipt) !=
        YZ_OK) {
        return 0;
    }
    yz_receipt_print(receipt, printed);
    require(yz_receipt_normalise(yz_span_of(printed), again) == YZ_OK);
    require(memcmp(receipt, again, sizeof(receipt)) == 0);
    return 0;
}
