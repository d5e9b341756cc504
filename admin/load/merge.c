/*
 * Merging a row into a stored place.  Used by plan.c, and by the daemon for
 * single places.
 */
#include "admin/load/merge.h"

#include "core/geo_search.h"

static bool
has(const yz_row *row, yz_column column)
{
    return (row->present & YZ_COLUMN_BIT(column)) != 0;
}

void
yz_place_complete(yz_place *place)
{
    if (place->kind.n == 0) {
        place->kind = YZ_SPAN("station");
    }
    if (place->status != YZ_PLACE_SUSPENDED) {
        place->until_s = 0;
    }
}

yz_place
yz_row_merge(const yz_row *row, const yz_place *stored)
{
    yz_place place = *stored;

    place.name = has(row, YZ_COLUMN_NAME) ? row->place.name : place.name;
    place.kind = has(row, YZ_COLUMN_KIND) ? row->place.kind : place.kind;
    place.level = has(row, YZ_COLUMN_LEVEL) ? row->place.level : place.level;
    place.region =
        has(row, YZ_COLUMN_REGION) ? row->place.region : place.region;
    place.address =
        has(row, YZ_COLUMN_ADDRESS) ? row->place.address : place.address;
    place.hours = has(row, YZ_COLUMN_HOURS) ? row->place.hours : place.hours;
    place.services =
        has(row, YZ_COLUMN_SERVICES) ? row->place.services : place.services;
    place.phone = has(row, YZ_COLUMN_PHONE) ? row->place.phone : place.phone;
    place.status =
        has(row, YZ_COLUMN_STATUS) ? row->place.status : place.status;
    place.until_s =
        has(row, YZ_COLUMN_UNTIL) ? row->place.until_s : place.until_s;
    if (has(row, YZ_COLUMN_LNG)) {
        place.has_position = row->place.has_position;
        place.lng_e7 = row->place.lng_e7;
        place.lat_e7 = row->place.lat_e7;
    }
    yz_place_complete(&place);
    return place;
}

bool
yz_place_renumbered(const yz_place *place, const yz_place *stored,
                    double *distance_m)
{
    if (!place->has_position || !stored->has_position ||
        yz_span_equal(place->name, stored->name)) {
        return false;
    }
    *distance_m = yz_geo_key_m(yz_geo_key(place->lat_e7, place->lng_e7,
                                          stored->lat_e7, stored->lng_e7));
    return *distance_m > YZ_MOVED_M;
}
