/*
 * Any bytes as a place record and as a region record: either refused, or
 * every byte of every span can be read.  With an odd first byte the sizes are
 * made to add up, so that the rest is reached.
 */
#include "lmdb_schema/place_view.h"
#include "lmdb_schema/region_view.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned seen;

static void
touch(yz_span span)
{
    unsigned sum = 0;

    for (size_t i = 0; i < span.n; i++) {
        sum += (uint8_t)span.p[i];
    }
    seen = sum;
}

static void
make_sizes_fit(char *bytes, size_t size)
{
    yz_place_head head;

    memcpy(&head, bytes, sizeof(head));
    size_t rest = size - sizeof(head);
    uint16_t *sizes[] = {&head.json_head_size, &head.json_point_size,
                         &head.json_tail_size, &head.id_size,
                         &head.name_size,      &head.address_size,
                         &head.phone_size};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        *sizes[i] = (uint16_t)(*sizes[i] % 8 < rest ? *sizes[i] % 8 : rest);
        rest -= *sizes[i];
    }
    head.hours_text_size = (uint16_t)rest;
    head.number = 7;
    memcpy(bytes, &head, sizeof(head));
}

static void
try_place(const char *bytes, size_t size)
{
    yz_place_view view;

    if (yz_place_view_of(bytes, size, 7, &view) == YZ_OK) {
        touch(view.json_head);
        touch(view.json_point);
        touch(view.json_tail);
        touch(view.id);
        touch(view.name);
        touch(view.address);
        touch(view.phone);
        touch(view.hours);
    }
}

static void
try_region(const char *bytes, size_t size)
{
    yz_region_view view;

    if (yz_region_view_of(bytes, size, &view) == YZ_OK) {
        for (uint32_t i = 0; i < view.head.kind_count; i++) {
            seen = yz_region_view_kind(&view, i).count;
        }
        touch(view.name);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    /* A buffer of its own, so that one byte too far is seen. */
    char *bytes = malloc(size);
    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data + 1, size - 1);
    if (data[0] % 2 == 1 && size - 1 >= sizeof(yz_place_head)) {
        make_sizes_fit(bytes, size - 1);
    }
    bytes = realloc(bytes, size > 1 ? size - 1 : 1);
    try_place(bytes, size - 1);
    try_region(bytes, size - 1);
    free(bytes);
    return 0;
}
