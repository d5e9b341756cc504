/*
 * Projects posts.  Runs in the writer only; called by
 * project_touched_write.c and project_all_write.c.
 */
#include "lmdb_schema/post_project_impl.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/layout.h"

static yz_status
put(MDB_txn *txn, MDB_dbi dbi, const void *key_bytes, size_t key_size,
    const void *bytes, size_t size, unsigned flags)
{
    MDB_val key = {key_size, (void *)(uintptr_t)key_bytes};
    MDB_val value = {size, (void *)(uintptr_t)bytes};
    int rc = mdb_put(txn, dbi, &key, &value, flags);

    return rc == MDB_KEYEXIST ? YZ_CORRUPT : yz_status_of_lmdb(rc);
}

int
yz_post_time_keys(uint32_t number, uint32_t region, yz_post_topic topic,
                  uint16_t item,
                  uint8_t keys[static YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE])
{
    uint32_t scopes[YZ_POST_SCOPES_MAX];
    int count = yz_post_scopes(region, scopes), n = 0;

    for (int i = 0; i < count; i++) {
        yz_post_time time = {
            .scope = scopes[i], .topic = topic, .number = number};

        yz_post_time_key(&time, keys[n++]);
        if (item != 0) {
            time.item = item;
            yz_post_time_key(&time, keys[n++]);
        }
    }
    return n;
}

yz_status
yz_public_item(yz_public *public, MDB_txn *txn, yz_span word, uint16_t *item)
{
    uint32_t number = 0;

    *item = 0;
    if (word.n == 0) {
        return YZ_OK;
    }
    if (yz_words_find(&public->items, word, &number)) {
        *item = (uint16_t)number;
        return YZ_OK;
    }
    if (txn == NULL) {
        return public->items.count < YZ_ITEMS_MAX ? YZ_NOT_FOUND : YZ_OK;
    }
    if (public->items.count >= YZ_ITEMS_MAX) {
        return YZ_OK;
    }
    number = public->items.count + 1;
    yz_status status = put(txn, public->item, &number, sizeof(number), word.p,
                           word.n, MDB_NOOVERWRITE);
    if (status == YZ_OK) {
        status = yz_words_add(&public->items, word, number);
    }
    *item = (uint16_t)number;
    return status;
}

yz_status
yz_post_record(const yz_region_names *names, yz_public *public, MDB_txn *txn,
               const yz_post *post, uint8_t *record, size_t *size)
{
    uint16_t item = 0;
    yz_status status = YZ_OK;

    if (yz_post_on_board(post)) {
        status = yz_public_item(public, txn, post->item, &item);
    }
    return status == YZ_OK ? yz_post_render(post, item, names, record, size)
                           : status;
}

/* Copies the head of the record that is there; YZ_NOT_FOUND for none. */
static yz_status
get_old(const yz_public *public, MDB_txn *txn, uint32_t number,
        yz_post_head *old)
{
    MDB_val key = {sizeof(number), &number}, value;
    int rc = mdb_get(txn, public->post, &key, &value);
    yz_post_view view;

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    yz_status status =
        yz_post_view_of(value.mv_data, value.mv_size, number, &view);
    *old = view.head;
    return status;
}

/* Takes the keys of a post out of the index by time. */
static yz_status
drop_keys(const yz_public *public, MDB_txn *txn, const yz_post_head *old)
{
    uint8_t keys[YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE];
    int count = yz_post_time_keys(old->number, old->region, old->topic,
                                  old->item, keys);
    int rc = 0;

    for (int i = 0; rc == 0 && i < count; i++) {
        MDB_val key = {YZ_POST_TIME_KEY_SIZE, keys[i]};

        rc = mdb_del(txn, public->post_time, &key, NULL);
    }
    return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
}

static yz_status
put_keys(const yz_public *public, MDB_txn *txn, const yz_post_head *new)
{
    uint8_t keys[YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE];
    int count = yz_post_time_keys(new->number, new->region, new->topic,
                                  new->item, keys);
    yz_status status = YZ_OK;

    for (int i = 0; status == YZ_OK && i < count; i++) {
        status = put(txn, public->post_time, keys[i], YZ_POST_TIME_KEY_SIZE,
                     &new->expires_s, sizeof(new->expires_s), 0);
    }
    return status;
}

/* Moves index and layer from `old` to `new`; either may be NULL: none. */
static yz_status
move(yz_public *public, MDB_txn *txn, yz_geo_writer *layer,
     const yz_post_head *old, const yz_post_head *new)
{
    yz_geo_point before, after;
    yz_status status = YZ_OK;

    if (old != NULL) {
        before = yz_post_point(old);
        status = drop_keys(public, txn, old);
    }
    if (status == YZ_OK && new != NULL) {
        after = yz_post_point(new);
        status = put_keys(public, txn, new);
    }
    if (status != YZ_OK || (old == NULL && new == NULL)) {
        return status;
    }
    return yz_geo_writer_put(layer, old != NULL ? &before : NULL,
                             new != NULL ? &after : NULL);
}

static yz_status
write_record(yz_projection *projection, yz_public *public, MDB_txn *txn,
             const yz_post *post, yz_post_head *new)
{
    uint8_t record[YZ_POST_RECORD_MAX];
    size_t size = 0;
    yz_status status =
        yz_post_record(projection->names, public, txn, post, record, &size);

    if (status != YZ_OK) {
        return status;
    }
    memcpy(new, record, sizeof(*new));
    return put(txn, public->post, &new->number, sizeof(new->number), record,
               size, 0);
}

yz_status
yz_project_post(yz_projection *projection, yz_public *public, MDB_txn *txn,
                yz_geo_writer *layer, uint32_t number, const yz_post *post)
{
    yz_post_head old = {0}, new = {0};
    MDB_val key = {sizeof(number), &number};
    bool keeps = post != NULL && yz_post_is_public(post);
    yz_status status = get_old(public, txn, number, &old);
    bool was = status == YZ_OK;

    if (status == YZ_NOT_FOUND) {
        status = YZ_OK;
    }
    if (status == YZ_OK && keeps) {
        status = write_record(projection, public, txn, post, &new);
    } else if (status == YZ_OK && was) {
        status = yz_status_of_lmdb(mdb_del(txn, public->post, &key, NULL));
    }
    if (status != YZ_OK) {
        return status;
    }
    return move(public, txn, layer, old.open == 1 ? &old : NULL,
                new.open == 1 ? &new : NULL);
}
