/*
 * Cursors: what is accepted is exactly what would have been written, with an
 * order key that compares and an id that fits.  The query hash is 0, so that
 * a fuzzer finds it.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span text = {(const char *)data, size};

    check(text, YZ_CURSOR_NEARBY);
    check(text, YZ_CURSOR_LIST);
    return 0;
}
