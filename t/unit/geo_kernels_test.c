/*
 * Protects the kernels of a geo search: that what they promise holds in each
 * of their forms, and that all forms give the same bits.  If one differed, a
 * search would miss places on some processors only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/geo_kernels.h"
#include <math.h>
#include <stdalign.h>
#include <string.h>

#define ROUNDS 20000

static uint64_t random_state = 7;

static uint64_t
random_next(void)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t
random_below(uint32_t n)
{
    return (uint32_t)(random_next() % n);
}

/* Anywhere, or within `reach` of the middle. */
static int32_t
random_near(int32_t middle, int32_t reach, int32_t most)
{
    int64_t at =
        middle - (int64_t)reach + random_below(2 * (uint32_t)reach + 1);
    return (int32_t)(at > most ? most : at < -(int64_t)most ? -most : at);
}

static int32_t
random_lat(void)
{
    return random_near(0, YZ_LAT_MAX_E7, YZ_LAT_MAX_E7);
}

static int32_t
random_lng(void)
{
    return random_near(0, YZ_LNG_MAX_E7, YZ_LNG_MAX_E7);
}

static int32_t
random_reach(void)
{
    return 1 + (int32_t)(random_next() >> (34 + random_below(25)));
}

static yz_geo_window
random_window(const yz_geo_origin *origin, double *key)
{
    yz_geo_filter filter = yz_geo_filter_any();

    *key = pow(10, random_below(140) / 10.0);
    if (random_below(4) == 0) {
        filter.has_box = true;
        filter.box_e7[0] = random_lng();
        filter.box_e7[1] = random_lat();
        filter.box_e7[2] = random_lng();
        filter.box_e7[3] =
            random_near(filter.box_e7[1], 1 << 30, YZ_LAT_MAX_E7);
    }
    yz_geo_window base = yz_geo_window_of(&filter);
    return yz_geo_window_near(&base, origin, *key);
}

static yz_geo_origin
random_origin(void)
{
    return yz_geo_origin_of(random_lat(), random_lng());
}

/* Points near `origin`, the first YZ_CHUNK_BLOCKS boxes round it. */
static void
random_chunk(yz_geo_chunk *chunk, const yz_geo_origin *origin)
{
    int32_t reach = random_reach();

    memset(chunk, 0, sizeof(*chunk));
    chunk->count = 1 + random_below(YZ_CHUNK_CAP);
    for (uint32_t i = 0; i < YZ_CHUNK_CAP; i++) {
        chunk->shape[yz_geo_lat_at(i)] =
            random_near(origin->lat_e7, reach, YZ_LAT_MAX_E7);
        chunk->shape[yz_geo_lng_at(i)] =
            random_near(origin->lng_e7, reach, YZ_LNG_MAX_E7);
        chunk->kind[i] = (uint16_t)random_below(4);
        chunk->services[i] = random_next() | random_next();
        chunk->region_level[i] = random_below(10) | random_below(4) << 24;
    }
    for (uint32_t b = 0; b < YZ_CHUNK_BLOCKS; b++) {
        int32_t west = chunk->shape[yz_geo_lng_at(b)];
        int32_t south = chunk->shape[yz_geo_lat_at(b)];
        chunk->shape[YZ_CHUNK_WEST + b] = west;
        chunk->shape[YZ_CHUNK_SOUTH + b] = south;
        chunk->shape[YZ_CHUNK_EAST + b] =
            random_near(west, reach, YZ_LNG_MAX_E7);
        chunk->shape[YZ_CHUNK_NORTH + b] =
            random_near(south, reach, YZ_LAT_MAX_E7);
    }
}

