/*
 * Protects the geo layer: that its answers are exactly those of brute force
 * with every filter, at poles, antimeridian and shared points, after any
 * sequence of changes; that the tree keeps every rule of its format; and that
 * pages remembered by a reader stay right over commits.  If a bound, a cut or
 * a version were wrong, a search would silently miss places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/geo_key.h"
#include "core/geo_key_impl.h"
#include "core/geo_page.h"
#include "lmdb_schema/geo_read.h"
#include "lmdb_schema/geo_write.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOURS_IDS 40

typedef struct {
    MDB_env *env;
    char directory[64];
    yz_geo_reader *reader;
} layer;

static uint64_t random_state;

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

static void
layer_open(layer *l)
{
    MDB_txn *txn;

    strcpy(l->directory, "/tmp/yizhan-geo-XXXXXX");
    assert_non_null(mkdtemp(l->directory));
    assert_int_equal(mdb_env_create(&l->env), 0);
    assert_int_equal(mdb_env_set_mapsize(l->env, (size_t)1 << 30), 0);
    assert_int_equal(mdb_env_set_maxdbs(l->env, 4), 0);
    assert_int_equal(
        mdb_env_open(l->env, l->directory, MDB_NOTLS | MDB_NOSYNC, 0600), 0);
    yz_geo_writer *writer;
    assert_int_equal(mdb_txn_begin(l->env, NULL, 0, &txn), 0);
    assert_int_equal(yz_geo_writer_open(txn, "test", &writer), YZ_OK);
    assert_int_equal(yz_geo_writer_finish(writer), YZ_OK);
    yz_geo_writer_free(writer);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(yz_geo_reader_open(txn, "test", &l->reader), YZ_OK);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static void
layer_close(layer *l)
{
    char path[96];

    yz_geo_reader_free(l->reader);
    mdb_env_close(l->env);
    snprintf(path, sizeof(path), "%s/data.mdb", l->directory);
    unlink(path);
    snprintf(path, sizeof(path), "%s/lock.mdb", l->directory);
    unlink(path);
    rmdir(l->directory);
}

/* Everywhere, with clusters, poles, antimeridian and shared positions. */
static yz_geo_point
random_point(uint32_t number, const yz_geo_point *others, uint32_t count)
{
    yz_geo_point p = {.number = number};
    uint32_t how = random_below(100);

    if (how < 15 && count > 0) {
        const yz_geo_point *same = &others[random_below(count)];
        p.lat_e7 = same->lat_e7;
        p.lng_e7 = same->lng_e7;
    } else if (how < 60) {
        p.lat_e7 = 360671000 + (int32_t)random_below(2000000);
        p.lng_e7 = 1203826000 + (int32_t)random_below(2000000);
    } else if (how < 75) {
        p.lat_e7 = 180000000 + (int32_t)random_below(350000000);
        p.lng_e7 = 735000000 + (int32_t)random_below(615000000);
    } else if (how < 80) {
        int32_t off = (int32_t)random_below(3000000);
        p.lat_e7 = 900000000 - (random_below(3) ? off : 0);
        p.lat_e7 = random_below(2) ? p.lat_e7 : -p.lat_e7;
        p.lng_e7 = (int32_t)(random_below(3600000001u) - 1800000000u);
    } else if (how < 90) {
        int32_t off = (int32_t)random_below(3000000);
        p.lng_e7 = 1800000000 - (random_below(3) ? off : 0);
        p.lng_e7 = random_below(2) ? p.lng_e7 : -p.lng_e7;
        p.lat_e7 = (int32_t)random_below(1800000001u) - 900000000;
    } else {
        p.lat_e7 = (int32_t)random_below(1800000001u) - 900000000;
        p.lng_e7 = (int32_t)(random_below(3600000001u) - 1800000000u);
    }
    p.kind = (uint16_t)(random_below(5) ? random_below(3) : random_below(300));
    p.hours = (uint16_t)random_below(HOURS_IDS);
    p.level = (uint8_t)random_below(4);
    p.region = random_below(4)
                   ? 370200 + random_below(10)
                   : (110000 + 10000 * random_below(60)) + random_below(900);
    p.services = random_next() & random_next() & random_next();
    return p;
}

