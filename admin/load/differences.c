/*
 * Prints differences readably.  Used by load.c and rollback.c.
 */
#include "admin/load/differences.h"

#include "core/civil_time.h"
#include "core/out.h"
#include "core/vocabulary.h"

#define SPAN(span) (int)(span).n, (span).p

static void
print_texts(FILE *to, const char *what, yz_span before, yz_span after)
{
    if (!yz_span_equal(before, after)) {
        fprintf(to, "    %s: \"%.*s\" -> \"%.*s\"\n", what, SPAN(before),
                SPAN(after));
    }
}

static void
write_position(yz_out *out, const yz_place *place)
{
    if (!place->has_position) {
        yz_out_text(out, "none");
        return;
    }
    yz_out_e7(out, place->lng_e7);
    yz_out_char(out, ' ');
    yz_out_e7(out, place->lat_e7);
}

static void
print_position(FILE *to, const yz_place *before, const yz_place *after)
{
    char text[128];
    yz_out out;

    if (before->has_position == after->has_position &&
        before->lng_e7 == after->lng_e7 && before->lat_e7 == after->lat_e7) {
        return;
    }
    yz_out_init(&out, text, sizeof(text));
    write_position(&out, before);
    yz_out_text(&out, " -> ");
    write_position(&out, after);
    fprintf(to, "    position: %.*s\n", (int)out.n, out.p);
}

static void
print_until(FILE *to, int64_t before_s, int64_t after_s)
{
    char before[YZ_RFC3339_SIZE] = "none";
    char after[YZ_RFC3339_SIZE] = "none";

    if (before_s == after_s) {
        return;
    }
    if (before_s != 0) {
        yz_rfc3339_write(before_s, before);
    }
    if (after_s != 0) {
        yz_rfc3339_write(after_s, after);
    }
    fprintf(to, "    until: %s -> %s\n", before, after);
}

void
yz_difference_print(FILE *to, const yz_place *before, const yz_place *after)
{
    print_texts(to, "name", before->name, after->name);
    print_texts(to, "kind", before->kind, after->kind);
    if (before->level != after->level) {
        fprintf(to, "    level: %s -> %s\n",
                yz_level_word((yz_level)before->level),
                yz_level_word((yz_level)after->level));
    }
    if (before->region != after->region) {
        fprintf(to, "    region: %06u -> %06u\n", (unsigned)before->region,
                (unsigned)after->region);
    }
    print_texts(to, "address", before->address, after->address);
    print_position(to, before, after);
    print_texts(to, "hours", before->hours, after->hours);
    print_texts(to, "services", before->services, after->services);
    print_texts(to, "phone", before->phone, after->phone);
    if (before->status != after->status) {
        fprintf(to, "    status: %s -> %s\n",
                yz_place_status_word((yz_place_status)before->status),
                yz_place_status_word((yz_place_status)after->status));
    }
    print_until(to, before->until_s, after->until_s);
}

static void
print_row(FILE *to, const yz_row *row)
{
    const yz_place *place = &row->place;

    if (row->action == YZ_ROW_ADD) {
        fprintf(to, "+ %.*s  %.*s (%.*s, region %06u)\n", SPAN(place->id),
                SPAN(place->name), SPAN(place->kind), (unsigned)place->region);
        return;
    }
    fprintf(to, "%c %.*s  %.*s\n", row->action == YZ_ROW_CLOSE ? '-' : '~',
            SPAN(place->id), SPAN(row->before->name));
    yz_difference_print(to, row->before, place);
}

void
yz_differences_print(FILE *to, const yz_plan *plan)
{
    for (size_t i = 0; i < plan->rows->count; i++) {
        const yz_row *row = &plan->rows->items[i];

        if (!row->refused && row->action != YZ_ROW_SAME) {
            print_row(to, row);
        }
    }
    for (size_t i = 0; i < plan->closing_count; i++) {
        const yz_place *place = plan->closing[i];

        fprintf(to, "- %.*s  %.*s (not in the file)\n", SPAN(place->id),
                SPAN(place->name));
    }
}
