/*
 * Any bytes as the encoding of a place: what decodes must encode to the same
 * bytes again, and nothing may read outside.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lmdb_schema/place.h"
#include "lmdb_schema/place_check.h"
#include "lmdb_schema/place_render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t record[YZ_PLACE_RECORD_MAX];
    uint8_t again[YZ_PLACE_ENCODED_MAX];
    const yz_place_words words = {0, 0, 0};
    const yz_region_names names = {0};
    yz_place place;
    size_t n = 0;

    if (yz_place_decode(data, size, &place) != YZ_OK) {
        return 0;
    }
    if (yz_place_encode(&place, again, sizeof(again), &n) != YZ_OK ||
        n != size || memcmp(again, data, size) != 0) {
        abort();
    }
    if (yz_place_check(&place) == NULL &&
        yz_place_render(&place, &words, &names, record, &n) != YZ_OK) {
        abort();
    }
    return 0;
}
