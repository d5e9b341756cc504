/*
 * Posts on disk: no bytes make a decoder step outside of them; a post of the
 * state that is accepted encodes to the same bytes and, where it is public,
 * renders to a record that its reader accepts.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb_schema/post.h"
#include "lmdb_schema/post_render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[YZ_POST_ENCODED_MAX];
static uint8_t record[YZ_POST_RECORD_MAX];

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
check_post(const yz_post *post)
{
    const yz_region_names names = {0};
    yz_post_view view;
    size_t n = 0;

    if (!yz_post_is_public(post)) {
        return;
    }
    require(yz_post_render(post, 1, &names, record, &n) == YZ_OK);
    require(yz_post_view_of(record, n, post->number, &view) == YZ_OK);
    require(view.head.open == yz_post_on_board(post));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_post post;
    yz_post_view view;
    uint32_t number = 1;
    size_t n = 0;

    if (yz_post_decode(data, size, &post) == YZ_OK) {
        require(yz_post_encode(&post, again, sizeof(again), &n) == YZ_OK);
        require(n == size && memcmp(again, data, n) == 0);
        check_post(&post);
    }
    if (size >= sizeof(number)) {
        memcpy(&number, data, sizeof(number));
    }
    if (yz_post_view_of(data, size, number, &view) == YZ_OK) {
        require(view.json_tail.p + view.json_tail.n ==
                (const char *)data + size);
    }
    return 0;
}
