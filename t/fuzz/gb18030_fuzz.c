/*
 * Encodings: whatever is decoded is UTF-8 without NUL and byte order mark,
 * whatever is refused has a reason.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/load/input.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
decode(const uint8_t *data, size_t size, yz_encoding encoding)
{
    yz_input input = {.owned = malloc(size + 1)};
    yz_refusal refusal = {""};
    yz_status status;

    require(input.owned != NULL);
    if (size > 0) {
        memcpy(input.owned, data, size);
    }
    input.text = (yz_span){input.owned, size};
    status = yz_input_decode(&input, encoding, &refusal);
    require((status == YZ_OK) == (refusal.text[0] == '\0'));
    if (status == YZ_OK) {
        require(input.text.n > 0 && yz_utf8_valid(input.text));
        require(memchr(input.text.p, '\0', input.text.n) == NULL);
    }
    yz_input_free(&input);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode(data, size, YZ_ENCODING_SNIFF);
    decode(data, size, YZ_ENCODING_GB18030);
    return 0;
}