/* Ids whose order is not that of the numbers. */
static uint32_t
id_of(uint32_t number)
{
    return number * 2654435761u;
}

static int
order_by_id(void *context, uint32_t a, uint32_t b)
{
    (void)context;
    return id_of(a) < id_of(b) ? -1 : id_of(a) > id_of(b);
}

static int
order_by_cursor(void *context, uint32_t number)
{
    return order_by_id(NULL, number, *(const uint32_t *)context);
}

static uint8_t
open_of(void *context, uint16_t hours)
{
    uint8_t *open = context;
    return open[hours] = hours % 3 == 0;
}

static bool
in_box(const yz_geo_filter *f, const yz_geo_point *p)
{
    if (!f->has_box) {
        return true;
    }
    bool wraps = f->box_e7[0] > f->box_e7[2];
    bool in = false;
    for (int side = -1; side <= 1; side += 2) { /* -180 is 180 */
        int32_t half_turn = 1800000000;
        int32_t lng = p->lng_e7 == half_turn || p->lng_e7 == -half_turn
                          ? side * half_turn
                          : p->lng_e7;
        bool east_of = lng >= f->box_e7[0], west_of = lng <= f->box_e7[2];
        in |= wraps ? east_of || west_of : east_of && west_of;
    }
    return in && p->lat_e7 >= f->box_e7[1] && p->lat_e7 <= f->box_e7[3];
}

static bool
passes(const yz_geo_filter *f, const yz_geo_point *p)
{
    return in_box(f, p) && yz_geo_filter_passes(f, p->kind, p->hours, p->region,
                                                p->services, p->level);
}

static int
hit_compare(const void *left, const void *right)
{
    const yz_geo_hit *a = left, *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return order_by_id(NULL, a->number, b->number);
}

static uint32_t
brute_force(const yz_geo_point *points, uint32_t count, const yz_geo_query *q,
            yz_geo_hit *hits)
{
    yz_geo_hit *all = malloc((count + 1) * sizeof(*all));
    uint32_t found = 0;
    double most =
        q->radius_m < INFINITY ? yz_geo_key_of_m(q->radius_m) : INFINITY;

    for (uint32_t i = 0; i < count; i++) {
        const yz_geo_point *p = &points[i];
        double key = yz_geo_key(q->lat_e7, q->lng_e7, p->lat_e7, p->lng_e7);
        if (!passes(q->filter, p) || key > most || key < q->after_key ||
            (key == q->after_key &&
             q->order_cursor(q->order_context, p->number) <= 0)) {
            continue;
        }
        all[found++] = (yz_geo_hit){key, p->number, p->lat_e7, p->lng_e7};
    }
    qsort(all, found, sizeof(*all), hit_compare);
    found = found < q->limit ? found : q->limit;
    memcpy(hits, all, found * sizeof(*hits));
    free(all);
    return found;
}

static yz_geo_filter
random_filter(uint8_t *open)
{
    yz_geo_filter f = yz_geo_filter_any();

    if (random_below(3) == 0) {
        return f;
    }
    if (random_below(3) == 0) {
        f.kind_count = 1 + random_below(3);
        for (uint32_t i = 0; i < f.kind_count; i++) {
            f.kinds[i] = (uint16_t)(random_below(2) ? random_below(4)
                                                    : random_below(300));
        }
    }
    if (random_below(3) == 0) {
        f.services = (uint64_t)1 << random_below(64);
        f.services |= (uint64_t)1 << random_below(64);
    }
    f.level = random_below(3) ? -1 : (int32_t)random_below(4);
    if (random_below(3) == 0) {
        uint32_t digits = random_below(3);
        uint32_t step = digits == 0 ? 10000 : digits == 1 ? 100 : 1;
        uint32_t region = 370200 + random_below(10);
        f.region_low = region / step * step;
        f.region_high = f.region_low + step - 1;
    }
    if (random_below(4) == 0) {
        yz_geo_point a = random_point(1, NULL, 0), b = random_point(2, NULL, 0);
        f.has_box = true;
        f.box_e7[0] = a.lng_e7;
        f.box_e7[2] = b.lng_e7;
        f.box_e7[1] = a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7;
        f.box_e7[3] = a.lat_e7 < b.lat_e7 ? b.lat_e7 : a.lat_e7;
    }
    if (random_below(4) == 0) {
        memset(open, 2, HOURS_IDS);
        f.open = open;
        f.open_count = HOURS_IDS - 5;
        f.open_of = open_of;
        f.open_context = open;
    }
    return f;
}

