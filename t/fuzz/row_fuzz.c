/*
 * Rows: whatever is in a file, a place that comes out without an error keeps
 * every rule of a place: clean texts within their limits, a position on the
 * globe, no mobile number as its phone.
 */
#include <stdint.h>
#include <stdlib.h>

#include "admin/load/phone.h"
#include "admin/load/rows.h"
#include "core/geo_point.h"
#include "core/limits.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char region_table[] = "code,name\n370000,山东省\n"
                                   "370200,青岛市\n370202,市南区\n";

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
require_text(yz_span text, size_t most)
{
    require(text.n <= most && yz_text_clean(text));
}

static void
require_place(const yz_row *row)
{
    const yz_place *place = &row->place;

    require(place->id.n > 0 || place->name.n > 0);
    require_text(place->id, YZ_ID_MAX);
    require_text(place->name, YZ_NAME_MAX);
    require_text(place->kind, YZ_WORD_MAX);
    require_text(place->address, YZ_ADDRESS_MAX);
    require_text(place->hours, YZ_HOURS_MAX);
    require_text(place->services, YZ_SERVICES_MAX * (YZ_WORD_MAX + 1));
    require_text(place->phone, YZ_PHONE_MAX);
    require(!yz_phone_has_mobile(place->phone));
    require(place->level <= 3 && place->status <= YZ_PLACE_DELISTED);
    require(place->region <= 999999);
    require(abs(place->lat_e7) <= YZ_LAT_MAX_E7 &&
            abs(place->lng_e7) <= YZ_LNG_MAX_E7);
    require(place->has_position || (place->lat_e7 == 0 && place->lng_e7 == 0));
}

static void
require_lines(const yz_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        char text[1024];
        yz_out out;

        yz_out_init(&out, text, sizeof(text));
        yz_fault_line(&out, &faults->items[i]);
        require(!out.full);
        yz_out_init(&out, text, sizeof(text));
        yz_fault_reason(&out, &faults->items[i], true);
        require(!out.full && yz_utf8_valid(yz_out_written(&out)));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span text = {(const char *)data, size};
    yz_renames renames = {0};
    yz_arena arena = YZ_ARENA_INIT;
    yz_faults faults = {0};
    yz_refusal refusal = {""};
    yz_progress progress;
    yz_crs crs = (yz_crs)(size % 3);
    yz_regions regions;
    yz_rows rows;

    if (!yz_utf8_valid(text) ||
        yz_regions_read(YZ_SPAN(region_table), &regions, &refusal) != YZ_OK) {
        return 0;
    }
    yz_progress_init(&progress, true);
    yz_rows_read(text, &renames, size % 4 == 3 ? NULL : &crs, &regions, &arena,
                 &faults, &rows, &progress, &refusal);
    for (size_t i = 0; i < rows.count; i++) {
        if (!rows.items[i].refused) {
            require_place(&rows.items[i]);
        }
    }
    yz_faults_sort(&faults);
    require_lines(&faults);
    yz_rows_free(&rows);
    yz_faults_free(&faults);
    yz_arena_free(&arena);
    yz_regions_free(&regions);
    return 0;
}
