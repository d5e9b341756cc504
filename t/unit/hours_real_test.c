/*
 * Protects: opening hours of real files (OpenStreetMap, a city's open data)
 * are understood, nearly all of them.  The files are not part of the
 * project; without them the test is skipped and says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/hours_compile.h"

/* Finds field `want` of a CSV line that has no line breaks in its fields. */
static yz_span
csv_field(const char *line, int want)
{
    bool quoted = false;
    const char *start = line;

    for (const char *p = line;; p++) {
        if (*p == '"') {
            quoted = !quoted;
        }
        if (*p == '\0' || *p == '\n' || (*p == ',' && !quoted)) {
            yz_span field = {start, (size_t)(p - start)};

            if (want-- == 0 || *p != ',') {
                if (field.n >= 2 && *field.p == '"') {
                    field = (yz_span){field.p + 1, field.n - 2};
                }
                return field;
            }
            start = p + 1;
        }
    }
}

/* Counts rows with hours, and those of them that are understood. */
static bool
real_file(const char *name, int *rows, int *understood)
{
    const char *dir = getenv("YIZHAN_SHARED_DATA");
    static char line[65536];
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "../shared/data",
             name);
    f = fopen(path, "rb");
    if (f == NULL) {
        return false;
    }
    while (fgets(line, sizeof(line), f) != NULL) {
        yz_span text = csv_field(line, 9);
        uint8_t blob[YZ_HOURS_BLOB_MAX];
        size_t size;

        if (text.n == 0 || yz_span_equal(text, YZ_SPAN("hours"))) {
            continue;
        }
        ++*rows;
        if (yz_hours_compile(text, blob, &size) == YZ_OK) {
            ++*understood;
        } else {
            print_message("not understood: %.*s\n", (int)text.n, text.p);
        }
    }
    fclose(f);
    return true;
}

static void
nearly_all_real_hours_are_understood(void **state)
{
    int rows = 0;
    int understood = 0;

    (void)state;
    if (!real_file("osm_hangzhou_amenity.csv", &rows, &understood) ||
        !real_file("taipei_civic.csv", &rows, &understood)) {
        print_message("SKIPPED: no real data; set YIZHAN_SHARED_DATA\n");
        skip();
    }
    assert_true(rows > 300);
    assert_true(understood * 100 >= rows * 99);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_real_hours_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
