/*
 * The encoding of a post: the value in the state and in its log entries.
 * Runs in the writer; called by the rules, the projection, verify and dump.
 *
 * A head of 88 bytes, little-endian, then the texts without padding in the
 * order of their sizes.
 *
 *   off size
 *     0    1  version of the encoding, 1
 *     1    1  state
 *     2    1  topic
 *     3    1  flags, bit 0: the text is open, bit 1: was shown once
 *     4    4  number
 *     8    4  region
 *    12    4  longitude, degrees times 10^7, a multiple of 10^4
 *    16    4  latitude
 *    20    4  reports
 *    24    8  created, Unix seconds
 *    32    8  expires
 *    40    8  resolved or expired, 0 before
 *    48   24  the writer, as in the log
 *    72   10  sizes (2 bytes each) of item, its name, text, place, contact
 *    82    6  0
 */
#include "lmdb_schema/post.h"
#include "core/geo_point.h"

#include <string.h>

#define POST_VERSION 1
#define TEXTS 5
#define TEXT_OPEN 1
#define SHOWN 2
#define REGION_MAX 999999

typedef struct {
    uint8_t version;
    uint8_t state;
    uint8_t topic;
    uint8_t flags;
    uint32_t number;
    uint32_t region;
    int32_t lng_e7;
    int32_t lat_e7;
    uint32_t reports;
    int64_t created_s;
    int64_t expires_s;
    int64_t ended_s;
    yz_actor writer;
    uint16_t sizes[TEXTS];
    uint8_t zero[6];
} post_head;

_Static_assert(sizeof(post_head) == 88, "encoded head is 88 bytes");

static const size_t text_max[TEXTS] = {
    YZ_WORD_MAX, YZ_NAME_MAX,         YZ_POST_SEALED_MAX,
    YZ_ID_MAX,   YZ_POST_CONTACT_MAX,
};

_Static_assert(sizeof(post_head) + YZ_WORD_MAX + YZ_NAME_MAX +
                       YZ_POST_SEALED_MAX + YZ_ID_MAX + YZ_POST_CONTACT_MAX <=
                   YZ_POST_ENCODED_MAX,
               "every legal post fits");

static const char *const state_words[YZ_POST_STATE_COUNT] = {
    [YZ_POST_MODERATED] = "moderated", [YZ_POST_OPEN] = "open",
    [YZ_POST_RESOLVED] = "resolved",   [YZ_POST_EXPIRED] = "expired",
    [YZ_POST_HIDDEN] = "hidden",
};

const char *
yz_post_state_word(yz_post_state state)
{
    return (unsigned)state < YZ_POST_STATE_COUNT ? state_words[state] : "";
}

yz_status
yz_post_state_parse(yz_span text, yz_post_state *state)
{
    for (int i = 0; i < YZ_POST_STATE_COUNT; i++) {
        if (yz_span_equal(text, yz_span_of(state_words[i]))) {
            *state = (yz_post_state)i;
            return YZ_OK;
        }
    }
    return YZ_BAD_INPUT;
}

int32_t
yz_post_round_e7(int32_t exact_e7)
{
    int32_t half = exact_e7 < 0 ? -YZ_POST_GRID_E7 / 2 : YZ_POST_GRID_E7 / 2;

    return (exact_e7 + half) / YZ_POST_GRID_E7 * YZ_POST_GRID_E7;
}

static bool
on_grid(int32_t value_e7, int32_t bound_e7)
{
    return value_e7 >= -bound_e7 && value_e7 <= bound_e7 &&
           value_e7 % YZ_POST_GRID_E7 == 0;
}

/* Whether the members agree with each other. */
static bool
is_sound(const yz_post *post)
{
    if (post->number == 0 || post->state >= YZ_POST_STATE_COUNT ||
        post->topic >= YZ_POST_TOPIC_COUNT || post->region > REGION_MAX ||
        post->writer.kind >= YZ_ACTOR_KIND_COUNT ||
        post->writer.role >= YZ_ROLE_COUNT) {
        return false;
    }
    if (!on_grid(post->lng_e7, YZ_LNG_MAX_E7) ||
        !on_grid(post->lat_e7, YZ_LAT_MAX_E7)) {
        return false;
    }
    if (post->created_s < 0 || post->expires_s < post->created_s ||
        post->expires_s - post->created_s > YZ_POST_LIFE_MAX_S ||
        post->ended_s < 0) {
        return false;
    }
    if (post->item.n == 0 && post->item_name.n > 0) {
        return false;
    }
    if (post->text_open && post->text.n > YZ_POST_TEXT_MAX) {
        return false;
    }
    /* What is on the board says something, and shows its text. */
    return post->state != YZ_POST_OPEN ||
           (post->shown &&
            (post->text.n == 0 ? post->item.n > 0 : post->text_open));
}