static void
compare_nearest(layer *l, const yz_geo_point *points, uint32_t count,
                uint32_t queries)
{
    static yz_geo_hit expected[200], hits[200];
    uint8_t open[HOURS_IDS];
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn), 0);
    for (uint32_t i = 0; i < queries; i++) {
        yz_geo_filter filter = random_filter(open);
        yz_geo_point from = random_point(0, points, count);
        uint32_t cursor = random_below(count + 1), got;
        static const double radii[] = {INFINITY, INFINITY, 0,   50,
                                       2000,     50000,    5e6, 2.1e7};
        static const uint32_t limits[] = {1, 3, 10, 101};
        yz_geo_query q = {
            .lat_e7 = from.lat_e7,
            .lng_e7 = from.lng_e7,
            .limit = limits[random_below(4)],
            .radius_m = radii[random_below(8)],
            .after_key = -1,
            .filter = &filter,
            .order = order_by_id,
            .order_cursor = order_by_cursor,
            .order_context = &cursor,
        };
        if (random_below(3) == 0 && count > 0) {
            const yz_geo_point *p = &points[random_below(count)];
            cursor = p->number;
            q.after_key = yz_geo_key(q.lat_e7, q.lng_e7, p->lat_e7, p->lng_e7);
        }
        uint32_t want = brute_force(points, count, &q, expected);
        assert_int_equal(yz_geo_reader_nearest(l->reader, txn, &q, hits, &got),
                         YZ_OK);
        assert_int_equal(got, want);
        for (uint32_t j = 0; j < want; j++) {
            assert_int_equal(hits[j].number, expected[j].number);
            assert_true(hits[j].key == expected[j].key);
        }
    }
    mdb_txn_abort(txn);
}

static int
hilbert_compare(const void *left, const void *right)
{
    const yz_geo_point *a = left, *b = right;
    uint64_t x = yz_hilbert_of(a->lat_e7, a->lng_e7);
    uint64_t y = yz_hilbert_of(b->lat_e7, b->lng_e7);
    if (x != y) {
        return x < y ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

/* Pages through the whole list and compares it with a sorted filter. */
static void
compare_walk(layer *l, const yz_geo_point *points, uint32_t count,
             uint32_t queries)
{
    yz_geo_point *sorted = malloc((count + 1) * sizeof(*sorted));
    static yz_geo_hit hits[64];
    static uint64_t hilberts[64];
    uint8_t open[HOURS_IDS];
    MDB_txn *txn;

    memcpy(sorted, points, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), hilbert_compare);
    assert_int_equal(mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn), 0);
    for (uint32_t i = 0; i < queries; i++) {
        yz_geo_filter filter = random_filter(open);
        uint32_t limit = 1 + random_below(64), at = 0, got;
        uint64_t hilbert = 0;
        uint32_t number = 0;
        bool after = false;
        do {
            assert_int_equal(yz_geo_reader_walk(l->reader, txn, &filter, after,
                                                hilbert, number, limit, hits,
                                                hilberts, &got),
                             YZ_OK);
            for (uint32_t j = 0; j < got; j++, at++) {
                while (at < count && !passes(&filter, &sorted[at])) {
                    at++;
                }
                assert_true(at < count);
                assert_int_equal(hits[j].number, sorted[at].number);
                hilbert = hilberts[j];
                number = hits[j].number;
                after = true;
            }
        } while (got == limit);
        for (; at < count; at++) {
            assert_false(passes(&filter, &sorted[at]));
        }
    }
    mdb_txn_abort(txn);
    free(sorted);
}

typedef struct {
    const yz_geo_point *sorted;
    uint32_t at;
} expected_points;

static yz_status
visit_expected(void *context, const yz_geo_point *point)
{
    expected_points *e = context;
    const yz_geo_point *want = &e->sorted[e->at++];
    return point->number == want->number && point->lat_e7 == want->lat_e7 &&
                   point->lng_e7 == want->lng_e7 && point->kind == want->kind &&
                   point->hours == want->hours &&
                   point->region == want->region &&
                   point->services == want->services &&
                   point->level == want->level
               ? YZ_OK
               : YZ_CORRUPT;
}

