/*
 * Fills a new generation with the posts of the state.  Runs in the writer
 * only; called by project_all_write.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/layout.h"
#include "lmdb_schema/post_project_impl.h"

#include <stdlib.h>

typedef struct {
    yz_projection *projection;
    yz_public *public;
    MDB_txn *txn;
    uint8_t *record;
    yz_geo_point *points;
    int64_t *expires; /* of the points */
    size_t count;
    size_t room;
} post_build;

/* A key of the index by time, as it is sorted. */
typedef struct {
    uint8_t key[YZ_POST_TIME_KEY_SIZE];
    uint32_t point; /* whose expiry is the value */
} time_entry;

static yz_status
append(MDB_txn *txn, MDB_dbi dbi, const void *key_bytes, size_t key_size,
       const void *bytes, size_t size)
{
    MDB_val key = {key_size, (void *)(uintptr_t)key_bytes};
    MDB_val value = {size, (void *)(uintptr_t)bytes};
    int rc = mdb_put(txn, dbi, &key, &value, MDB_APPEND);

    return rc == MDB_KEYEXIST ? YZ_CORRUPT : yz_status_of_lmdb(rc);
}

/* Room for one more point. */
static yz_status
grow(post_build *build)
{
    size_t room = build->room == 0 ? 1024 : build->room * 2;

    if (build->count < build->room) {
        return YZ_OK;
    }
    yz_geo_point *points =
        realloc(build->points, room * sizeof(*build->points));
    if (points != NULL) {
        build->points = points;
    }
    int64_t *expires = realloc(build->expires, room * sizeof(*expires));
    if (expires != NULL) {
        build->expires = expires;
    }
    if (points == NULL || expires == NULL) {
        return YZ_NOMEM;
    }
    build->room = room;
    return YZ_OK;
}

static yz_status
add(post_build *build, const yz_post *post)
{
    yz_post_head head;
    size_t size = 0;

    if (!yz_post_is_public(post)) {
        return YZ_OK;
    }
    if (build->record == NULL) {
        build->record = malloc(YZ_POST_RECORD_MAX);
    }
    yz_status status = build->record != NULL ? grow(build) : YZ_NOMEM;
    if (status == YZ_OK) {
        status = yz_post_record(build->projection->names, build->public,
                                build->txn, post, build->record, &size);
    }
    if (status == YZ_OK) {
        status = append(build->txn, build->public->post, &post->number,
                        sizeof(post->number), build->record, size);
    }
    if (status != YZ_OK || !yz_post_on_board(post)) {
        return status;
    }
    memcpy(&head, build->record, sizeof(head));
    build->expires[build->count] = head.expires_s;
    build->points[build->count++] = yz_post_point(&head);
    return YZ_OK;
}

static int
compare_entries(const void *a, const void *b)
{
    return memcmp(a, b, YZ_POST_TIME_KEY_SIZE);
}

static yz_status
build_index(post_build *build)
{
    time_entry *entries =
        malloc((build->count * YZ_POST_KEYS_MAX + 1) * sizeof(*entries));
    size_t count = 0;
    yz_status status = entries != NULL ? YZ_OK : YZ_NOMEM;

    for (size_t i = 0; status == YZ_OK && i < build->count; i++) {
        uint8_t keys[YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE];
        const yz_geo_point *point = &build->points[i];
        int n = yz_post_time_keys(point->number, point->region, point->level,
                                  point->kind, keys);

        for (int k = 0; k < n; k++) {
            memcpy(entries[count].key, keys[k], YZ_POST_TIME_KEY_SIZE);
            entries[count++].point = (uint32_t)i;
        }
    }
    if (status == YZ_OK) {
        qsort(entries, count, sizeof(*entries), compare_entries);
    }
    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        status =
            append(build->txn, build->public->post_time, entries[i].key,
                   YZ_POST_TIME_KEY_SIZE, &build->expires[entries[i].point],
                   sizeof(*build->expires));
    }
    free(entries);
    return status;
}

/* Sorts the points, so it comes last. */
static yz_status
build_layer(post_build *build)
{
    yz_geo_writer *writer = NULL;
    yz_status status = yz_geo_writer_open(build->txn, YZ_LAYER_POSTS, &writer);

    if (status == YZ_OK) {
        status = yz_geo_writer_build(writer, build->points, build->count);
    }
    if (status == YZ_OK) {
        status = yz_geo_writer_finish(writer);
    }
    yz_geo_writer_free(writer);
    return status;
}

static yz_status
finish(post_build *build)
{
    yz_status status = build_index(build);

    return status == YZ_OK ? build_layer(build) : status;
}

static void
build_free(post_build *build)
{
    free(build->record);
    free(build->points);
    free(build->expires);
}

/* One record of the state's table. */
static yz_status
visit(void *context, yz_span key, yz_span value, uint64_t seq)
{
    yz_post post;
    yz_status status = yz_post_decode(value.p, value.n, &post);

    (void)seq;
    if (status != YZ_OK) {
        return status;
    }
    if (key.n != YZ_POST_KEY_SIZE || yz_get_u32_be(key.p) != post.number) {
        return YZ_CORRUPT;
    }
    return add(context, &post);
}

yz_status
yz_project_posts(yz_projection *projection, yz_public *public, MDB_txn *txn)
{
    post_build build = {.projection = projection, .public = public, .txn = txn};
    const yz_record_range all = {.table = YZ_TABLE_POST, .prefix = {"", 0}};
    yz_status status = yz_state_record_each(
        projection->state, projection->state_txn, &all, visit, &build);

    if (status == YZ_OK) {
        status = finish(&build);
    }
    if (status == YZ_OK) {
        status = yz_project_items(projection, public, txn);
    }
    build_free(&build);
    return status;
}
