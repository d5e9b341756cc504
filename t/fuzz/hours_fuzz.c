/*
 * Fuzzes opening hours from both sides: the input as text for the compiler,
 * whose bytes must pass the check, and the input as bytes from the map,
 * which must be safe to ask once they pass.  What is answered has to be
 * coherent: the next change lies ahead, and nothing changes before it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"
#include "core/civil_time.h"
#include "core/hours.h"
#include "core/hours_compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char holidays[] = "2026-01-01,off,a\n2026-02-14,work,a\n"
                               "2026-02-16,off,a\n2026-05-01,off,a\n";

static void
require(int truth)
{
    if (!truth) {
        abort();
    }
}

static void
ask(const uint8_t *blob, size_t size, const uint8_t *calendar,
    size_t calendar_size)
{
    static const int64_t moments[] = {YZ_UNIX_MIN_S, 1767196799, 1771171200,
                                      1777564800,    1798732740, YZ_UNIX_MAX_S};

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        yz_hours_state now =
            yz_hours_at(blob, size, calendar, calendar_size, moments[i]);

        require(now.open >= -1 && now.open <= 1);
        require(now.until_s > moments[i]);
        if (now.until_s != INT64_MAX) {
            yz_hours_state before = yz_hours_at(blob, size, calendar,
                                                calendar_size, now.until_s - 1);

            require(now.until_s % 60 == 0);
            require(before.open == now.open);
        }
    }
}

static void
compile_and_ask(const uint8_t *data, size_t size, const uint8_t *calendar,
                size_t calendar_size)
{
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t blob_size;
    uint8_t *exact;

    if (yz_hours_compile((yz_span){(const char *)data, size}, blob,
                         &blob_size) != YZ_OK) {
        return;
    }
    exact = malloc(blob_size);
    require(exact != NULL);
    memcpy(exact, blob, blob_size);
    require(yz_hours_check(exact, blob_size) == YZ_OK);
    ask(exact, blob_size, calendar, calendar_size);
    ask(exact, blob_size, NULL, 0);
    free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t calendar[YZ_CALENDAR_BLOB_MAX];
    static size_t calendar_size;
    size_t bad_line;

    if (calendar_size == 0) {
        require(yz_calendar_compile((yz_span){holidays, sizeof(holidays) - 1},
                                    calendar, sizeof(calendar), &calendar_size,
                                    &bad_line) == YZ_OK);
    }
    compile_and_ask(data, size, calendar, calendar_size);
    if (yz_hours_check(data, size) == YZ_OK) {
        ask(data, size, calendar, calendar_size);
        ask(data, size, NULL, 0);
    }
    return 0;
}
