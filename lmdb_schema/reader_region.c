/*
 * Narrowing a filter to a region.  Runs in nginx workers and the command;
 * others call yz_reader_filter_region(), the searches yz_reader_narrow().
 *
 * The filter gets the range of codes only.  Where the region's points lie is
 * looked up by the searches, in a copy: a place without a position is in its
 * region too, but in no box.
 */
#include "lmdb_schema/reader_impl.h"

enum { WEST, SOUTH, EAST, NORTH };

/* Codes that share the first 2, 4 or 6 digits with a key; 0: no such count. */
static uint32_t
span_of_digits(int digits)
{
    switch (digits) {
    case 2:
        return 10000;
    case 4:
        return 100;
    case 6:
        return 1;
    default:
        return 0;
    }
}

yz_status
yz_reader_filter_region(yz_reader *reader, uint32_t region, int digits,
                        yz_geo_filter *filter)
{
    uint32_t span = span_of_digits(digits);
    yz_region_view view;

    if (span == 0 || region > YZ_REGION_MAX / span) {
        return YZ_BAD_INPUT;
    }
    if (region == 0) {
        return YZ_NOT_FOUND; /* 0 says that a place has no region */
    }
    filter->region_low = region * span;
    filter->region_high = region * span + span - 1;
    yz_status status = yz_reader_region(reader, region * span, &view);
    if (status != YZ_OK) {
        return status;
    }
    return view.head.places == 0 ? YZ_NOT_FOUND : YZ_OK;
}

/* The region record that covers a filter's range; 0: it has no such range. */
static uint32_t
key_of_range(uint32_t low, uint32_t high)
{
    uint32_t span = high - low + 1;

    if (low == 0 || high > YZ_REGION_MAX || low > high ||
        (span != 1 && span != 100 && span != 10000) || low % span != 0) {
        return 0;
    }
    return low;
}

static int32_t
larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t
smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* True when one reaches 180 degrees and the other -180, which are one
   meridian: what lies on it may then be in both. */
static bool
meets_other_side(const int32_t box[4], const int32_t to[4])
{
    return (box[EAST] == YZ_LNG_MAX_E7 && to[WEST] == -YZ_LNG_MAX_E7) ||
           (box[WEST] == -YZ_LNG_MAX_E7 && to[EAST] == YZ_LNG_MAX_E7);
}

/*
 * Longitudes of `box` (west > east: over the antimeridian) that are also in
 * `to`, which never crosses it.  False when there is none.  Where two pieces
 * would be left, `box` stays as it is.
 */
static bool
intersect_longitudes(int32_t box[4], const int32_t to[4])
{
    if (meets_other_side(box, to)) {
        return true;
    }
    if (box[WEST] <= box[EAST]) {
        box[WEST] = larger(box[WEST], to[WEST]);
        box[EAST] = smaller(box[EAST], to[EAST]);
        return box[WEST] <= box[EAST];
    }
    bool in_east = to[EAST] >= box[WEST]; /* the piece up to +180 */
    bool in_west = to[WEST] <= box[EAST]; /* the piece from -180 */
    if (in_east && in_west) {
        return true;
    }
    if (in_east) {
        box[WEST] = larger(box[WEST], to[WEST]);
        box[EAST] = to[EAST];
    } else if (in_west) {
        box[EAST] = smaller(box[EAST], to[EAST]);
        box[WEST] = to[WEST];
    }
    return in_east || in_west;
}

static bool
intersect(yz_geo_filter *filter, const int32_t to[4])
{
    int32_t *box = filter->box_e7;

    if (to[WEST] > to[EAST] || to[SOUTH] > to[NORTH]) {
        return false; /* no point of the region has ever been in the layer */
    }
    if (!filter->has_box) {
        filter->has_box = true;
        memcpy(box, to, sizeof(filter->box_e7));
        return true;
    }
    box[SOUTH] = larger(box[SOUTH], to[SOUTH]);
    box[NORTH] = smaller(box[NORTH], to[NORTH]);
    return box[SOUTH] <= box[NORTH] && intersect_longitudes(box, to);
}

yz_status
yz_reader_narrow(yz_reader *reader, yz_geo_filter *filter)
{
    uint32_t key = key_of_range(filter->region_low, filter->region_high);
    yz_region_view view;

    if (key == 0) {
        return YZ_OK;
    }
    yz_status status = yz_reader_region(reader, key, &view);
    if (status != YZ_OK) {
        return status;
    }
    return intersect(filter, view.head.box_e7) ? YZ_OK : YZ_NOT_FOUND;
}
