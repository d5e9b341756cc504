/*
 * Any bytes as the file of a load, with a hash that fits: read whole, each
 * place one that can be encoded again, or refused.
 */
#include "admin/load/load_file.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(const yz_load_file *file)
{
    static uint8_t encoded[YZ_PLACE_ENCODED_MAX];
    size_t at = file->references_at;
    size_t n;

    for (uint32_t i = 0; i < file->references; i++) {
        yz_span name, bytes;

        yz_load_file_reference(file, &at, &name, &bytes);
        if (name.n > 0 && bytes.n > 0 && name.p + name.n != bytes.p) {
            abort();
        }
    }
    if (at != file->places_at) {
        abort();
    }
    for (uint32_t i = 0; i < file->places; i++) {
        yz_place place;

        yz_load_file_place(file, &at, &place);
        if (yz_place_encode(&place, encoded, sizeof(encoded), &n) != YZ_OK) {
            abort();
        }
    }
    if (at != file->size) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    yz_load_file file;

    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data, size);
    if (yz_load_file_parse(bytes, size, &file) == YZ_OK) {
        walk(&file);
    }
    if (size >= 72 && yz_load_file_seal(bytes, size) == YZ_OK &&
        yz_load_file_parse(bytes, size, &file) == YZ_OK) {
        walk(&file);
    }
    free(bytes);
    return 0;
}
