/*
 * Random posts for a store: they come, change their state, go, and the list
 * of items changes.  The same seed gives the same posts.
 */
#ifndef YZ_T_UNIT_POST_FIXTURE_H
#define YZ_T_UNIT_POST_FIXTURE_H

#include "lmdb_schema/post.h"
#include "t/unit/store_fixture.h"

#define FIXTURE_NOW_S 1800000000

/* The number of a post as a key. */
typedef struct {
    uint8_t bytes[YZ_POST_KEY_SIZE];
} fixture_post_key;

static inline yz_span
fixture_key_of(fixture_post_key *key, uint32_t number)
{
    yz_put_u32_be(key->bytes, number);
    return (yz_span){(char *)key->bytes, sizeof(key->bytes)};
}

/* Any position of the grid: often a few shared ones, poles and the
   antimeridian among them. */
static inline void
fixture_post_position(fixture_random *random, yz_post *post)
{
    static const int32_t shared[][2] = {
        {1203800000, 360600000},  {1203810000, 360600000},
        {1800000000, 0},          {-1800000000, 0},
        {0, 900000000},           {900000000, 900000000},
        {-1790000000, -890000000}};

    if (fixture_draw(random, 3) == 0) {
        uint32_t i = fixture_draw(random, 7);

        post->lng_e7 = shared[i][0];
        post->lat_e7 = shared[i][1];
        return;
    }
    post->lng_e7 =
        yz_post_round_e7(1203800000 + (int32_t)fixture_draw(random, 50000000));
    post->lat_e7 =
        yz_post_round_e7(360600000 + (int32_t)fixture_draw(random, 50000000));
}

/* A random version of post `number`; what is about its time and place follows
   from the number alone. */
static inline void
fixture_random_post(fixture_random *random, uint32_t number, yz_post *post)
{
    static const char *const items[] = {"", "", "ibuprofen", "bandage", "wine"};
    static const uint32_t regions[] = {0,      370202, 370203, 370200,
                                       420502, 810001, 810002};
    fixture_random own = {number * 2654435761u + 1};
    uint32_t item = fixture_draw(&own, 5);

    memset(post, 0, sizeof(*post));
    post->number = number;
    post->topic = (uint8_t)fixture_draw(&own, YZ_POST_TOPIC_COUNT);
    post->region = regions[fixture_draw(&own, 7)];
    fixture_post_position(&own, post);
    post->created_s = FIXTURE_NOW_S - 20 * 86400 + number * 600;
    post->expires_s = post->created_s + 86400 * (1 + fixture_draw(&own, 31));
    post->item = yz_span_of(items[item]);
    post->item_name = post->item.n > 0 ? YZ_SPAN("物品") : YZ_SPAN("");
    post->text = YZ_SPAN("自由文字 <&\"> \\");
    post->place = fixture_draw(&own, 2) == 0 ? YZ_SPAN("p1") : YZ_SPAN("");
    post->writer = (yz_actor){.id = "writer", .kind = YZ_ACTOR_WORKER};
    post->contact = YZ_SPAN("sealed contact");
    post->state = (uint8_t)fixture_draw(random, YZ_POST_STATE_COUNT);
    post->shown = post->state != YZ_POST_MODERATED;
    post->text_open = post->shown;
}

static inline yz_status
fixture_put_post(yz_store *store, const yz_post *post)
{
    uint8_t value[YZ_POST_ENCODED_MAX];
    fixture_post_key key;
    size_t size;
    yz_status status = yz_post_encode(post, value, sizeof(value), &size);

    return status == YZ_OK
               ? yz_store_record_put(store, YZ_TABLE_POST,
                                     fixture_key_of(&key, post->number),
                                     (yz_span){(char *)value, size})
               : status;
}

/* One commit of up to `most` changes of `posts` posts. */
static inline yz_status
fixture_posts(yz_store *store, fixture_random *random, uint32_t posts,
              uint32_t most)
{
    static const char *const lists[] = {"ibuprofen,布洛芬,止痛\n",
                                        "ibuprofen,布洛芬\nbandage,纱布\n"};
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    uint32_t left = 1 + fixture_draw(random, most);
    yz_batch_result result;
    yz_status status = yz_store_begin(store, &info);

    while (status == YZ_OK && left-- > 0) {
        uint32_t number = 1 + fixture_draw(random, posts);
        fixture_post_key key;
        yz_post post;

        if (fixture_draw(random, 6) == 0) {
            status = yz_store_record_delete(store, YZ_TABLE_POST,
                                            fixture_key_of(&key, number));
            status = status == YZ_NOT_FOUND ? YZ_OK : status;
            continue;
        }
        fixture_random_post(random, number, &post);
        status = fixture_put_post(store, &post);
    }
    if (status == YZ_OK && fixture_draw(random, 8) == 0) {
        status =
            yz_store_record_put(store, YZ_TABLE_POLICY, YZ_SPAN("items"),
                                yz_span_of(fixture_pick(random, lists, 2)));
    }
    return status == YZ_OK ? yz_store_commit(store, &result, NULL, NULL)
                           : status;
}

#endif