static void
boxes_hold(const yz_geo_kernels *kernels)
{
    static yz_geo_chunk chunk;
    double key;

    for (int round = 0; round < ROUNDS; round++) {
        yz_geo_origin origin = random_origin();
        yz_geo_window window = random_window(&origin, &key);
        random_chunk(&chunk, &origin);
        uint32_t count = random_below(YZ_CHUNK_BLOCKS + 1);
        uint64_t bits =
            kernels->boxes(chunk.shape, YZ_CHUNK_BLOCKS, count, &window);
        for (uint32_t b = 0; b < 64; b++) {
            const int32_t *box = chunk.shape + b;
            bool meets = b < count &&
                         yz_geo_window_meets(
                             &window, box[YZ_CHUNK_WEST], box[YZ_CHUNK_SOUTH],
                             box[YZ_CHUNK_EAST], box[YZ_CHUNK_NORTH]);
            assert_int_equal(bits >> b & 1, meets);
        }
    }
}

static void
keys_hold(const yz_geo_kernels *kernels)
{
    static yz_geo_chunk chunk;
    double keys[YZ_CHUNK_BLOCK];

    for (int round = 0; round < ROUNDS; round++) {
        yz_geo_origin origin = random_origin();
        random_chunk(&chunk, &origin);
        uint32_t first = random_below(YZ_CHUNK_BLOCKS - 1) * YZ_CHUNK_BLOCK;
        double bound = pow(10, random_below(140) / 10.0);
        uint32_t bits = kernels->keys(&chunk, first, &origin, bound, keys);
        for (uint32_t i = 0; i < YZ_CHUNK_BLOCK; i++) {
            double key =
                yz_chord_key(&origin, chunk.shape[yz_geo_lat_at(first + i)],
                             chunk.shape[yz_geo_lng_at(first + i)]);
            assert_true(keys[i] == key);
            assert_int_equal(bits >> i & 1, key <= bound);
        }
    }
}

/* Puts a key where it belongs, one by one. */
static void
rank_plainly(float *ranking, uint32_t lanes, float key)
{
    for (uint32_t i = 0; i < lanes; i++) {
        if (key < ranking[i]) {
            float out = ranking[i];
            ranking[i] = key;
            key = out;
        }
    }
}

static void
rankings_hold(const yz_geo_kernels *kernels)
{
    static yz_geo_found found;
    float expected[YZ_RANKING_MAX];
    double keys[YZ_CHUNK_BLOCK];

    for (int round = 0; round < ROUNDS / 10; round++) {
        found.count = 0;
        found.lanes = YZ_RANK_LANES * (1 + random_below(13));
        for (uint32_t i = 0; i < found.lanes; i++) {
            found.ranking[i] = expected[i] = INFINITY;
        }
        for (int n = 0; n < 12; n++) {
            uint32_t bits = random_below(1 << YZ_CHUNK_BLOCK);
            uint32_t count = found.count;
            for (uint32_t i = 0; i < YZ_CHUNK_BLOCK; i++) {
                keys[i] = random_below(3) ? pow(10, random_below(1000) / 100.0)
                                          : random_below(3);
                if (bits >> i & 1) {
                    rank_plainly(expected, found.lanes, (float)keys[i]);
                }
            }
            kernels->take(&found, keys, 4711, bits);
            assert_memory_equal(found.ranking, expected,
                                found.lanes * sizeof(*expected));
            for (uint32_t i = 0; i < YZ_CHUNK_BLOCK; i++) {
                if (bits >> i & 1) {
                    assert_true(found.keys[count] == keys[i]);
                    assert_true(found.spots[count++] == 4711 + i);
                }
            }
            assert_int_equal(found.count, count);
        }
    }
}

static void
places_hold(const yz_geo_kernels *kernels)
{
    alignas(32) double keys[YZ_FOUND_MAX] = {0};
    uint32_t places[YZ_FOUND_MAX];

    for (int round = 0; round < ROUNDS / 10; round++) {
        uint32_t count = 1 + random_below(random_below(4) ? 20 : YZ_FOUND_MAX);
        for (uint32_t i = 0; i < count; i++) {
            keys[i] = random_below(100);
        }
        kernels->places(keys, count, places);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t less = 0;
            for (uint32_t j = 0; j < count; j++) {
                less += keys[j] < keys[i];
            }
            assert_int_equal(places[i], less);
        }
    }
}

