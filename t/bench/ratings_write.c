/*
 * ratings_write: puts ratings into a data directory, past HTTP, so that a
 * benchmark finds a year's worth of them.  Run by scripts/bench while nothing
 * else writes there:
 *
 *   ratings_write DIR COUNT SEED
 *
 * Ratings are of places drawn uniformly, each by a device of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/store.h"

#define PER_COMMIT 20000
#define DAY 20000

typedef struct {
    uint32_t *all;
    size_t count;
    size_t room;
} numbers;

static uint64_t
random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 16;
}

static yz_status
collect(void *context, const yz_place *place)
{
    numbers *n = context;

    if (n->count == n->room) {
        n->room = n->room == 0 ? 65536 : n->room * 2;
        n->all = realloc(n->all, n->room * sizeof(*n->all));
    }
    if (n->all == NULL) {
        return YZ_NOMEM;
    }
    n->all[n->count++] = place->number;
    return YZ_OK;
}

static yz_status
rate(yz_store *store, uint32_t place, uint64_t device, uint64_t *random)
{
    const yz_rating rating = {.score = (uint8_t)(1 + random_next(random) % 5),
                              .at_s = DAY * INT64_C(86400)};
    const yz_actor actor = {.kind = YZ_ACTOR_DEVICE};
    yz_rating_key whose = {.place = place, .day = DAY};
    uint8_t key[YZ_RATING_KEY_SIZE], value[YZ_RATING_ENCODED_MAX];
    size_t size;
    yz_status status;

    memcpy(whose.actor, &device, sizeof(device));
    yz_rating_key_write(&whose, key);
    yz_store_act(store, &actor);
    status = yz_rating_encode(&rating, value, sizeof(value), &size);
    if (status == YZ_OK) {
        status = yz_store_record_put(store, YZ_TABLE_RATING,
                                     (yz_span){(char *)key, sizeof(key)},
                                     (yz_span){(char *)value, size});
    }
    return status == YZ_OK ? yz_store_tally_add(store, place, 1, rating.score)
                           : status;
}

static yz_status
write_all(yz_store *store, const numbers *n, uint64_t count, uint64_t seed)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    uint64_t random = seed, i;
    yz_batch_result result;
    yz_status status = YZ_OK;

    for (i = 0; status == YZ_OK && i < count; i++) {
        if (i % PER_COMMIT == 0) {
            status = yz_store_begin(store, &info);
        }
        if (status == YZ_OK) {
            status = rate(store, n->all[random_next(&random) % n->count],
                          seed << 40 | i, &random);
        }
        if (status == YZ_OK && (i + 1 == count || (i + 1) % PER_COMMIT == 0)) {
            status = yz_store_commit(store, &result, NULL, NULL);
        }
    }
    return status;
}

int
main(int argc, char **argv)
{
    numbers n = {0};
    yz_store_error error;
    yz_store *store;
    yz_status status;

    if (argc != 4) {
        fputs("usage: ratings_write DIR COUNT SEED\n", stderr);
        return 2;
    }
    if (yz_store_open(argv[1], 0, &store, &error) != YZ_OK) {
        fprintf(stderr, "ratings_write: %s\n", error.text);
        return 1;
    }
    status = yz_store_each_place(store, collect, &n);
    if (status == YZ_OK && n.count == 0) {
        status = YZ_NOT_FOUND;
    }
    if (status == YZ_OK) {
        status = write_all(store, &n, strtoull(argv[2], NULL, 10),
                           strtoull(argv[3], NULL, 10));
    }
    if (status != YZ_OK) {
        fprintf(stderr, "ratings_write: %s: %s\n", yz_status_text(status),
                yz_store_why(store));
    }
    yz_store_close(store);
    free(n.all);
    return status == YZ_OK ? 0 : 1;
}
