/*
 * GeoJSON: any bytes either are read with rows whose cells lie in memory that
 * lives, or are refused with a reason.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/load/geojson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool
touch(void *context, const yz_raw_row *row, const yz_fault *fault)
{
    volatile char *sum = context;

    require(row->line > 0);
    for (int i = 0; i < YZ_COLUMN_COUNT && fault == NULL; i++) {
        if (row->present & YZ_COLUMN_BIT(i)) {
            for (size_t j = 0; j < row->cells[i].n; j++) {
                *sum ^= row->cells[i].p[j];
            }
        }
    }
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_renames renames = {0};
    yz_arena arena = YZ_ARENA_INIT;
    yz_noted_names names = {0};
    yz_refusal refusal = {""};
    char sum = 0;
    yz_status status =
        yz_geojson_read((yz_span){(const char *)data, size}, &renames, &arena,
                        touch, &sum, &names, &refusal);

    require((status == YZ_OK) == (refusal.text[0] == '\0'));
    yz_arena_free(&arena);
    return 0;
}
