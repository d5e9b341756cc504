/*
 * The receipt of a ticket: reading what people type, making new ones.  Used
 * by the daemon's tickets.
 */
#include "core/receipt.h"

#include <string.h>

#include "core/crockford.h"

yz_status
yz_receipt_normalise(yz_span text, char out[static YZ_RECEIPT_SIZE])
{
    return yz_crockford_normalise(text, YZ_RECEIPT_LENGTH, YZ_RECEIPT_TEXT_MAX,
                                  out);
}

void
yz_receipt_from_random(const uint8_t random[static YZ_RECEIPT_RANDOM],
                       char out[static YZ_RECEIPT_SIZE])
{
    yz_crockford_write(random, YZ_RECEIPT_LENGTH, out);
}

void
yz_receipt_print(const char receipt[static YZ_RECEIPT_LENGTH],
                 char out[static YZ_RECEIPT_PRINTED_SIZE])
{
    static const unsigned char groups[] = {5, 4, 4, 4};

    for (size_t i = 0; i < sizeof(groups); i++) {
        if (i > 0) {
            *out++ = '-';
        }
        memcpy(out, receipt, groups[i]);
        out += groups[i];
        receipt += groups[i];
    }
    *out = '\0';
}
