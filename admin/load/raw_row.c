/*
 * Notes about columns that are not loaded.  Used by table.c and geojson.c.
 */
#include "admin/load/raw_row.h"

void
yz_noted_names_add(yz_noted_names *names, yz_column column, yz_span name)
{
    bool personal = column == YZ_COLUMN_PERSONAL;
    yz_span *list = personal ? names->personal : names->unknown;
    size_t *count = personal ? &names->personal_count : &names->unknown_count;

    for (size_t i = 0; i < *count; i++) {
        if (yz_span_equal(list[i], name)) {
            return;
        }
    }
    if (*count < YZ_NOTED_NAMES_MAX) {
        list[(*count)++] = name;
    }
}
