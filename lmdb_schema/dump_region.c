/*
 * The lines of regions in the public dump.  Runs in the command; called by
 * dump_public.c.
 */
#include "lmdb_schema/dump_public_impl.h"
#include "lmdb_schema/region_view.h"

#include <stdlib.h>

/* A kind of a region, in words. */
typedef struct {
    yz_span word;
    uint32_t count;
} kind_count;

/* Counts by kind in the order of words. */
static yz_status
put_kinds(yz_public_dump *dump, const yz_region_view *view)
{
    size_t count = view->head.kind_count, i;
    kind_count *kinds = malloc((count + 1) * sizeof(*kinds));

    if (kinds == NULL) {
        return YZ_NOMEM;
    }
    for (i = 0; i < count; i++) {
        yz_region_kind kind = yz_region_view_kind(view, (uint32_t)i);

        kinds[i].word = yz_public_dump_word(dump, dump->kind, kind.kind);
        kinds[i].count = kind.count;
    }
    /* The word is the first member, so words are what is compared. */
    qsort(kinds, count, sizeof(*kinds), yz_span_compare);
    yz_dump_name(&dump->line, "kinds");
    yz_out_char(&dump->line.out, '{');
    for (i = 0; i < count; i++) {
        if (i > 0) {
            yz_out_char(&dump->line.out, ',');
        }
        yz_out_json(&dump->line.out, kinds[i].word);
        yz_out_char(&dump->line.out, ':');
        yz_out_u64(&dump->line.out, kinds[i].count);
    }
    yz_out_char(&dump->line.out, '}');
    free(kinds);
    return YZ_OK;
}

yz_status
yz_public_dump_region(void *context, yz_span key, yz_span value)
{
    yz_public_dump *dump = context;
    yz_region_view view;
    uint32_t code;
    yz_status status = yz_region_view_of(value.p, value.n, &view);

    if (status != YZ_OK || key.n != sizeof(code)) {
        return YZ_CORRUPT;
    }
    memcpy(&code, key.p, sizeof(code));
    YZ_OUT_LIT(&dump->line.out, "{\"region\":");
    yz_out_u64(&dump->line.out, code);
    yz_dump_text(&dump->line, "name", view.name);
    yz_dump_i64(&dump->line, "places", view.head.places);
    yz_dump_i64(&dump->line, "rating_count", view.head.rating_count);
    yz_dump_i64(&dump->line, "rating_sum", (int64_t)view.head.rating_sum);
    status = put_kinds(dump, &view);
    yz_out_char(&dump->line.out, '}');
    return status == YZ_OK ? yz_dump_line(&dump->line) : status;
}
