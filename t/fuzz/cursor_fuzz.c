/*
 * Cursors: what is accepted is exactly what would have been written, with an
 * order key that compares and an id that fits.  The query hash is 0, so that
 * a fuzzer finds it; bytes get the check that they lack.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base64url.h"
#include "core/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void
check(yz_span text, yz_cursor_kind kind)
{
    char again[YZ_CURSOR_SIZE];
    yz_cursor_fault fault;
    yz_cursor cursor;

    if (yz_cursor_read(text, kind, 0, &cursor, &fault) != YZ_OK) {
        require(fault != YZ_CURSOR_FINE);
        return;
    }
    require(fault == YZ_CURSOR_FINE && cursor.kind == kind);
    require(cursor.id_n <= YZ_ID_MAX);
    require(isfinite(cursor.distance) && cursor.distance >= 0);
    require(yz_cursor_write(&cursor, 0, again) == text.n);
    require(memcmp(again, text.p, text.n) == 0);
}

/* The bytes as base64url with their CRC-32; its length. */
static size_t
with_check(const uint8_t *data, size_t size, char *text)
{
    uint8_t bytes[YZ_CURSOR_BYTES_MAX];
    uint32_t crc = UINT32_MAX;

    for (size_t bit = 0; bit < 8 * size; bit++) {
        crc ^= data[bit / 8] >> bit % 8 & 1u;
        crc = crc >> 1 ^ ((crc & 1u) != 0 ? UINT32_C(0xedb88320) : 0);
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = data[i];
    }
    for (size_t i = 0; i < 4; i++) {
        bytes[size + i] = (uint8_t)(~crc >> (24 - 8 * i));
    }
    return yz_base64url_encode(bytes, size + 4, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span text = {(const char *)data, size};
    char checked[YZ_CURSOR_SIZE];

    check(text, YZ_CURSOR_NEARBY);
    check(text, YZ_CURSOR_LIST);
    if (size <= YZ_CURSOR_BYTES_MAX - 4) {
        text = (yz_span){checked, with_check(data, size, checked)};
        check(text, YZ_CURSOR_NEARBY);
        check(text, YZ_CURSOR_LIST);
    }
    return 0;
}
