/*
 * Codes and names of regions (GB/T 2260): two digits of the province, two of
 * the city, two of the district.  Used by row.c and the command line.
 */
#include "admin/load/regions.h"

#include <stdlib.h>

#include "admin/load/columns.h"
#include "core/number.h"

/* The piece of `text` before its next `stop`, and takes it off. */
static yz_span
cut_at(yz_span *text, char stop)
{
    const char *at = text->n > 0 ? memchr(text->p, stop, text->n) : NULL;
    size_t n = at == NULL ? text->n : (size_t)(at - text->p);
    yz_span piece = {text->p, n};

    text->p += n + (at != NULL);
    text->n -= n + (at != NULL);
    return piece;
}

static int
compare_codes(const void *a, const void *b)
{
    const yz_region *x = a;
    const yz_region *y = b;

    return x->code < y->code ? -1 : x->code > y->code;
}

static bool
read_line(yz_span line, yz_region *region)
{
    yz_span code = yz_text_trim(cut_at(&line, ','));

    region->name = yz_text_trim(line);
    return code.n == 6 && region->name.n > 0 &&
           yz_number_parse_u32(code, 999999, &region->code) == YZ_OK;
}

yz_status
yz_regions_read(yz_span csv, yz_regions *regions, yz_refusal *refusal)
{
    size_t line = 0;
    size_t lines = 1;

    for (size_t i = 0; i < csv.n; i++) {
        lines += csv.p[i] == '\n';
    }
    *regions = (yz_regions){calloc(lines, sizeof(yz_region)), 0};
    if (regions->items == NULL) {
        return YZ_NOMEM;
    }
    while (csv.n > 0) {
        yz_span text = cut_at(&csv, '\n');

        if (++line == 1 || yz_text_trim(text).n == 0) {
            continue;
        }
        if (!read_line(text, &regions->items[regions->count++])) {
            yz_refuse(refusal,
                      "line %zu of the table of regions is not "
                      "code,name",
                      line);
            yz_regions_free(regions);
            return YZ_BAD_INPUT;
        }
    }
    qsort(regions->items, regions->count, sizeof(yz_region), compare_codes);
    return YZ_OK;
}

const yz_region *
yz_regions_find(const yz_regions *regions, uint32_t code)
{
    yz_region key = {.code = code};

    if (regions->count == 0) {
        return NULL;
    }
    return bsearch(&key, regions->items, regions->count, sizeof(key),
                   compare_codes);
}

yz_status
yz_region_code_parse(yz_span text, uint32_t *code)
{
    if (text.n == 9 || text.n == 12) {
        uint32_t rest;

        if (yz_number_parse_u32((yz_span){text.p + 6, text.n - 6}, 999999,
                                &rest) != YZ_OK) {
            return YZ_BAD_INPUT;
        }
        text.n = 6;
    }
    if (text.n == 0 || text.n > 6 || text.n % 2 != 0 ||
        yz_number_parse_u32(text, 999999, code) != YZ_OK || text.p[0] == '0') {
        return YZ_BAD_INPUT;
    }
    for (size_t n = text.n; n < 6; n++) {
        *code *= 10;
    }
    return YZ_OK;
}

void
yz_region_range(uint32_t code, uint32_t *low, uint32_t *high)
{
    uint32_t span = code % 10000 == 0 ? 10000 : code % 100 == 0 ? 100 : 1;

    *low = code;
    *high = code + span - 1;
}

/* The entry next above: the city, or the province of a city's district
   (Beijing has no city level), or NULL. */
static const yz_region *
parent_of(const yz_regions *regions, const yz_region *region)
{
    const yz_region *parent = NULL;

    if (region->code % 100 != 0) {
        parent = yz_regions_find(regions, region->code / 100 * 100);
    }
    if (parent == NULL && region->code % 10000 != 0) {
        parent = yz_regions_find(regions, region->code / 10000 * 10000);
    }
    return parent;
}

/* Does `text` end with `name`, or with `name` less its last character (市 省
   区 县, all of three bytes) when `loose`?  Cuts it off. */
static bool
cut_name(yz_span *text, yz_span name, bool loose)
{
    static const char *const ends[] = {"市", "省", "区", "县"};

    if (text->n >= name.n &&
        memcmp(text->p + text->n - name.n, name.p, name.n) == 0) {
        text->n -= name.n;
        return true;
    }
    for (size_t i = 0; loose && i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (name.n > 6 && memcmp(name.p + name.n - 3, ends[i], 3) == 0) {
            return cut_name(text, (yz_span){name.p, name.n - 3}, false);
        }
    }
    return false;
}

/* Is `text` the name of `region` behind any of those above it? */
static bool
is_called(const yz_regions *regions, const yz_region *region, yz_span text,
          bool loose)
{
    if (!cut_name(&text, region->name, loose)) {
        return false;
    }
    while (text.n > 0 && (region = parent_of(regions, region)) != NULL) {
        cut_name(&text, region->name, loose);
    }
    return text.n == 0;
}

yz_status
yz_regions_resolve(const yz_regions *regions, yz_span name, uint32_t *code)
{
    if (name.n == 0) {
        return YZ_NOT_FOUND;
    }
    for (int loose = 0; loose < 2; loose++) {
        size_t found = 0;

        for (size_t i = 0; i < regions->count; i++) {
            if (is_called(regions, &regions->items[i], name, loose)) {
                *code = regions->items[i].code;
                found++;
            }
        }
        if (found > 0) {
            return found == 1 ? YZ_OK : YZ_FULL;
        }
    }
    return YZ_NOT_FOUND;
}

void
yz_regions_free(yz_regions *regions)
{
    free(regions->items);
    *regions = (yz_regions){0};
}
