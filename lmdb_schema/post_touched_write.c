/*
 * Projects the posts that the log names.  Runs in the writer only; called by
 * project_touched_write.c.
 */
#include "lmdb_schema/post_touched_write.h"
#include "lmdb_schema/post_project_write.h"

#include <stdlib.h>

yz_status
yz_posts_touch(yz_posts_touched *touched, yz_table table, yz_span key)
{
    if (table == YZ_TABLE_POLICY) {
        touched->items |= yz_span_equal(key, YZ_SPAN(YZ_POLICY_ITEMS));
    }
    if (table != YZ_TABLE_POST) {
        return YZ_OK;
    }
    if (key.n != YZ_POST_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    if (touched->count == touched->room) {
        size_t room = touched->room == 0 ? 64 : touched->room * 2;
        uint32_t *grown =
            realloc(touched->numbers, room * sizeof(*touched->numbers));

        if (grown == NULL) {
            return YZ_NOMEM;
        }
        touched->numbers = grown;
        touched->room = room;
    }
    touched->numbers[touched->count++] = yz_get_u32_be(key.p);
    return YZ_OK;
}

static int
compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* The rule for one post, as the state has it now. */
static yz_status
project_one(yz_projection *projection, yz_public *public, MDB_txn *txn,
            yz_geo_writer *layer, uint32_t number)
{
    uint8_t key[YZ_POST_KEY_SIZE];
    const yz_post *now = NULL;
    yz_post post;
    yz_span value;

    yz_put_u32_be(key, number);
    yz_status status = yz_state_record_get(
        projection->state, projection->state_txn, YZ_TABLE_POST,
        (yz_span){(const char *)key, sizeof(key)}, &value, NULL);
    if (status == YZ_OK) {
        status = yz_post_decode(value.p, value.n, &post);
        now = &post;
    } else if (status == YZ_NOT_FOUND) {
        status = YZ_OK;
    }
    if (status == YZ_OK && now != NULL && post.number != number) {
        status = YZ_CORRUPT;
    }
    return status == YZ_OK
               ? yz_project_post(projection, public, txn, layer, number, now)
               : status;
}

/* Each touched post once. */
static yz_status
project_each(yz_posts_touched *touched, yz_projection *projection,
             yz_public *public, MDB_txn *txn, yz_geo_writer *layer)
{
    const uint32_t *numbers = touched->numbers;
    yz_status status = YZ_OK;

    qsort(touched->numbers, touched->count, sizeof(*numbers), compare_numbers);
    for (size_t i = 0; status == YZ_OK && i < touched->count; i++) {
        if (i == 0 || numbers[i] != numbers[i - 1]) {
            status = project_one(projection, public, txn, layer, numbers[i]);
        }
    }
    return status;
}

yz_status
yz_posts_project(yz_posts_touched *touched, yz_projection *projection,
                 yz_public *public, MDB_txn *txn)
{
    yz_geo_writer *layer = NULL;
    yz_status status = YZ_OK;

    if (touched->items) {
        status = yz_project_items(projection, public, txn);
    }
    if (status != YZ_OK || touched->count == 0) {
        return status;
    }
    status = yz_geo_writer_open(txn, YZ_LAYER_POSTS, &layer);
    if (status == YZ_OK) {
        status = project_each(touched, projection, public, txn, layer);
    }
    if (status == YZ_OK) {
        status = yz_geo_writer_finish(layer);
    }
    yz_geo_writer_free(layer);
    return status;
}

void
yz_posts_touched_free(yz_posts_touched *touched)
{
    free(touched->numbers);
}