/* The texts in the order of their bytes. */
static void
list_texts(const yz_post *post, yz_span texts[static TEXTS])
{
    texts[0] = post->item;
    texts[1] = post->item_name;
    texts[2] = post->text;
    texts[3] = post->place;
    texts[4] = post->contact;
}

static void
fill_head(const yz_post *post, post_head *head)
{
    memset(head, 0, sizeof(*head));
    head->version = POST_VERSION;
    head->state = post->state;
    head->topic = post->topic;
    head->flags = (uint8_t)((post->text_open ? TEXT_OPEN : 0) |
                            (post->shown ? SHOWN : 0));
    head->number = post->number;
    head->region = post->region;
    head->lng_e7 = post->lng_e7;
    head->lat_e7 = post->lat_e7;
    head->reports = post->reports;
    head->created_s = post->created_s;
    head->expires_s = post->expires_s;
    head->ended_s = post->ended_s;
    head->writer = post->writer;
    memset(head->writer.zero, 0, sizeof(head->writer.zero));
}

yz_status
yz_post_encode(const yz_post *post, uint8_t *buffer, size_t cap, size_t *size)
{
    post_head head;
    yz_span texts[TEXTS];
    size_t n = sizeof(head);

    if (!is_sound(post)) {
        return YZ_BAD_INPUT;
    }
    fill_head(post, &head);
    list_texts(post, texts);
    if (cap < n) {
        return YZ_FULL;
    }
    for (int i = 0; i < TEXTS; i++) {
        if (texts[i].n > text_max[i]) {
            return YZ_BAD_INPUT;
        }
        if (texts[i].n > cap - n) {
            return YZ_FULL;
        }
        head.sizes[i] = (uint16_t)texts[i].n;
        if (texts[i].n > 0) {
            memcpy(buffer + n, texts[i].p, texts[i].n);
        }
        n += texts[i].n;
    }
    memcpy(buffer, &head, sizeof(head));
    *size = n;
    return YZ_OK;
}

static void
take_head(const post_head *head, yz_post *post)
{
    *post = (yz_post){
        .number = head->number,
        .state = head->state,
        .topic = head->topic,
        .text_open = (head->flags & TEXT_OPEN) != 0,
        .shown = (head->flags & SHOWN) != 0,
        .region = head->region,
        .lng_e7 = head->lng_e7,
        .lat_e7 = head->lat_e7,
        .reports = head->reports,
        .created_s = head->created_s,
        .expires_s = head->expires_s,
        .ended_s = head->ended_s,
        .writer = head->writer,
    };
}

yz_status
yz_post_decode(const void *bytes, size_t size, yz_post *post)
{
    static const uint8_t zero[sizeof(((post_head *)0)->zero)];
    post_head head;
    yz_span texts[TEXTS];
    size_t at = sizeof(head);

    if (size < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, bytes, sizeof(head));
    if (head.version != POST_VERSION) {
        return YZ_FORMAT;
    }
    if ((head.flags & ~(TEXT_OPEN | SHOWN)) != 0 ||
        memcmp(head.zero, zero, sizeof(zero)) != 0 ||
        memcmp(head.writer.zero, zero, sizeof(head.writer.zero)) != 0) {
        return YZ_CORRUPT;
    }
    for (int i = 0; i < TEXTS; i++) {
        if (head.sizes[i] > text_max[i] || head.sizes[i] > size - at) {
            return YZ_CORRUPT;
        }
        texts[i] = (yz_span){(const char *)bytes + at, head.sizes[i]};
        at += head.sizes[i];
    }
    if (at != size) {
        return YZ_CORRUPT;
    }
    take_head(&head, post);
    post->item = texts[0];
    post->item_name = texts[1];
    post->text = texts[2];
    post->place = texts[3];
    post->contact = texts[4];
    return is_sound(post) ? YZ_OK : YZ_CORRUPT;
}
