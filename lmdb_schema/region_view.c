/*
 * Checks the bytes of a region record before anyone believes them.  Pure;
 * others call yz_region_view_of().
 */
#include "lmdb_schema/region_view.h"

yz_status
yz_region_view_of(const void *bytes, size_t size, yz_region_view *view)
{
    yz_region_head *head = &view->head;

    if (size < sizeof(*head)) {
        return YZ_CORRUPT;
    }
    memcpy(head, bytes, sizeof(*head));
    size_t kinds = head->kind_count * sizeof(yz_region_kind);
    if (kinds + head->name_size != size - sizeof(*head)) {
        return YZ_CORRUPT;
    }
    view->kinds = (const char *)bytes + sizeof(*head);
    view->name = (yz_span){view->kinds + kinds, head->name_size};
    return YZ_OK;
}
