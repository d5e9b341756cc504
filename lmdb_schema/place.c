/*
 * The canonical encoding of a place: the value in the state and the
 * after-image in the log.  Runs in the writer only; called by the state, the
 * log, the projection and the tests.
 *
 * A head of 64 bytes, little-endian, then the texts without padding in the
 * order of their sizes.
 *
 *   off size
 *     0    1  version of the encoding, 1
 *     1    1  level
 *     2    1  status
 *     3    1  flags, bit 0: has a position
 *     4    4  number
 *     8    4  region
 *    12    4  longitude, degrees times 10^7, 0 without position
 *    16    4  latitude
 *    20   14  sizes (2 bytes each) of id, name, kind, address, hours,
 *             services, phone
 *    34   13  code
 *    47    1  0
 *    48    8  end of a suspension, Unix seconds, 0 unknown
 *    56    8  log entry that made this version
 */
#include "lmdb_schema/place.h"
#include "core/geo_point.h"
#include "core/limits.h"

#define PLACE_VERSION 1
#define TEXTS 7

typedef struct {
    uint8_t version;
    uint8_t level;
    uint8_t status;
    uint8_t flags;
    uint32_t number;
    uint32_t region;
    int32_t lng_e7;
    int32_t lat_e7;
    uint16_t sizes[TEXTS];
    char code[YZ_CODE_LENGTH];
    uint8_t zero;
    int64_t until_s;
    uint64_t changed_seq;
} place_head;

_Static_assert(sizeof(place_head) == YZ_PLACE_ENCODED_HEAD,
               "encoded head is 64 bytes");

/* The most bytes of services: all of them, joined. */
#define SERVICES_MAX (YZ_SERVICES_MAX * (YZ_WORD_MAX + 1) - 1)

static const size_t text_max[TEXTS] = {
    YZ_ID_MAX,    YZ_NAME_MAX,  YZ_WORD_MAX,  YZ_ADDRESS_MAX,
    YZ_HOURS_MAX, SERVICES_MAX, YZ_PHONE_MAX,
};

_Static_assert(sizeof(place_head) + YZ_ID_MAX + YZ_NAME_MAX + YZ_WORD_MAX +
                       YZ_ADDRESS_MAX + YZ_HOURS_MAX + SERVICES_MAX +
                       YZ_PHONE_MAX <=
                   YZ_PLACE_ENCODED_MAX,
               "every legal place fits");

/* The texts in the order of their bytes. */
static void
list_texts(const yz_place *place, yz_span texts[static TEXTS])
{
    texts[0] = place->id;
    texts[1] = place->name;
    texts[2] = place->kind;
    texts[3] = place->address;
    texts[4] = place->hours;
    texts[5] = place->services;
    texts[6] = place->phone;
}

static void
fill_head(const yz_place *place, place_head *head)
{
    memset(head, 0, sizeof(*head));
    head->version = PLACE_VERSION;
    head->level = place->level;
    head->status = place->status;
    head->number = place->number;
    head->region = place->region;
    if (place->has_position) {
        head->flags = YZ_PLACE_HAS_POSITION;
        head->lng_e7 = place->lng_e7;
        head->lat_e7 = place->lat_e7;
    }
    memcpy(head->code, place->code, YZ_CODE_LENGTH);
    head->until_s = place->until_s;
    head->changed_seq = place->changed_seq;
}

yz_status
yz_place_encode(const yz_place *place, uint8_t *buffer, size_t cap,
                size_t *size)
{
    place_head head;
    yz_span texts[TEXTS];
    size_t n = sizeof(head);
    int i;

    fill_head(place, &head);
    list_texts(place, texts);
    for (i = 0; i < TEXTS; i++) {
        if (texts[i].n > text_max[i] || texts[i].n > cap ||
            n > cap - texts[i].n) {
            return YZ_FULL;
        }
        head.sizes[i] = (uint16_t)texts[i].n;
        n += texts[i].n;
    }
    memcpy(buffer, &head, sizeof(head));
    *size = n;
    n = sizeof(head);
    for (i = 0; i < TEXTS; i++) {
        if (texts[i].n > 0) {
            memcpy(buffer + n, texts[i].p, texts[i].n);
            n += texts[i].n;
        }
    }
    return YZ_OK;
}

/* Whether the fixed members keep their ranges. */
static bool
head_is_sound(const place_head *head)
{
    if (head->level > 3 || head->status > YZ_PLACE_DELISTED ||
        (head->flags & ~YZ_PLACE_HAS_POSITION) != 0 || head->zero != 0 ||
        head->sizes[0] == 0 || head->region > 999999) {
        return false;
    }
    if (head->flags == 0) {
        return head->lng_e7 == 0 && head->lat_e7 == 0;
    }
    return head->lng_e7 >= -YZ_LNG_MAX_E7 && head->lng_e7 <= YZ_LNG_MAX_E7 &&
           head->lat_e7 >= -YZ_LAT_MAX_E7 && head->lat_e7 <= YZ_LAT_MAX_E7;
}

static void
take_head(const place_head *head, yz_place *place)
{
    place->level = head->level;
    place->status = head->status;
    place->has_position = head->flags == YZ_PLACE_HAS_POSITION;
    place->number = head->number;
    place->region = head->region;
    place->lng_e7 = head->lng_e7;
    place->lat_e7 = head->lat_e7;
    place->rating_count = 0;
    place->rating_sum = 0;
    memcpy(place->code, head->code, YZ_CODE_LENGTH);
    place->code[YZ_CODE_LENGTH] = '\0';
    place->until_s = head->until_s;
    place->changed_seq = head->changed_seq;
}

yz_status
yz_place_decode(const uint8_t *bytes, size_t size, yz_place *place)
{
    place_head head;
    yz_span texts[TEXTS];
    size_t at = sizeof(head);
    int i;

    if (size < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, bytes, sizeof(head));
    if (head.version != PLACE_VERSION) {
        return YZ_FORMAT;
    }
    if (!head_is_sound(&head)) {
        return YZ_CORRUPT;
    }
    for (i = 0; i < TEXTS; i++) {
        if (head.sizes[i] > text_max[i] || head.sizes[i] > size - at) {
            return YZ_CORRUPT;
        }
        texts[i] = (yz_span){(const char *)bytes + at, head.sizes[i]};
        at += head.sizes[i];
    }
    if (at != size) {
        return YZ_CORRUPT;
    }
    take_head(&head, place);
    place->id = texts[0];
    place->name = texts[1];
    place->kind = texts[2];
    place->address = texts[3];
    place->hours = texts[4];
    place->services = texts[5];
    place->phone = texts[6];
    return YZ_OK;
}

static bool
same_position(const yz_place *a, const yz_place *b)
{
    if (!a->has_position || !b->has_position) {
        return a->has_position == b->has_position;
    }
    return a->lng_e7 == b->lng_e7 && a->lat_e7 == b->lat_e7;
}

bool
yz_place_same(const yz_place *a, const yz_place *b)
{
    yz_span texts_a[TEXTS], texts_b[TEXTS];
    int i;

    if (a->region != b->region || a->level != b->level ||
        a->status != b->status || a->until_s != b->until_s ||
        !same_position(a, b)) {
        return false;
    }
    list_texts(a, texts_a);
    list_texts(b, texts_b);
    for (i = 0; i < TEXTS; i++) {
        if (!yz_span_equal(texts_a[i], texts_b[i])) {
            return false;
        }
    }
    return true;
}
