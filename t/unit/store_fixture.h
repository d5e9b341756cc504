/*
 * A store in a directory of a test's own, and random batches for it: places
 * that come, change, move, close, open again, lose their position, get other
 * words, other codes.  The same seed gives the same batches.
 */
#ifndef YZ_T_UNIT_STORE_FIXTURE_H
#define YZ_T_UNIT_STORE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb_schema/dump.h"
#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/store.h"
#include "t/unit/scratch_dir.h"

#define FIXTURE_REGIONS                                                                    \
    "code,name\n370000,山东省\n370200,青岛市\n370202,市南区\n"                    \
    "370203,市北区\n420000,湖北省\n420500,宜昌市\n810000,香港特别行政区\n" \
    "810001,中西区\n"
#define FIXTURE_HOLIDAYS                                                       \
    "date,type,name\n2026-01-01,off,元旦\n2026-01-04,work,元旦调休\n"

typedef struct {
    uint64_t state;
} fixture_random;

/* xorshift64*: any seed but 0. */
static inline uint32_t
fixture_draw(fixture_random *random, uint32_t below)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)((random->state * 2685821657736338717u) >> 32) % below;
}

/* A place and the texts that its spans point to. */
typedef struct {
    yz_place place;
    char id[32];
    char name[96];
    char hours[32];
    char address[64];
} fixture_place;

static inline const char *
fixture_pick(fixture_random *random, const char *const *all, uint32_t count)
{
    return all[fixture_draw(random, count)];
}

/* A plain place with number `i`. */
static inline void
fixture_plain(fixture_place *made, unsigned i)
{
    memset(made, 0, sizeof(*made));
    snprintf(made->id, sizeof(made->id), "p%u", i);
    snprintf(made->name, sizeof(made->name), "驿站 %u", i);
    made->place.id = yz_span_of(made->id);
    made->place.name = yz_span_of(made->name);
    made->place.kind = YZ_SPAN("station");
    made->place.address = YZ_SPAN("");
    made->place.hours = YZ_SPAN("09:00-18:00");
    made->place.services = YZ_SPAN("water,wifi");
    made->place.phone = YZ_SPAN("");
    made->place.region = 370202;
    made->place.has_position = true;
    made->place.lng_e7 = 1203800000 + (int32_t)i * 1000;
    made->place.lat_e7 = 360600000;
}

/* A random version of place number `i`. */
static inline void
fixture_random_place(fixture_random *random, fixture_place *made, unsigned i)
{
    static const char *const kinds[] = {"station", "station", "toilet",
                                        "clinic", "某种站"};
    static const char *const services[] = {
        "",        "water", "water,wifi", "hot_meal,water", "aed,books,rest",
        "自定服务"};
    static const uint32_t regions[] = {0,      370202, 370203, 370214,
                                       420502, 810001, 810002};
    static const char *const addresses[] = {"", "香港中路 1 号", "\"<&>\\"};
    yz_place *place = &made->place;

    fixture_plain(made, i);
    snprintf(made->name, sizeof(made->name), "驿站 %u 版 %u", i,
             fixture_draw(random, 4));
    place->name = yz_span_of(fixture_draw(random, 20) == 0 ? "" : made->name);
    place->kind = yz_span_of(fixture_pick(random, kinds, 5));
    place->services = yz_span_of(fixture_pick(random, services, 6));
    place->address = yz_span_of(fixture_pick(random, addresses, 3));
    place->region = regions[fixture_draw(random, 7)];
    switch (fixture_draw(random, 4)) {
    case 0:
        place->hours = YZ_SPAN("");
        break;
    case 1:
        place->hours = YZ_SPAN("有人就开"); /* not understood */
        break;
    default:
        snprintf(made->hours, sizeof(made->hours), "%02u:00-%02u:30",
                 6 + fixture_draw(random, 6), 15 + fixture_draw(random, 6));
        place->hours = yz_span_of(made->hours);
    }
    place->has_position = fixture_draw(random, 8) != 0;
    place->lng_e7 = 1203800000 + (int32_t)fixture_draw(random, 5000000);
    place->lat_e7 = 360600000 + (int32_t)fixture_draw(random, 5000000);
    if (!place->has_position) {
        place->lng_e7 = place->lat_e7 = 0;
    }
    place->level = (uint8_t)fixture_draw(random, 4);
    place->status =
        (uint8_t)(fixture_draw(random, 3) == 0 ? fixture_draw(random, 4)
                                               : YZ_PLACE_OPEN);
    place->until_s = fixture_draw(random, 3) == 0 ? 1800000000 : 0;
}