static void
compare_layer(layer *l, const yz_geo_point *points, uint32_t count)
{
    yz_geo_point *sorted = malloc((count + 1) * sizeof(*sorted));
    expected_points expected = {sorted, 0};
    char why[160];
    MDB_txn *txn;

    memcpy(sorted, points, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), hilbert_compare);
    assert_int_equal(mdb_txn_begin(l->env, NULL, MDB_RDONLY, &txn), 0);
    yz_status status =
        yz_geo_layer_check(txn, "test", visit_expected, &expected, NULL, why);
    assert_string_equal(why, "");
    assert_int_equal(status, YZ_OK);
    assert_int_equal(expected.at, count);
    mdb_txn_abort(txn);
    free(sorted);
}

static void
build(layer *l, const yz_geo_point *points, uint32_t count)
{
    yz_geo_point *copy = malloc((count + 1) * sizeof(*copy));
    yz_geo_writer *writer;
    MDB_txn *txn;

    memcpy(copy, points, count * sizeof(*copy));
    assert_int_equal(mdb_txn_begin(l->env, NULL, 0, &txn), 0);
    assert_int_equal(yz_geo_writer_open(txn, "test", &writer), YZ_OK);
    assert_int_equal(yz_geo_writer_build(writer, copy, count), YZ_OK);
    assert_int_equal(yz_geo_writer_finish(writer), YZ_OK);
    yz_geo_writer_free(writer);
    assert_int_equal(mdb_txn_commit(txn), 0);
    free(copy);
}

/* One transaction of random puts, moves, changes and removals. */
static uint32_t
change(layer *l, yz_geo_point *points, uint32_t count, uint32_t *next,
       uint32_t changes, uint32_t remove_percent)
{
    yz_geo_writer *writer;
    MDB_txn *txn;

    assert_int_equal(mdb_txn_begin(l->env, NULL, 0, &txn), 0);
    assert_int_equal(yz_geo_writer_open(txn, "test", &writer), YZ_OK);
    for (uint32_t i = 0; i < changes; i++) {
        uint32_t how = random_below(100);
        uint32_t at = count > 0 ? random_below(count) : 0;
        if (count > 0 && how < remove_percent) {
            assert_int_equal(yz_geo_writer_put(writer, &points[at], NULL),
                             YZ_OK);
            points[at] = points[--count];
        } else if (count > 0 && how < remove_percent + 30) {
            yz_geo_point p = random_point(points[at].number, points, count);
            if (how % 3 == 0) {
                p.lat_e7 = points[at].lat_e7;
                p.lng_e7 = points[at].lng_e7;
            }
            assert_int_equal(yz_geo_writer_put(writer, &points[at], &p), YZ_OK);
            points[at] = p;
        } else {
            points[count] = random_point((*next)++, points, count);
            assert_int_equal(yz_geo_writer_put(writer, NULL, &points[count]),
                             YZ_OK);
            count++;
        }
    }
    assert_int_equal(yz_geo_writer_finish(writer), YZ_OK);
    yz_geo_writer_free(writer);
    assert_int_equal(mdb_txn_commit(txn), 0);
    return count;
}

static void
a_built_layer_answers_as_brute_force(void **state)
{
    static const uint32_t sizes[] = {0, 1, 2, 19, 21, 140, 141, 1000, 12000};
    yz_geo_point *points = malloc(12000 * sizeof(*points));
    (void)state;

    random_state = 1;
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        layer l;
        layer_open(&l);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            points[i] = random_point(i, points, i);
        }
        build(&l, points, sizes[s]);
        compare_layer(&l, points, sizes[s]);
        compare_nearest(&l, points, sizes[s], 1200);
        compare_walk(&l, points, sizes[s], 30);
        layer_close(&l);
    }
    free(points);
}

