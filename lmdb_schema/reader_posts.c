/*
 * Posts by number and by time.  Runs in nginx workers and the command.
 */
#include "lmdb_schema/reader_posts.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/post.h"
#include "lmdb_schema/reader_posts_impl.h"

#define STREAMS_MAX (YZ_POST_TOPIC_COUNT * YZ_FILTER_WORDS_MAX)

/* The posts of one topic and item, newest first. */
typedef struct {
    MDB_cursor *cursor;
    uint8_t prefix[YZ_POST_TIME_KEY_SIZE];
    uint32_t number; /* the next one; 0: no more */
} stream;

/* Streams that are merged. */
typedef struct {
    int64_t now_s;
    uint32_t before;
    uint32_t scope;
    int count;
    stream streams[STREAMS_MAX];
} merge;

yz_status
yz_reader_post(yz_reader *reader, uint32_t number, yz_post_view *view)
{
    MDB_val value;

    if (!reader->has_posts) {
        return YZ_NOT_FOUND;
    }
    yz_status status =
        yz_reader_get(reader, READER_POST, &number, sizeof(number), &value);
    return status == YZ_OK
               ? yz_post_view_of(value.mv_data, value.mv_size, number, view)
               : status;
}

yz_status
yz_reader_items(yz_reader *reader, yz_span *json)
{
    MDB_val value;
    yz_status status = yz_reader_get(reader, READER_META, YZ_META_ITEMS,
                                     strlen(YZ_META_ITEMS), &value);

    *json = (yz_span){"", 0};
    if (status == YZ_OK) {
        *json = (yz_span){value.mv_data, value.mv_size};
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

/*
 * Takes the post that the cursor stands on, or goes back to one that has not
 * expired.
 */
static int
settle(const merge *all, stream *s, int rc, MDB_val *key, MDB_val *value)
{
    int64_t expires_s;

    s->number = 0;
    while (rc == 0) {
        if (key->mv_size != YZ_POST_TIME_KEY_SIZE ||
            value->mv_size != sizeof(expires_s)) {
            return MDB_CORRUPTED;
        }
        if (memcmp(key->mv_data, s->prefix, YZ_POST_TIME_PREFIX) != 0) {
            return 0;
        }
        memcpy(&expires_s, value->mv_data, sizeof(expires_s));
        if (expires_s > all->now_s) {
            s->number = yz_post_time_of(key->mv_data).number;
            return s->number == 0 ? MDB_CORRUPTED : 0;
        }
        /* Whatever is older was made before this one expired. */
        if (expires_s + YZ_POST_LIFE_MAX_S <= all->now_s) {
            return 0;
        }
        rc = mdb_cursor_get(s->cursor, key, value, MDB_PREV);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Puts a stream before all->before. */
static int
start(yz_reader *reader, const merge *all, stream *s)
{
    MDB_val key = {sizeof(s->prefix), s->prefix}, value;
    int rc = mdb_cursor_open(reader->txn, reader->dbis[READER_POST_TIME],
                             &s->cursor);

    if (rc != 0) {
        s->cursor = NULL;
        return rc;
    }
    rc = mdb_cursor_get(s->cursor, &key, &value, MDB_SET_RANGE);
    if (rc == 0) {
        rc = mdb_cursor_get(s->cursor, &key, &value, MDB_PREV);
    } else if (rc == MDB_NOTFOUND) {
        rc = mdb_cursor_get(s->cursor, &key, &value, MDB_LAST);
    }
    return settle(all, s, rc, &key, &value);
}

static int
advance(const merge *all, stream *s)
{
    MDB_val key, value;
    int rc = mdb_cursor_get(s->cursor, &key, &value, MDB_PREV);

    return settle(all, s, rc, &key, &value);
}

/* Adds the stream of a topic and item. */
static void
add_stream(merge *all, int topic, uint16_t item)
{
    stream *s = &all->streams[all->count++];
    yz_post_time time = {.scope = all->scope,
                         .topic = (yz_post_topic)topic,
                         .item = item,
                         .number = all->before};

    s->cursor = NULL;
    s->number = 0;
    yz_post_time_key(&time, s->prefix);
}

yz_status
yz_reader_find_items(yz_reader *reader, const yz_post_ask *ask,
                     uint16_t items[static YZ_FILTER_WORDS_MAX],
                     uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < ask->item_count; i++) {
        yz_status status =
            yz_reader_item_of(reader, ask->items[i], &items[*count]);

        if (status == YZ_OK) {
            ++*count;
        } else if (status != YZ_NOT_FOUND) {
            return status;
        }
    }
    return YZ_OK;
}

static void
list_streams(merge *all, const yz_post_ask *ask, const uint16_t *items,
             uint32_t count)
{
    for (int topic = 0; topic < YZ_POST_TOPIC_COUNT; topic++) {
        if ((ask->topics >> topic & 1) == 0) {
            continue;
        }
        if (ask->item_count == 0) {
            add_stream(all, topic, 0);
        }
        for (uint32_t i = 0; i < count; i++) {
            add_stream(all, topic, items[i]);
        }
    }
}

static stream *
newest(merge *all)
{
    stream *best = NULL;

    for (int i = 0; i < all->count; i++) {
        stream *s = &all->streams[i];

        if (s->number != 0 && (best == NULL || s->number > best->number)) {
            best = s;
        }
    }
    return best;
}

static int
run(yz_reader *reader, merge *all, uint32_t limit, uint32_t *numbers,
    uint32_t *count)
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < all->count; i++) {
        rc = start(reader, all, &all->streams[i]);
    }
    while (rc == 0 && *count < limit) {
        stream *s = newest(all);

        if (s == NULL) {
            break;
        }
        numbers[(*count)++] = s->number;
        rc = advance(all, s);
    }
    for (int i = 0; i < all->count; i++) {
        if (all->streams[i].cursor != NULL) {
            mdb_cursor_close(all->streams[i].cursor);
        }
    }
    return rc;
}

bool
yz_post_ask_ok(const yz_post_ask *ask)
{
    int digits = ask->region_digits;

    return ask->limit >= 1 && ask->limit <= YZ_LIMIT_MAX + 1 &&
           ask->item_count <= YZ_FILTER_WORDS_MAX &&
           (digits == 0 || digits == 2 || digits == 4 || digits == 6);
}

yz_status
yz_reader_posts_newest(yz_reader *reader, const yz_post_ask *ask,
                       uint32_t before, uint32_t *numbers, uint32_t *count)
{
    merge all;
    uint16_t items[YZ_FILTER_WORDS_MAX];
    uint32_t item_count;

    *count = 0;
    if (!yz_post_ask_ok(ask)) {
        return YZ_BAD_INPUT;
    }
    /* Region 0 says that a post has none. */
    if (!reader->has_posts || (ask->region_digits > 0 && ask->region == 0)) {
        return YZ_OK;
    }
    yz_status status = yz_reader_find_items(reader, ask, items, &item_count);
    if (status != YZ_OK) {
        return status;
    }
    all.now_s = ask->now_s;
    all.before = before == 0 ? UINT32_MAX : before;
    all.scope = ask->region_digits > 0 ? ask->region : 0;
    all.count = 0;
    list_streams(&all, ask, items, item_count);
    return yz_status_of_lmdb(run(reader, &all, ask->limit, numbers, count));
}
