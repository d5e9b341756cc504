/*
 * Checked decoding of public post records and of the keys of the index by
 * time.  Others call yz_post_view_of(); the projection writes what this
 * reads.
 */
#include "lmdb_schema/post_view.h"
#include "core/geo_point.h"
#include "lmdb_schema/layout.h"

#define DAY_S 86400
#define DAYS_KEPT 32

static bool
head_ok(const yz_post_head *head, uint32_t number)
{
    static const uint8_t zero[sizeof(head->zero)];

    return head->number == number && number != 0 && head->open <= 1 &&
           head->topic < YZ_POST_TOPIC_COUNT && head->region <= YZ_REGION_MAX &&
           head->lat_e7 >= -YZ_LAT_MAX_E7 && head->lat_e7 <= YZ_LAT_MAX_E7 &&
           head->lng_e7 >= -YZ_LNG_MAX_E7 && head->lng_e7 <= YZ_LNG_MAX_E7 &&
           memcmp(head->zero, zero, sizeof(zero)) == 0;
}

/* An open post has all three pieces, one that is gone has none. */
static bool
sizes_ok(const yz_post_head *head)
{
    if (head->open == 0) {
        return head->json_head_size == 0 && head->json_point_size == 0 &&
               head->json_tail_size == 0;
    }
    return head->json_head_size > 0 && head->json_point_size > 0 &&
           head->json_tail_size > 0;
}

yz_status
yz_post_view_of(const void *bytes, size_t size, uint32_t number,
                yz_post_view *view)
{
    yz_post_head *head = &view->head;
    const char *p = bytes;

    if (size < sizeof(*head)) {
        return YZ_CORRUPT;
    }
    memcpy(head, bytes, sizeof(*head));
    size_t texts = (size_t)head->json_head_size + head->json_point_size +
                   head->json_tail_size;
    if (texts != size - sizeof(*head) || !head_ok(head, number) ||
        !sizes_ok(head)) {
        return YZ_CORRUPT;
    }
    p += sizeof(*head);
    view->json_head = (yz_span){p, head->json_head_size};
    p += head->json_head_size;
    view->json_point = (yz_span){p, head->json_point_size};
    p += head->json_point_size;
    view->json_tail = (yz_span){p, head->json_tail_size};
    return YZ_OK;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 3; i >= 0; i--) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

static uint32_t
get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

void
yz_post_time_key(const yz_post_time *time,
                 uint8_t key[static YZ_POST_TIME_KEY_SIZE])
{
    put_u32(key, time->scope);
    put_u32(key + 4, (uint32_t)time->topic << 24 | time->item);
    put_u32(key + YZ_POST_TIME_PREFIX, time->number);
}

yz_post_time
yz_post_time_of(const void *key)
{
    const uint8_t *at = key;

    return (yz_post_time){
        .scope = get_u32(at),
        .topic = (yz_post_topic)at[4],
        .item = (uint16_t)(get_u32(at + 4) & 0xffff),
        .number = get_u32(at + YZ_POST_TIME_PREFIX),
    };
}

int
yz_post_scopes(uint32_t region, uint32_t scopes[static YZ_POST_SCOPES_MAX])
{
    scopes[0] = 0;
    if (region == 0) {
        return 1;
    }
    scopes[1] = region / 10000;
    scopes[2] = region / 100;
    scopes[3] = region;
    return YZ_POST_SCOPES_MAX;
}

/* Rotates `bits` so that bit 0 lands on `day` modulo 64. */
static uint64_t
at_day(uint64_t bits, int64_t day)
{
    unsigned by = (unsigned)((uint64_t)day & 63);

    return by == 0 ? bits : bits << by | bits >> (64 - by);
}

uint64_t
yz_post_days(int64_t expires_s)
{
    return at_day(((uint64_t)1 << DAYS_KEPT) - 1,
                  expires_s / DAY_S - (DAYS_KEPT - 1));
}

uint64_t
yz_post_day_bit(int64_t now_s)
{
    return at_day(1, now_s / DAY_S);
}
