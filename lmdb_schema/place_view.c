/*
 * Checks the bytes of a public place record before anyone believes them.
 * Pure; others call yz_place_view_of().
 */
#include "lmdb_schema/place_view.h"
#include "core/geo_point.h"
#include "core/limits.h"

static yz_span
take(const char **p, uint16_t size)
{
    yz_span span = {*p, size};

    *p += size;
    return span;
}

static bool
position_ok(const yz_place_head *head)
{
    return head->lat_e7 >= -YZ_LAT_MAX_E7 && head->lat_e7 <= YZ_LAT_MAX_E7 &&
           head->lng_e7 >= -YZ_LNG_MAX_E7 && head->lng_e7 <= YZ_LNG_MAX_E7;
}

static bool
rating_ok(const yz_place_head *head)
{
    return head->rating_sum >= head->rating_count &&
           head->rating_sum <= 5 * (uint64_t)head->rating_count;
}

static bool
head_ok(const yz_place_head *head, uint32_t number)
{
    return head->number == number && head->status <= YZ_PLACE_DELISTED &&
           head->level <= YZ_LEVEL_MAX && head->region <= YZ_REGION_MAX &&
           head->id_size >= 1 && head->id_size <= YZ_ID_MAX &&
           head->json_head_size >= 1 && head->json_point_size >= 1 &&
           head->json_tail_size >= 1 && position_ok(head) && rating_ok(head);
}

yz_status
yz_place_view_of(const void *bytes, size_t size, uint32_t number,
                 yz_place_view *view)
{
    yz_place_head *head = &view->head;

    if (size < sizeof(*head)) {
        return YZ_CORRUPT;
    }
    memcpy(head, bytes, sizeof(*head));
    size_t texts = (size_t)head->json_head_size + head->json_point_size +
                   head->json_tail_size + head->id_size + head->name_size +
                   head->address_size + head->phone_size +
                   head->hours_text_size;
    if (texts != size - sizeof(*head) || !head_ok(head, number)) {
        return YZ_CORRUPT;
    }
    const char *p = (const char *)bytes + sizeof(*head);
    view->json_head = take(&p, head->json_head_size);
    view->json_point = take(&p, head->json_point_size);
    view->json_tail = take(&p, head->json_tail_size);
    view->id = take(&p, head->id_size);
    view->name = take(&p, head->name_size);
    view->address = take(&p, head->address_size);
    view->phone = take(&p, head->phone_size);
    view->hours = take(&p, head->hours_text_size);
    return YZ_OK;
}
