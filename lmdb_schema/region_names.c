/*
 * Reads the table of region names and looks in it.  Runs in the writer only;
 * called by the projection.
 */
#include "lmdb_schema/region_names.h"
#include "core/utf8.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 256

/* Takes the next line off *rest, without its end. */
static yz_span
take_line(yz_span *rest)
{
    const char *end = memchr(rest->p, '\n', rest->n);
    yz_span line = {rest->p, end != NULL ? (size_t)(end - rest->p) : rest->n};
    size_t taken = end != NULL ? line.n + 1 : line.n;

    rest->p += taken;
    rest->n -= taken;
    if (line.n > 0 && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    return line;
}

/* Reads `dddddd,name`. */
static bool
parse_line(yz_span line, yz_region_name *name)
{
    uint32_t code = 0;
    int i;

    if (line.n < 8 || line.p[6] != ',' || line.n - 7 > NAME_MAX_BYTES) {
        return false;
    }
    for (i = 0; i < 6; i++) {
        if (line.p[i] < '0' || line.p[i] > '9') {
            return false;
        }
        code = code * 10 + (uint32_t)(line.p[i] - '0');
    }
    name->code = code;
    name->name = (yz_span){line.p + 7, line.n - 7};
    return code >= 100000 && yz_text_clean(name->name) &&
           memchr(name->name.p, ',', name->name.n) == NULL &&
           memchr(name->name.p, '"', name->name.n) == NULL;
}

static int
compare_names(const void *a, const void *b)
{
    uint32_t x = ((const yz_region_name *)a)->code;
    uint32_t y = ((const yz_region_name *)b)->code;

    return x < y ? -1 : x > y;
}

/* Reads all lines into names->all, which has room for one each. */
static yz_status
parse_lines(yz_region_names *names, yz_span rest, size_t *line)
{
    size_t i;

    for (*line = 1; rest.n > 0; (*line)++) {
        yz_span text = take_line(&rest);

        if (text.n == 0 ||
            (*line == 1 && yz_span_equal(text, YZ_SPAN("code,name")))) {
            continue;
        }
        if (!parse_line(text, &names->all[names->count])) {
            return YZ_BAD_INPUT;
        }
        names->count++;
    }
    qsort(names->all, names->count, sizeof(*names->all), compare_names);
    for (i = 1; i < names->count; i++) {
        if (names->all[i].code == names->all[i - 1].code) {
            *line = 0;
            return YZ_BAD_INPUT;
        }
    }
    return YZ_OK;
}

yz_status
yz_region_names_parse(yz_span csv, yz_region_names *names, size_t *line)
{
    size_t lines = 1, i;
    yz_status status;

    *line = 0;
    memset(names, 0, sizeof(*names));
    if (csv.n >= 3 && memcmp(csv.p, "\xef\xbb\xbf", 3) == 0) {
        csv.p += 3;
        csv.n -= 3;
    }
    for (i = 0; i < csv.n; i++) {
        lines += csv.p[i] == '\n';
    }
    names->bytes = malloc(csv.n + 1);
    names->all = malloc(lines * sizeof(*names->all));
    if (names->bytes == NULL || names->all == NULL) {
        yz_region_names_free(names);
        return YZ_NOMEM;
    }
    if (csv.n > 0) {
        memcpy(names->bytes, csv.p, csv.n);
    }
    names->size = csv.n;
    status = parse_lines(names, (yz_span){names->bytes, csv.n}, line);
    if (status != YZ_OK) {
        yz_region_names_free(names);
    }
    return status;
}

yz_status
yz_region_names_keep(yz_span csv, yz_region_names *names)
{
    size_t line;

    if (names->bytes != NULL &&
        yz_span_equal(csv, (yz_span){names->bytes, names->size})) {
        return YZ_OK;
    }
    yz_region_names_free(names);
    return yz_region_names_parse(csv, names, &line);
}

void
yz_region_names_free(yz_region_names *names)
{
    free(names->all);
    free(names->bytes);
    memset(names, 0, sizeof(*names));
}

yz_span
yz_region_name_of(const yz_region_names *names, uint32_t code)
{
    yz_region_name wanted = {.code = code};
    const yz_region_name *found = NULL;

    if (names->count > 0) {
        found = bsearch(&wanted, names->all, names->count, sizeof(*names->all),
                        compare_names);
    }
    return found != NULL ? found->name : (yz_span){"", 0};
}

yz_region_levels
yz_region_levels_of(uint32_t region)
{
    uint32_t codes[3] = {region / 10000 * 10000, region / 100 * 100, region};
    yz_region_levels levels = {{0, 0, 0}, 0};
    int i;

    if (region == 0) {
        return levels;
    }
    for (i = 0; i < 3; i++) {
        if (levels.count == 0 || levels.code[levels.count - 1] != codes[i]) {
            levels.code[levels.count++] = codes[i];
        }
    }
    return levels;
}

void
yz_region_name_full(const yz_region_names *names, uint32_t region, yz_out *out)
{
    yz_region_levels levels = yz_region_levels_of(region);
    int i;

    for (i = 0; i < levels.count; i++) {
        yz_out_span(out, yz_region_name_of(names, levels.code[i]));
    }
}
