/*
 * Percent-decoding: what decodes is clean, no longer than its source, and
 * comes back from its own percent-encoding.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/out.h"
#include "core/url.h"
#include "core/utf8.h"

#define ROOM 4096

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
    static char once[ROOM];
    static char encoded[3 * ROOM];
    static char twice[ROOM];
    yz_span text = {(const char *)data, size};
    yz_span decoded;
    yz_span again;
    yz_out out;

    if (size > ROOM ||
        yz_url_decode(text, size % 2 == 0, once, size, &decoded) != YZ_OK) {
        return 0;
    }
    require(decoded.n <= size && yz_text_clean(decoded));
    require(yz_utf8_valid(decoded));
    yz_out_init(&out, encoded, sizeof(encoded));
    yz_out_percent(&out, decoded);
    require(yz_url_decode(yz_out_written(&out), true, twice, decoded.n,
                          &again) == YZ_OK);
    require(yz_span_equal(decoded, again));
    return 0;
}