/* One rating by one of seven devices on one of three days: put, changed or
   taken back, with the tally as the rules keep it. */
static inline yz_status
fixture_rate(yz_store *store, fixture_random *random, unsigned places)
{
    char id[32];
    uint8_t key[24] = {0}, value[YZ_RATING_HEAD] = {1};
    const yz_span at = {(char *)key, sizeof(key)};
    yz_span old;
    yz_place place;
    int32_t count = 0, sum = 0;
    yz_status status;

    snprintf(id, sizeof(id), "p%u", fixture_draw(random, places));
    status = yz_store_place_get(store, yz_span_of(id), &place);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    yz_put_u32_be(key, place.number);
    yz_put_u32_be(key + 4, 20000 + fixture_draw(random, 3));
    key[8] = (uint8_t)fixture_draw(random, 7);
    value[1] = (uint8_t)(1 + fixture_draw(random, 5));
    value[2] = fixture_draw(random, 5) == 0;
    status = yz_store_record_get(store, YZ_TABLE_RATING, at, &old, NULL);
    if (status == YZ_OK && old.p[2] == 0) {
        count--;
        sum -= old.p[1];
    }
    if (value[2] == 0) {
        count++;
        sum += value[1];
    }
    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        status = yz_store_record_put(store, YZ_TABLE_RATING, at,
                                     (yz_span){(char *)value, sizeof(value)});
    }
    return status == YZ_OK ? yz_store_tally_add(store, place.number, count, sum)
                           : status;
}

/* A commit of up to ten requests that have nothing to do with each other. */
static inline yz_status
fixture_requests(yz_store *store, fixture_random *random, unsigned places)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    const yz_actor actor = {.id = "someone", .kind = YZ_ACTOR_DEVICE};
    unsigned left = 1 + fixture_draw(random, 10);
    yz_batch_result result;
    yz_status status = yz_store_begin(store, &info);

    yz_store_act(store, &actor);
    while (status == YZ_OK && left-- > 0) {
        status = fixture_rate(store, random, places);
    }
    return status == YZ_OK ? yz_store_commit(store, &result, NULL, NULL)
                           : status;
}

/*
 * Puts one random batch of up to `most` changes of `places` places, and
 * commits it; before it, every other time, requests with a commit of their
 * own.
 */
static inline yz_status
fixture_batch(yz_store *store, fixture_random *random, unsigned places,
              unsigned most, yz_batch_result *result)
{
    const yz_batch_info info = {.kind = YZ_SPAN("load"),
                                .source = YZ_SPAN("random"),
                                .actor = YZ_SPAN("test")};
    unsigned changes = 1 + fixture_draw(random, most), i;
    yz_status status = fixture_draw(random, 2) == 0
                           ? fixture_requests(store, random, places)
                           : YZ_OK;

    if (status == YZ_OK) {
        status = yz_store_begin(store, &info);
    }

    for (i = 0; status == YZ_OK && i < changes; i++) {
        fixture_place made;

        fixture_random_place(random, &made, fixture_draw(random, places));
        status = yz_store_place_put(store, &made.place);
        if (status == YZ_OK && fixture_draw(random, 10) == 0) {
            status = yz_store_code_reissue(store, made.place.id);
        }
    }
    if (status == YZ_OK && fixture_draw(random, 10) == 0) {
        status = yz_store_reference_put(
            store, YZ_SPAN("holidays"),
            fixture_draw(random, 2) == 0
                ? YZ_SPAN(FIXTURE_HOLIDAYS)
                : YZ_SPAN("2026-01-01,off\n2026-02-16,off\n"));
    }
    if (status == YZ_OK && fixture_draw(random, 25) == 0) {
        status = yz_store_reference_put(store, YZ_SPAN("regions"),
                                        fixture_draw(random, 2) == 0
                                            ? YZ_SPAN(FIXTURE_REGIONS)
                                            : YZ_SPAN("370000,山东\n"));
    }
    return status == YZ_OK ? yz_store_commit(store, result, NULL, NULL)
                           : status;
}

/* Tells a fault that verify found; counts it in the context. */
static inline void
fixture_problem(void *context, const char *sentence)
{
    unsigned *count = context;

    ++*count;
    fprintf(stderr, "verify: %s\n", sentence);
}

/* The whole public dump as text, to be freed; NULL on failure. */
static inline char *
fixture_dump(const char *dir)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL) {
        return NULL;
    }
    if (yz_dump_public(dir, (yz_span){"", 0}, out) != YZ_OK) {
        fclose(out);
        free(text);
        return NULL;
    }
    fclose(out);
    return text;
}

#endif