static void
filters_hold(const yz_geo_kernels *kernels)
{
    static yz_geo_chunk chunk;

    for (int round = 0; round < ROUNDS / 10; round++) {
        yz_geo_origin origin = random_origin();
        yz_geo_filter filter = yz_geo_filter_any();
        alignas(32) uint8_t pass[YZ_CHUNK_BYTES];
        uint8_t in[YZ_CHUNK_BYTES];
        uint64_t bits[YZ_CHUNK_WORDS];
        double key;
        yz_geo_window window = random_window(&origin, &key);
        random_chunk(&chunk, &origin);
        filter.kind_count = random_below(3);
        filter.kinds[0] = 1;
        filter.kinds[1] = 3;
        filter.services = random_below(2) ? random_next() & random_next() &
                                                random_next() & random_next()
                                          : 0;
        filter.level = (int32_t)random_below(5) - 1;
        filter.region_low = random_below(5);
        filter.region_high = filter.region_low + random_below(6);
        memset(pass, 1, sizeof(pass));
        memset(in, 1, sizeof(in));
        kernels->passing(&chunk, &filter, pass);
        kernels->in_box(&chunk, &window, in);
        kernels->bits(pass, bits);
        for (uint32_t i = 0; i < YZ_CHUNK_CAP; i++) {
            int32_t lat = chunk.shape[yz_geo_lat_at(i)];
            int32_t lng = chunk.shape[yz_geo_lng_at(i)];
            assert_int_equal(
                pass[i],
                yz_geo_filter_passes(&filter, chunk.kind[i], 0,
                                     chunk.region_level[i] & YZ_REGION_MASK,
                                     chunk.services[i],
                                     (uint8_t)(chunk.region_level[i] >> 24)));
            assert_int_equal(in[i],
                             yz_geo_window_meets(&window, lng, lat, lng, lat));
        }
    }
}

static void
kernels_hold(const yz_geo_kernels *kernels)
{
    random_state = 7;
    boxes_hold(kernels);
    keys_hold(kernels);
    rankings_hold(kernels);
    places_hold(kernels);
    filters_hold(kernels);
}

static void
the_portable_kernels_hold_what_they_promise(void **state)
{
    (void)state;
    kernels_hold(&yz_geo_kernels_portable);
}

static void
the_kernels_for_avx2_hold_what_they_promise(void **state)
{
    (void)state;
    if (yz_geo_kernels_avx2() == NULL) {
        skip();
    }
    kernels_hold(yz_geo_kernels_avx2());
}

/* What lies both in a window and in a box is never nearer than their bound. */
static void
the_bound_of_a_window_is_never_above_a_key(void **state)
{
    (void)state;
    for (int round = 0; round < 100 * ROUNDS; round++) {
        double key;
        yz_geo_origin origin = random_origin();
        yz_geo_window window = random_window(&origin, &key);
        int32_t reach = random_reach();
        int32_t lat = random_near(origin.lat_e7, reach, YZ_LAT_MAX_E7);
        int32_t lng = random_near(origin.lng_e7, reach, YZ_LNG_MAX_E7);
        int32_t west = random_near(lng, reach, YZ_LNG_MAX_E7);
        int32_t south = random_near(lat, reach, YZ_LAT_MAX_E7);
        int32_t east = random_near(lng, reach, YZ_LNG_MAX_E7);
        int32_t north = random_near(lat, reach, YZ_LAT_MAX_E7);
        west = west < lng ? west : lng;
        east = east > lng ? east : lng;
        south = south < lat ? south : lat;
        north = north > lat ? north : lat;
        if (yz_geo_window_meets(&window, lng, lat, lng, lat)) {
            assert_true(yz_geo_window_bound(&window, &origin, west, south, east,
                                            north) <=
                        yz_geo_key_from(&origin, lat, lng));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_portable_kernels_hold_what_they_promise),
        cmocka_unit_test(the_kernels_for_avx2_hold_what_they_promise),
        cmocka_unit_test(the_bound_of_a_window_is_never_above_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
