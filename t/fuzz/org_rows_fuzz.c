/*
 * Any bytes as the file of `yizhan org import`: rows in the order of their
 * depth, each with a path that its name and parent make up, or faults.
 */
#include "admin/command/org_import.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
count_fault(void *context, uint64_t line, const char *reason)
{
    require(line > 0 && reason[0] != '\0');
    *(size_t *)context += 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_arena arena = YZ_ARENA_OF(8192);
    yz_org_rows rows;
    size_t faults = 0;
    yz_status status = yz_org_rows_read((yz_span){(const char *)data, size},
                                        &arena, &rows, count_fault, &faults);

    require(status == YZ_OK || (status == YZ_BAD_INPUT && faults > 0));
    require(status != YZ_OK || faults == 0);
    for (size_t i = 0; i < rows.count && status == YZ_OK; i++) {
        const yz_org_row *row = &rows.rows[i];

        require(row->depth >= 1 && row->depth <= 16 && row->kind != NULL);
        require(row->name.n >= 1 && row->name.n <= 128);
        require(row->path.n ==
                row->name.n + row->parent.n + (row->parent.n > 0));
        require(i == 0 || rows.rows[i - 1].depth <= row->depth);
    }
    yz_arena_free(&arena);
    return 0;
}
