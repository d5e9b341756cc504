/*
 * Fuzzes the holiday table from both sides: the input as a file, whose bytes
 * must pass the check, and the input as bytes from the map, which must be
 * safe to look days up in once they pass.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/calendar.h"
#include "core/civil_time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void
look_up(const uint8_t *blob, size_t size)
{
    for (int64_t day = -365; day <= YZ_CIVIL_DAY_MAX; day += 997) {
        yz_day_class c = yz_calendar_day(blob, size, day);

        require(c >= YZ_DAY_PLAIN && c <= YZ_DAY_UNKNOWN);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    yz_span csv = {(const char *)data, size};
    size_t blob_size = 0;
    size_t bad_line = 0;

    if (yz_calendar_compile(csv, blob, sizeof(blob), &blob_size, &bad_line) ==
        YZ_OK) {
        require(yz_calendar_check(blob, blob_size) == YZ_OK);
        look_up(blob, blob_size);
    }
    if (yz_calendar_check(data, size) == YZ_OK) {
        look_up(data, size);
    }
    return 0;
}
