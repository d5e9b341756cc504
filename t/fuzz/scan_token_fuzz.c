/*
 * Scan tokens: what is accepted is exactly what would have been written.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/scan_token.h"

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
    uint8_t message[YZ_SCAN_MESSAGE_MAX];
    char again[YZ_SCAN_TOKEN_SIZE];
    yz_span text = {(const char *)data, size};
    yz_scan_token token;
    size_t n;

    n = yz_scan_token_message(text, 1, message);
    require((n != 0) == (size > 0 && size <= YZ_ID_MAX));
    if (yz_scan_token_read(text, &token) == YZ_OK) {
        yz_scan_token_write(token.algorithm, token.key_id, token.window,
                            token.tag, again);
        require(yz_span_equal(text, yz_span_of(again)));
    }
    return 0;
}
