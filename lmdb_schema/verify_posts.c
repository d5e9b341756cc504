/*
 * Checks the board of public data against the state: every post is rendered
 * again and compared, every key of the index by time is looked up, every
 * point of the layer is a post's, and there is no more of anything.  Runs in
 * the writer only; called by verify_public.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/post_project_impl.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>
#include <stdlib.h>

/* What the state's posts add up to. */
typedef struct {
    yz_public_check *at;
    uint64_t records; /* that public data should have */
    uint64_t keys;    /* of the index by time */
    uint64_t open;    /* points of the layer */
    uint64_t points;  /* that the layer has */
} post_check;

static bool
value_is(const post_check *check, MDB_dbi dbi, const void *key_bytes,
         size_t key_size, const void *bytes, size_t size)
{
    MDB_val key = {key_size, (void *)(uintptr_t)key_bytes}, value;

    return mdb_get(check->at->txn, dbi, &key, &value) == 0 &&
           value.mv_size == size && memcmp(value.mv_data, bytes, size) == 0;
}

/* All keys of the index by time lead to the post's expiry. */
static void
check_keys(post_check *check, const yz_post_head *head)
{
    uint8_t keys[YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE];
    int count = yz_post_time_keys(head->number, head->region, head->topic,
                                  head->item, keys);

    check->keys += (uint64_t)count;
    for (int i = 0; i < count; i++) {
        if (!value_is(check, check->at->public->post_time, keys[i],
                      YZ_POST_TIME_KEY_SIZE, &head->expires_s,
                      sizeof(head->expires_s))) {
            yz_verify_tell(check->at->check,
                           "post %" PRIu32 ": the index by time lacks it",
                           head->number);
            return;
        }
    }
}

static yz_status
check_post(post_check *check, const yz_post *post)
{
    uint8_t record[YZ_POST_RECORD_MAX];
    yz_post_head head;
    size_t size = 0;
    yz_status status = yz_post_record(&check->at->names, check->at->public,
                                      NULL, post, record, &size);

    if (status == YZ_NOT_FOUND) {
        yz_verify_tell(check->at->check,
                       "post %" PRIu32 ": its item is not public",
                       post->number);
        return YZ_OK;
    }
    if (status != YZ_OK) {
        return status;
    }
    memcpy(&head, record, sizeof(head));
    check->records++;
    if (!value_is(check, check->at->public->post, &head.number,
                  sizeof(head.number), record, size)) {
        yz_verify_tell(check->at->check,
                       "post %" PRIu32 ": its public record differs",
                       head.number);
    }
    if (head.open == 1) {
        check->open++;
        check_keys(check, &head);
    }
    return YZ_OK;
}

/* One record of the state's table. */
static yz_status
visit_post(void *context, yz_span key, yz_span value, uint64_t seq)
{
    post_check *check = context;
    yz_post post;

    (void)seq;
    if (yz_post_decode(value.p, value.n, &post) != YZ_OK ||
        key.n != YZ_POST_KEY_SIZE || yz_get_u32_be(key.p) != post.number) {
        yz_verify_tell(check->at->check, "a post of the state is damaged");
        return YZ_OK;
    }
    return yz_post_is_public(&post) ? check_post(check, &post) : YZ_OK;
}

/* A point of the layer is that of an open post. */
static yz_status
visit_point(void *context, const yz_geo_point *point)
{
    post_check *check = context;
    uint32_t number = point->number;
    MDB_val key = {sizeof(number), &number}, value;
    yz_post_view view;
    bool right = false;

    check->points++;
    if (mdb_get(check->at->txn, check->at->public->post, &key, &value) == 0 &&
        yz_post_view_of(value.mv_data, value.mv_size, number, &view) == YZ_OK &&
        view.head.open == 1) {
        yz_geo_point wanted = yz_post_point(&view.head);

        right = yz_geo_point_same(point, &wanted);
    }
    if (!right) {
        yz_verify_tell(check->at->check,
                       "layer of posts: number %" PRIu32
                       " differs from its post, or has none",
                       number);
    }
    return YZ_OK;
}

static yz_status
check_layer(post_check *check)
{
    char why[160] = "";
    yz_status status = yz_geo_layer_check(check->at->txn, YZ_LAYER_POSTS,
                                          visit_point, check, NULL, why);

    if (status == YZ_CORRUPT || status == YZ_NOT_FOUND) {
        yz_verify_tell(check->at->check, "layer of posts: %s",
                       why[0] != '\0' ? why : yz_status_text(status));
        return YZ_OK;
    }
    if (status == YZ_OK && check->points != check->open) {
        yz_verify_tell(check->at->check,
                       "layer of posts: %" PRIu64
                       " points, there should be %" PRIu64,
                       check->points, check->open);
    }
    return status;
}

/* The list of items as it shows. */
static yz_status
check_items(post_check *check)
{
    MDB_val key = {strlen(YZ_META_ITEMS), YZ_META_ITEMS}, value;
    yz_public_check *at = check->at;
    yz_span json, shown = {NULL, 0};
    yz_status status =
        yz_state_items_json(&at->check->store->state, at->check->txn, &json);

    if (status != YZ_OK) {
        return status;
    }
    if (mdb_get(at->txn, at->public->meta, &key, &value) == 0) {
        shown = (yz_span){value.mv_data, value.mv_size};
    }
    if ((shown.p == NULL) != (json.p == NULL) || !yz_span_equal(shown, json)) {
        yz_verify_tell(at->check, "public data: 'items' is wrong");
    }
    free((void *)(uintptr_t)json.p);
    return YZ_OK;
}

static yz_status
check_count(post_check *check, MDB_dbi dbi, const char *name, uint64_t wanted)
{
    MDB_stat stat;
    int rc = mdb_stat(check->at->txn, dbi, &stat);

    if (rc == 0 && stat.ms_entries != wanted) {
        yz_verify_tell(check->at->check,
                       "public data: %zu entries in '%s', there should be "
                       "%" PRIu64,
                       stat.ms_entries, name, wanted);
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_verify_posts(yz_public_check *at)
{
    post_check check = {.at = at};
    const yz_record_range all = {.table = YZ_TABLE_POST, .prefix = {"", 0}};
    yz_status status = yz_state_record_each(
        &at->check->store->state, at->check->txn, &all, visit_post, &check);

    if (status == YZ_OK) {
        status =
            check_count(&check, at->public->post, YZ_DB_POST, check.records);
    }
    if (status == YZ_OK) {
        status = check_count(&check, at->public->post_time, YZ_DB_POST_TIME,
                             check.keys);
    }
    if (status == YZ_OK) {
        status = check_layer(&check);
    }
    return status == YZ_OK ? check_items(&check) : status;
}
