/*
 * Any bytes as the table of region names: what is accepted is sorted, has
 * each code once, and every name is found again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "lmdb_schema/region_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_region_names names;
    size_t line, i;

    if (yz_region_names_parse((yz_span){(const char *)data, size}, &names,
                              &line) != YZ_OK) {
        if (names.all != NULL) {
            abort();
        }
        return 0;
    }
    for (i = 0; i < names.count; i++) {
        if (!yz_span_equal(names.all[i].name,
                           yz_region_name_of(&names, names.all[i].code)) ||
            (i > 0 && names.all[i].code <= names.all[i - 1].code)) {
            abort();
        }
    }
    yz_region_names_free(&names);
    return 0;
}