static void
a_changed_layer_answers_as_brute_force(void **state)
{
    yz_geo_point *points = malloc(40000 * sizeof(*points));
    uint32_t count = 0, next = 0;
    layer l;
    (void)state;

    random_state = 2;
    layer_open(&l);
    for (uint32_t round = 0; round < 60; round++) {
        uint32_t removing = round < 30 ? 10 : round < 50 ? 65 : 99;
        count =
            change(&l, points, count, &next, 1 + random_below(600), removing);
        compare_layer(&l, points, count);
        compare_nearest(&l, points, count, 60);
        if (round % 10 == 0) {
            compare_walk(&l, points, count, 10);
        }
    }
    layer_close(&l);
    free(points);
}

static void
a_thousand_places_at_one_point_stay_ordered_by_id(void **state)
{
    yz_geo_point *points = malloc(3000 * sizeof(*points));
    uint32_t next = 3000;
    layer l;
    (void)state;

    random_state = 3;
    layer_open(&l);
    for (uint32_t i = 0; i < 3000; i++) {
        points[i] = (yz_geo_point){
            .lat_e7 = 361111111, .lng_e7 = 1201111111, .number = i};
    }
    build(&l, points, 1000);
    compare_nearest(&l, points, 1000, 100);
    uint32_t count = change(&l, points, 1000, &next, 200, 30);
    compare_layer(&l, points, count);
    compare_nearest(&l, points, count, 100);
    compare_walk(&l, points, count, 5);
    layer_close(&l);
    free(points);
}

static void
a_point_that_is_not_there_is_not_found(void **state)
{
    yz_geo_point point = {.lat_e7 = 10, .lng_e7 = 20, .number = 7};
    yz_geo_writer *writer;
    MDB_txn *txn;
    layer l;
    (void)state;

    layer_open(&l);
    build(&l, &point, 1);
    point.number = 8;
    assert_int_equal(mdb_txn_begin(l.env, NULL, 0, &txn), 0);
    assert_int_equal(yz_geo_writer_open(txn, "test", &writer), YZ_OK);
    assert_int_equal(yz_geo_writer_put(writer, &point, NULL), YZ_NOT_FOUND);
    assert_int_equal(yz_geo_writer_put(writer, NULL, &point), YZ_NOT_FOUND);
    assert_int_equal(yz_geo_writer_finish(writer), YZ_NOT_FOUND);
    yz_geo_writer_free(writer);
    mdb_txn_abort(txn);
    layer_close(&l);
}

/* Any page may hold any bytes: an answer or YZ_CORRUPT, never a crash. */
static void
a_damaged_page_is_corrupt_or_harmless(void **state)
{
    yz_geo_point *points = malloc(2000 * sizeof(*points));
    layer l;
    (void)state;

    random_state = 4;
    for (uint32_t round = 0; round < 150; round++) {
        uint32_t number = random_below(22), got;
        uint8_t bytes[YZ_GEO_PAGE_SIZE];
        yz_geo_hit hits[101];
        uint64_t hilberts[101];
        yz_geo_filter any = yz_geo_filter_any();
        yz_geo_query q = {.lat_e7 = 360900000,
                          .lng_e7 = 1204000000,
                          .limit = 101,
                          .radius_m = INFINITY,
                          .after_key = -1,
                          .filter = &any,
                          .order = order_by_id};
        MDB_txn *txn;
        MDB_dbi dbi;
        MDB_val key = {sizeof(number), &number}, value;

        layer_open(&l);
        for (uint32_t i = 0; i < 2000; i++) {
            points[i] = random_point(i, points, i);
        }
        build(&l, points, 2000);
        assert_int_equal(mdb_txn_begin(l.env, NULL, 0, &txn), 0);
        assert_int_equal(mdb_dbi_open(txn, "geo_test", MDB_INTEGERKEY, &dbi),
                         0);
        if (mdb_get(txn, dbi, &key, &value) == 0) {
            size_t size = value.mv_size;
            memcpy(bytes, value.mv_data, size);
            for (uint32_t i = 0; i < 40; i++) {
                uint32_t at = random_below(3) ? random_below(64)
                                              : random_below((uint32_t)size);
                bytes[at % size] = (uint8_t)random_next();
            }
            value = (MDB_val){random_below(8) ? size : size / 2, bytes};
            assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
        }
        assert_int_equal(mdb_txn_commit(txn), 0);
        assert_int_equal(mdb_txn_begin(l.env, NULL, MDB_RDONLY, &txn), 0);
        yz_geo_reader_nearest(l.reader, txn, &q, hits, &got);
        assert_true(got <= 101);
        yz_geo_reader_walk(l.reader, txn, &any, false, 0, 0, 101, hits,
                           hilberts, &got);
        assert_true(got <= 101);
        mdb_txn_abort(txn);
        layer_close(&l);
    }
    free(points);
}

