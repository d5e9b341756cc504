/*
 * CSV: no bytes make the reader step outside of them, every record makes
 * progress, and raw records are pieces of the text in order.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/load/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Reads every byte, so that ASan sees where it lies. */
static void
touch(yz_span field)
{
    static volatile char sink;

    for (size_t i = 0; i < field.n; i++) {
        sink = field.p[i];
    }
    (void)sink;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static yz_csv csv;
    yz_arena arena = YZ_ARENA_INIT;
    yz_csv_record record;
    const char *last = (const char *)data;
    uint64_t line = 0;

    yz_csv_init(&csv, (yz_span){(const char *)data, size}, &arena);
    while (yz_csv_next(&csv, &record)) {
        require(record.line > line && record.count > 0);
        require(record.raw.p >= last && record.raw.n > 0);
        require(record.raw.p + record.raw.n <= (const char *)data + size);
        line = record.line;
        last = record.raw.p + record.raw.n;
        for (size_t i = 0; i < record.count; i++) {
            touch(record.fields[i]);
        }
    }
    require(csv.at == size);
    yz_arena_free(&arena);
    return 0;
}
