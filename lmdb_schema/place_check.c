/*
 * Checks a place against the limits that every later step relies on.  Pure;
 * runs in the writer only; called by the store for each put.
 */
#include "lmdb_schema/place_check.h"
#include "core/civil_time.h"
#include "core/geo_point.h"
#include "core/limits.h"
#include "core/utf8.h"

static bool
text_ok(yz_span text, size_t max)
{
    return text.n <= max && yz_text_clean(text);
}

/* A word of a vocabulary: lists join them with commas. */
static bool
word_ok(yz_span word)
{
    return word.n > 0 && text_ok(word, YZ_WORD_MAX) &&
           memchr(word.p, ',', word.n) == NULL;
}

/* <0, 0, >0 as memcmp() of the two, the shorter first when it is a prefix. */
static int
compare_words(yz_span a, yz_span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

/* Sorted, distinct words joined by commas, or nothing. */
static bool
services_ok(yz_span rest)
{
    yz_span last = {"", 0};
    int count = 0;

    while (rest.n > 0) {
        const char *comma = memchr(rest.p, ',', rest.n);
        yz_span word = {rest.p,
                        comma != NULL ? (size_t)(comma - rest.p) : rest.n};
        size_t taken = word.n + (comma != NULL);

        if (!word_ok(word) || ++count > YZ_SERVICES_MAX ||
            (last.n > 0 && compare_words(last, word) >= 0) ||
            (comma != NULL && taken == rest.n)) {
            return false;
        }
        last = word;
        rest.p += taken;
        rest.n -= taken;
    }
    return true;
}

static bool
position_ok(const yz_place *place)
{
    return !place->has_position ||
           (place->lng_e7 >= -YZ_LNG_MAX_E7 && place->lng_e7 <= YZ_LNG_MAX_E7 &&
            place->lat_e7 >= -YZ_LAT_MAX_E7 && place->lat_e7 <= YZ_LAT_MAX_E7);
}

const char *
yz_place_check(const yz_place *place)
{
    if (place->id.n == 0 || !text_ok(place->id, YZ_ID_MAX)) {
        return "has an id that is empty, too long or not plain text";
    }
    if (!text_ok(place->name, YZ_NAME_MAX)) {
        return "has a name that is too long or not plain text";
    }
    if (!word_ok(place->kind)) {
        return "has a kind that is empty, too long, not plain text or has a "
               "comma";
    }
    if (!services_ok(place->services)) {
        return "has services that are not sorted, distinct words";
    }
    if (!text_ok(place->address, YZ_ADDRESS_MAX)) {
        return "has an address that is too long or not plain text";
    }
    if (!text_ok(place->hours, YZ_HOURS_MAX)) {
        return "has opening hours that are too long or not plain text";
    }
    if (!text_ok(place->phone, YZ_PHONE_MAX)) {
        return "has a phone number that is too long or not plain text";
    }
    if (place->region != 0 &&
        (place->region < 100000 || place->region > YZ_REGION_MAX)) {
        return "has a region that is not six digits";
    }
    if (!position_ok(place)) {
        return "has a position outside the world";
    }
    if (place->level > YZ_LEVEL_MAX || place->status > YZ_PLACE_DELISTED) {
        return "has an unknown level or status";
    }
    if (place->until_s != 0 &&
        (place->until_s < YZ_UNIX_MIN_S || place->until_s > YZ_UNIX_MAX_S)) {
        return "has an end of suspension outside the years 1970 to 9999";
    }
    return NULL;
}