/* The table-driven curve equals the textbook's bit by bit. */
static void
hilbert_numbers_follow_the_definition(void **state)
{
    (void)state;
    random_state = 5;
    for (uint32_t i = 0; i < 20000; i++) {
        yz_geo_point p = random_point(0, NULL, 0);
        uint64_t x = (uint64_t)((int64_t)p.lng_e7 + 1800000000);
        uint64_t y = (uint64_t)((int64_t)p.lat_e7 + 900000000);
        uint64_t want = 0;
        for (uint64_t s = (uint64_t)1 << 31; s > 0; s /= 2) {
            uint64_t rx = (x & s) > 0, ry = (y & s) > 0;
            want = want << 2 | ((3 * rx) ^ ry);
            x &= s - 1;
            y &= s - 1;
            if (ry == 0) {
                if (rx == 1) {
                    x = s - 1 - x;
                    y = s - 1 - y;
                }
                uint64_t t = x;
                x = y;
                y = t;
            }
        }
        assert_true(yz_hilbert_of(p.lat_e7, p.lng_e7) == want);
    }
}

/* Vectors computed with GeographicLib 2.1 (Karney's algorithm). */
static void
distances_are_the_geodesic_of_wgs84(void **state)
{
#include "geodesic_vectors.h"
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        double key = yz_geo_key(vectors[i].lat_a_e7, vectors[i].lng_a_e7,
                                vectors[i].lat_b_e7, vectors[i].lng_b_e7);
        double got = yz_geo_key_m(key);
        double relative = vectors[i].metres <= 1e5 ? 1e-5 : 1e-4;
        assert_true(fabs(got - vectors[i].metres) <=
                    vectors[i].metres * relative + 1e-6);
        if (vectors[i].metres > 1) {
            yz_geo_origin from =
                yz_geo_origin_of(vectors[i].lat_a_e7, vectors[i].lng_a_e7);
            double bearing = yz_geo_bearing_deg(&from, vectors[i].lat_b_e7,
                                                vectors[i].lng_b_e7);
            double off = fabs(bearing - vectors[i].azimuth_deg);
            off = off > 180 ? 360 - off : off;
            assert_true(vectors[i].metres > 1e5 || off < 0.011);
            assert_true(bearing >= 0 && bearing < 360);
        }
    }
}

/* What lets a search pass over a far point without its geodesic. */
static void
the_bound_of_far_keys_is_never_above_them(void **state)
{
    (void)state;
    random_state = 6;
    for (uint32_t i = 0; i < 400000; i++) {
        yz_geo_point a = random_point(0, NULL, 0), b = random_point(0, NULL, 0);
        yz_geo_origin from = yz_geo_origin_of(a.lat_e7, a.lng_e7);
        double chord = yz_chord_key(&from, b.lat_e7, b.lng_e7);
        double key = yz_geo_key(a.lat_e7, a.lng_e7, b.lat_e7, b.lng_e7);
        if (chord > YZ_FAR_KEY) {
            assert_true(yz_far_key_below(chord) <= key);
            double limit = yz_far_chord_limit(chord);
            assert_true(yz_far_key_below(limit) >= chord * (1 - 1e-12));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_built_layer_answers_as_brute_force),
        cmocka_unit_test(a_changed_layer_answers_as_brute_force),
        cmocka_unit_test(a_thousand_places_at_one_point_stay_ordered_by_id),
        cmocka_unit_test(a_point_that_is_not_there_is_not_found),
        cmocka_unit_test(a_damaged_page_is_corrupt_or_harmless),
        cmocka_unit_test(hilbert_numbers_follow_the_definition),
        cmocka_unit_test(distances_are_the_geodesic_of_wgs84),
        cmocka_unit_test(the_bound_of_far_keys_is_never_above_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
