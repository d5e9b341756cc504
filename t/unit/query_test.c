/*
 * Protects the contract of query strings: each parameter is read as written,
 * nothing is silently defaulted, and every fault names its parameter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "core/query.h"
#include "core/vocabulary.h"
#include "t/unit/guard_page.h"

typedef yz_status (*query_parser)(yz_span, yz_query *, yz_query_error *);

static yz_query q;
static yz_query_error error;

static void
parse_fine(query_parser parser, const char *raw)
{
    yz_status status = parser(yz_span_of(raw), &q, &error);

    if (status != YZ_OK) {
        print_error("%s: fault %d of %s\n", raw, (int)error.faults[0].fault,
                    error.faults[0].parameter);
    }
    assert_int_equal(status, YZ_OK);
}

static void
assert_span(yz_span span, const char *wanted)
{
    assert_int_equal(span.n, strlen(wanted));
    assert_memory_equal(span.p, wanted, span.n);
}

static void
defaults_of_nearby(void **state)
{
    (void)state;
    parse_fine(yz_query_nearby, "lng=120.3826&lat=36.0671");
    assert_true(q.has_position);
    assert_true(q.lng == 120.3826 && q.lat == 36.0671);
    assert_int_equal(q.crs, YZ_CRS_WGS84);
    assert_int_equal(q.out_crs, YZ_CRS_WGS84);
    assert_int_equal(q.limit, 10);
    assert_int_equal(q.level, -1);
    assert_int_equal(q.region_digits, 0);
    assert_int_equal(q.open, YZ_OPEN_ANY);
    assert_false(q.has_radius || q.has_bbox);
    assert_int_equal(q.kinds.count + q.services.count, 0);
    assert_int_equal(q.place.n + q.cursor.n, 0);
}

static void
every_parameter_of_nearby(void **state)
{
    (void)state;
    parse_fine(yz_query_nearby,
               "cursor=AbC-_9&open=2025-05-01T12:00:00%2B08:00&region=3702"
               "&level=province&services=wifi,water&kind=wifi%3A%E5%95%86"
               "%E5%BA%97/%E5%95%86%E5%A0%B4,station&radius=50000&limit=100"
               "&out_crs=bd09&crs=gcj02&lat=-90&lng=180");
    assert_span(q.cursor, "AbC-_9");
    assert_int_equal(q.open, YZ_OPEN_AT);
    assert_int_equal(q.open_at_s, 1746072000);
    assert_int_equal(q.region, 3702);
    assert_int_equal(q.region_digits, 4);
    assert_int_equal(q.level, YZ_LEVEL_PROVINCE);
    assert_int_equal(q.services.count, 2);
    assert_span(q.services.word[0], "water");
    assert_span(q.services.word[1], "wifi");
    assert_int_equal(q.kinds.count, 2);
    assert_span(q.kinds.word[0], "station");
    assert_span(q.kinds.word[1], "wifi:商店/商場");
    assert_true(q.has_radius && q.radius_m == 50000);
    assert_int_equal(q.limit, 100);
    assert_int_equal(q.crs, YZ_CRS_GCJ02);
    assert_int_equal(q.out_crs, YZ_CRS_BD09);
    assert_true(q.lng == 180 && q.lat == -90);
}

static void
every_parameter_of_places(void **state)
{
    (void)state;
    parse_fine(yz_query_places, "");
    assert_false(q.has_position || q.has_bbox);
    assert_int_equal(q.limit, 10);
    parse_fine(yz_query_places,
               "region=37&kind=toilet&services=aed&level=none&bbox=179.5,-10,"
               "-179.5,10.0000001&limit=1&cursor=A&out_crs=gcj02");
    assert_true(q.has_bbox);
    assert_int_equal(q.bbox_e7[0], 1795000000);
    assert_int_equal(q.bbox_e7[1], -100000000);
    assert_int_equal(q.bbox_e7[2], -1795000000);
    assert_int_equal(q.bbox_e7[3], 100000001);
    assert_int_equal(q.level, YZ_LEVEL_NONE);
    assert_int_equal(q.out_crs, YZ_CRS_GCJ02);
    parse_fine(yz_query_places, "bbox=-180,-90,180,90");
    assert_int_equal(q.bbox_e7[2], 1800000000);
}

static void
a_place_takes_the_position_s_part(void **state)
{
    (void)state;
    parse_fine(yz_query_nearby, "place=qd-%E9%A9%BF+1&crs=gcj02&open=now");
    assert_span(q.place, "qd-驿 1");
    assert_false(q.has_position);
    assert_int_equal(q.out_crs, YZ_CRS_GCJ02);
    assert_int_equal(q.open, YZ_OPEN_NOW);
}

static void
a_plus_in_a_time_is_a_sign(void **state)
{
    (void)state;
    parse_fine(yz_query_nearby,
               "lng=-0.5&lat=0.5&open=2025-05-01T12:00:00+08:00");
    assert_true(q.lng == -0.5 && q.lat == 0.5);
    assert_int_equal(q.open_at_s, 1746072000);
}

static void
words_are_canonical_sorted_and_each_once(void **state)
{
    (void)state;
    parse_fine(yz_query_nearby,
               "place=a&kind=b,%E5%85%AC%E5%8E%95,a,b,Toilet,aa&services="
               "%E7%83%AD%E6%B0%B4,%E7%83%AD%E9%A5%AD");
    assert_int_equal(q.kinds.count, 4);
    assert_span(q.kinds.word[0], "a");
    assert_span(q.kinds.word[1], "aa");
    assert_span(q.kinds.word[2], "b");
    assert_span(q.kinds.word[3], "toilet");
    assert_int_equal(q.services.count, 2);
    assert_span(q.services.word[0], "hot_meal");
    assert_span(q.services.word[1], "water");
    parse_fine(yz_query_nearby, "place=a&kind=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,"
                                "a,b");
    assert_int_equal(q.kinds.count, YZ_FILTER_WORDS_MAX);
}

typedef struct {
    const char *raw;
    yz_param_fault fault;
    const char *parameter;
} fault_case;

static void
assert_faults(query_parser parser, const fault_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        yz_status status = parser(yz_span_of(cases[i].raw), &q, &error);

        if (status != YZ_BAD_INPUT || error.faults[0].fault != cases[i].fault) {
            print_error("%s\n", cases[i].raw);
        }
        assert_int_equal(status, YZ_BAD_INPUT);
        assert_string_equal(error.faults[0].parameter, cases[i].parameter);
        assert_int_equal(error.faults[0].fault, cases[i].fault);
        assert_non_null(error.faults[0].detail);
    }
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
faults_between_parameters_are_named(void **state)
{
    static const fault_case cases[] = {
        {"", YZ_PARAM_MISSING, "lng"},
        {"lng=1", YZ_PARAM_MISSING, "lat"},
        {"lat=1", YZ_PARAM_MISSING, "lng"},
        {"limit=5", YZ_PARAM_MISSING, "lng"},
        {"place=a&lng=1&lat=1", YZ_PARAM_CONFLICT, "place"},
        {"lng=1&place=a", YZ_PARAM_CONFLICT, "place"},
        {"lng=1&lat=1&lng=1", YZ_PARAM_REPEATED, "lng"},
        {"kind=a&kind=b&place=x", YZ_PARAM_REPEATED, "kind"},
        {"lng=1&lat=1&foo=1", YZ_PARAM_UNKNOWN, "foo"},
        {"lng=1&lat=1&bbox=1,1,2,2", YZ_PARAM_UNKNOWN, "bbox"},
        {"LNG=1&lat=1", YZ_PARAM_UNKNOWN, "???"},
        {"fo%3Co=1", YZ_PARAM_UNKNOWN, "fo?o"},
        {"q=1", YZ_PARAM_UNKNOWN, "q"},
        {"foo", YZ_PARAM_UNKNOWN, "foo"},
        {"lng[]=1", YZ_PARAM_UNKNOWN, "lng??"},
        {"abcdefghijklmnopqrstuvwxyzabcdefghijklmnop=1", YZ_PARAM_UNKNOWN,
         "abcdefghijklmnopqrstuvwxyzabcde"},
        {"lng=1&lat=1&", YZ_PARAM_MALFORMED, "?"},
        {"&lng=1&lat=1", YZ_PARAM_MALFORMED, "?"},
        {"lng=1&&lat=1", YZ_PARAM_MALFORMED, "?"},
        {"=1", YZ_PARAM_MALFORMED, "?"},
        {"%zz=1", YZ_PARAM_MALFORMED, "?zz"},
        {"lng=1;lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=x&foo=1", YZ_PARAM_MALFORMED, "lng"},
    };

    (void)state;
    assert_faults(yz_query_nearby, cases, COUNT(cases));
}

static void
faults_of_positions_are_named(void **state)
{
    static const fault_case cases[] = {
        {"lng=&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=nan&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=+1&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=%2B1&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=01&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=-00.5&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"place=a&radius=010", YZ_PARAM_MALFORMED, "radius"},
        {"place=a&radius=-010", YZ_PARAM_MALFORMED, "radius"},
        {"lng=1e2&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=0x1&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=1,5&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=1%00&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=1=&lat=1", YZ_PARAM_MALFORMED, "lng"},
        {"lng=180.0000001&lat=1", YZ_PARAM_RANGE, "lng"},
        {"lng=-181&lat=1", YZ_PARAM_RANGE, "lng"},
        {"lng=1&lat=90.1", YZ_PARAM_RANGE, "lat"},
        {"lng=1&lat=inf", YZ_PARAM_MALFORMED, "lat"},
        {"place=", YZ_PARAM_MALFORMED, "place"},
        {"place=%ff", YZ_PARAM_MALFORMED, "place"},
        {"place=0123456789012345678901234567890123456789012345678901234567890"
         "1234",
         YZ_PARAM_RANGE, "place"},
        {"place=a&crs=WGS84", YZ_PARAM_MALFORMED, "crs"},
        {"place=a&out_crs=x", YZ_PARAM_MALFORMED, "out_crs"},
        {"place=a&radius=0", YZ_PARAM_RANGE, "radius"},
        {"place=a&radius=50001", YZ_PARAM_RANGE, "radius"},
        {"place=a&radius=1.5", YZ_PARAM_MALFORMED, "radius"},
        {"place=a&radius=-5", YZ_PARAM_RANGE, "radius"},
        {"place=a&radius=-", YZ_PARAM_MALFORMED, "radius"},
    };

    (void)state;
    assert_faults(yz_query_nearby, cases, COUNT(cases));
}

static void
faults_of_filters_and_pages_are_named(void **state)
{
    static const fault_case cases[] = {
        {"kind=", YZ_PARAM_MALFORMED, "kind"},
        {"kind=a,", YZ_PARAM_MALFORMED, "kind"},
        {"kind=,a", YZ_PARAM_MALFORMED, "kind"},
        {"kind=a,,b", YZ_PARAM_MALFORMED, "kind"},
        {"kind=a,+b", YZ_PARAM_MALFORMED, "kind"},
        {"kind=a%0ab", YZ_PARAM_MALFORMED, "kind"},
        {"kind=%c0%af", YZ_PARAM_MALFORMED, "kind"},
        {"kind=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", YZ_PARAM_RANGE, "kind"},
        {"services=0123456789012345678901234567890123456789012345678901234567"
         "8901234",
         YZ_PARAM_RANGE, "services"},
        {"level=City", YZ_PARAM_MALFORMED, "level"},
        {"level=city,none", YZ_PARAM_MALFORMED, "level"},
        {"region=3", YZ_PARAM_MALFORMED, "region"},
        {"region=370", YZ_PARAM_MALFORMED, "region"},
        {"region=3702000", YZ_PARAM_MALFORMED, "region"},
        {"region=3a", YZ_PARAM_MALFORMED, "region"},
        {"region=01", YZ_PARAM_RANGE, "region"},
        {"limit=0", YZ_PARAM_RANGE, "limit"},
        {"limit=101", YZ_PARAM_RANGE, "limit"},
        {"limit=99999999999999999999", YZ_PARAM_RANGE, "limit"},
        {"limit=-1", YZ_PARAM_RANGE, "limit"},
        {"limit=ten", YZ_PARAM_MALFORMED, "limit"},
        {"limit=010", YZ_PARAM_MALFORMED, "limit"},
        {"limit=+10", YZ_PARAM_MALFORMED, "limit"},
        {"limit=00", YZ_PARAM_MALFORMED, "limit"},
        {"bbox=1,02,3,4", YZ_PARAM_MALFORMED, "bbox"},
        {"bbox=1,+2,3,4", YZ_PARAM_MALFORMED, "bbox"},
        {"limit=1e1", YZ_PARAM_MALFORMED, "limit"},
        {"cursor=a+b", YZ_PARAM_MALFORMED, "cursor"},
        {"cursor=ab==", YZ_PARAM_MALFORMED, "cursor"},
        {"bbox=1,2,3", YZ_PARAM_MALFORMED, "bbox"},
        {"bbox=1,2,3,4,5", YZ_PARAM_MALFORMED, "bbox"},
        {"bbox=1,2,3,", YZ_PARAM_MALFORMED, "bbox"},
        {"bbox=1,2,3,x", YZ_PARAM_MALFORMED, "bbox"},
        {"bbox=1,2,3,91", YZ_PARAM_RANGE, "bbox"},
        {"bbox=181,2,3,4", YZ_PARAM_RANGE, "bbox"},
        {"bbox=1,4,3,2", YZ_PARAM_RANGE, "bbox"},
        {"open=now", YZ_PARAM_UNKNOWN, "open"},
        {"lng=1", YZ_PARAM_UNKNOWN, "lng"},
        {"crs=wgs84", YZ_PARAM_UNKNOWN, "crs"},
    };
    static const fault_case times[] = {
        {"place=a&open=", YZ_PARAM_MALFORMED, "open"},
        {"place=a&open=NOW", YZ_PARAM_MALFORMED, "open"},
        {"place=a&open=true", YZ_PARAM_MALFORMED, "open"},
        {"place=a&open=2025-05-01T12:00:00", YZ_PARAM_MALFORMED, "open"},
        {"place=a&open=2025-02-30T12:00:00Z", YZ_PARAM_MALFORMED, "open"},
        {"place=a&open=1900-01-01T00:00:00Z", YZ_PARAM_RANGE, "open"},
        {"place=a&open=9999-12-31T23:59:59Z", YZ_PARAM_RANGE, "open"},
    };

    (void)state;
    assert_faults(yz_query_places, cases, COUNT(cases));
    assert_faults(yz_query_nearby, times, COUNT(times));
}

static void
all_faults_are_named_from_the_left(void **state)
{
    static const fault_case wanted[] = {
        {NULL, YZ_PARAM_MALFORMED, "lng"}, {NULL, YZ_PARAM_RANGE, "lat"},
        {NULL, YZ_PARAM_UNKNOWN, "foo"},   {NULL, YZ_PARAM_RANGE, "limit"},
        {NULL, YZ_PARAM_REPEATED, "lng"},  {NULL, YZ_PARAM_MALFORMED, "?"},
        {NULL, YZ_PARAM_CONFLICT, "place"}};

    (void)state;
    assert_int_equal(yz_query_nearby(YZ_SPAN("lng=abc&lat=999&foo=1&limit=0"
                                             "&lng=1&&place=a"),
                                     &q, &error),
                     YZ_BAD_INPUT);
    assert_int_equal(error.count, COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_int_equal(error.faults[i].fault, wanted[i].fault);
        assert_string_equal(error.faults[i].parameter, wanted[i].parameter);
    }
    assert_int_equal(yz_query_nearby(YZ_SPAN("foo=1"), &q, &error),
                     YZ_BAD_INPUT);
    assert_int_equal(error.count, 2);
    assert_int_equal(error.faults[1].fault, YZ_PARAM_MISSING);
    assert_int_equal(
        yz_query_places(YZ_SPAN("a&b&c&d&e&f&g&h&i&j"), &q, &error),
        YZ_BAD_INPUT);
    assert_int_equal(error.count, YZ_QUERY_FAULTS_MAX);
    assert_string_equal(error.faults[YZ_QUERY_FAULTS_MAX - 1].parameter, "h");
    parse_fine(yz_query_nearby, "place=a");
    assert_int_equal(error.count, 0);
}

static void
one_place_takes_out_crs_and_a_region_nothing(void **state)
{
    static const fault_case place[] = {
        {"limit=1", YZ_PARAM_UNKNOWN, "limit"},
        {"out_crs=", YZ_PARAM_MALFORMED, "out_crs"}};
    static const fault_case region[] = {
        {"out_crs=wgs84", YZ_PARAM_UNKNOWN, "out_crs"},
        {"&", YZ_PARAM_MALFORMED, "?"}};

    (void)state;
    parse_fine(yz_query_place, "");
    assert_int_equal(q.out_crs, YZ_CRS_WGS84);
    parse_fine(yz_query_place, "out_crs=bd09");
    assert_int_equal(q.out_crs, YZ_CRS_BD09);
    parse_fine(yz_query_region, "");
    assert_faults(yz_query_place, place, COUNT(place));
    assert_faults(yz_query_region, region, COUNT(region));
}

static void
posts_by_time_and_by_distance(void **state)
{
    static const fault_case list[] = {
        {"sort=distance", YZ_PARAM_MISSING, "lng"},
        {"sort=distance&lng=1", YZ_PARAM_MISSING, "lat"},
        {"lng=1&lat=2", YZ_PARAM_CONFLICT, "lng"},
        {"lat=2", YZ_PARAM_CONFLICT, "lat"},
        {"sort=Time", YZ_PARAM_MALFORMED, "sort"},
        {"topic=need,", YZ_PARAM_MALFORMED, "topic"},
        {"topic=help", YZ_PARAM_MALFORMED, "topic"},
        {"item=a,,b", YZ_PARAM_MALFORMED, "item"},
        {"item=a&item=b", YZ_PARAM_REPEATED, "item"},
        {"radius=5", YZ_PARAM_UNKNOWN, "radius"},
        {"place=a", YZ_PARAM_UNKNOWN, "place"}};
    static const fault_case post[] = {{"limit=1", YZ_PARAM_UNKNOWN, "limit"}};
    char one[YZ_QUERY_CANONICAL_MAX], two[YZ_QUERY_CANONICAL_MAX];

    (void)state;
    parse_fine(yz_query_posts, "");
    assert_int_equal(q.topics, YZ_POST_TOPICS_ALL);
    assert_int_equal(q.items.count, 0);
    assert_false(q.by_distance || q.has_position);
    size_t n = yz_query_canonical(&q, one, sizeof(one));
    parse_fine(yz_query_posts, "topic=notice,need&item=b,a&sort=distance"
                               "&lng=1&lat=-2.5&crs=bd09&region=37");
    assert_int_equal(q.topics, 1u << YZ_POST_NEED | 1u << YZ_POST_NOTICE);
    assert_span(q.items.word[0], "a");
    assert_true(q.by_distance && q.has_position && q.lat == -2.5);
    assert_int_equal(q.out_crs, YZ_CRS_BD09);
    parse_fine(yz_query_posts, "topic=job,offer,need,notice&limit=3");
    assert_int_equal(n, yz_query_canonical(&q, two, sizeof(two)));
    assert_memory_equal(one, two, n);
    parse_fine(yz_query_places, "");
    size_t m = yz_query_canonical(&q, two, sizeof(two));
    assert_false(n == m && memcmp(one, two, n) == 0);
    parse_fine(yz_query_post, "out_crs=gcj02");
    assert_faults(yz_query_posts, list, COUNT(list));
    assert_faults(yz_query_post, post, COUNT(post));
}

static void
a_query_of_the_largest_size_fits(void **state)
{
    char raw[YZ_QUERY_RAW_MAX + 1];
    int n = snprintf(raw, sizeof(raw), "place=a&kind=");

    (void)state;
    memset(raw + n, 'k', sizeof(raw) - (size_t)n);
    for (size_t i = (size_t)n + 60; i < sizeof(raw); i += 60) {
        raw[i] = ',';
    }
    assert_int_equal(
        yz_query_nearby((yz_span){raw, YZ_QUERY_RAW_MAX}, &q, &error), YZ_OK);
    assert_int_equal(
        yz_query_nearby((yz_span){raw, YZ_QUERY_RAW_MAX + 1}, &q, &error),
        YZ_BAD_INPUT);
    assert_string_equal(error.faults[0].parameter, "?");
    assert_int_equal(error.faults[0].fault, YZ_PARAM_MALFORMED);
}

static size_t
canonical(query_parser parser, const char *raw, char *buf)
{
    parse_fine(parser, raw);
    return yz_query_canonical(&q, buf, YZ_QUERY_CANONICAL_MAX);
}

static void
assert_canonical(query_parser parser, const char *a, const char *b, bool same)
{
    char one[YZ_QUERY_CANONICAL_MAX];
    char two[YZ_QUERY_CANONICAL_MAX];
    size_t n = canonical(parser, a, one);
    size_t m = canonical(parser, b, two);

    assert_true(n > 0 && m > 0);
    assert_int_equal(n == m && memcmp(one, two, n) == 0, same);
}

static void
equal_queries_have_one_canonical_text(void **state)
{
    (void)state;
    assert_canonical(yz_query_nearby, "lng=1&lat=2&kind=a,b&limit=3&cursor=A",
                     "kind=b,a,b&lat=%32.0&lng=1.000&out_crs=wgs84", true);
    assert_canonical(yz_query_nearby, "place=a&kind=%E5%85%AC%E5%8E%95",
                     "place=a&kind=toilet&crs=wgs84", true);
    assert_canonical(yz_query_nearby, "place=a&crs=gcj02",
                     "place=a&out_crs=gcj02", true);
    assert_canonical(yz_query_nearby,
                     "place=a&open=2025-05-01T12:00:00%2B08:00",
                     "place=a&open=2025-05-01T04:00:00Z", true);
    assert_canonical(yz_query_places, "limit=3", "cursor=AAAA", true);
}

static void
different_queries_have_different_canonical_texts(void **state)
{
    static const char *const nearby[] = {"place=a",
                                         "place=b",
                                         "lng=1&lat=2",
                                         "lng=2&lat=1",
                                         "lng=1&lat=2.000000000000001",
                                         "lng=1&lat=2&crs=gcj02",
                                         "lng=1&lat=2&out_crs=gcj02",
                                         "place=a&out_crs=bd09",
                                         "place=a&kind=a",
                                         "place=a&services=a",
                                         "place=a&kind=a,b",
                                         "place=a&kind=a1:b",
                                         "place=a&kind=a%3B1:b",
                                         "place=a&level=none",
                                         "place=a&level=city",
                                         "place=a&region=37",
                                         "place=a&region=3702",
                                         "place=a&region=370200",
                                         "place=a&open=now",
                                         "place=a&open=2025-05-01T04:00:00Z",
                                         "place=a&radius=1",
                                         "place=a&radius=10",
                                         "place=a;radius%3D1;"};

    (void)state;
    for (size_t i = 0; i < COUNT(nearby); i++) {
        for (size_t j = 0; j < i; j++) {
            assert_canonical(yz_query_nearby, nearby[i], nearby[j], false);
        }
    }
    assert_canonical(yz_query_places, "bbox=1,2,3,4", "bbox=1,2,4,4", false);
    assert_canonical(yz_query_places, "bbox=1,2,3,4", "region=37", false);
}

static void
canonical_texts_keep_to_their_room(void **state)
{
    char whole[YZ_QUERY_CANONICAL_MAX];
    char *end = guard_open();
    size_t n = canonical(yz_query_nearby,
                         "lng=-120.5&lat=3&kind=a,b&services=c&open=now"
                         "&region=37&level=city&radius=5",
                         whole);

    (void)state;
    assert_non_null(end);
    for (size_t cap = 0; cap < n; cap++) {
        assert_int_equal(yz_query_canonical(&q, end - cap, cap), 0);
    }
    assert_int_equal(yz_query_canonical(&q, end - n, n), n);
    assert_memory_equal(end - n, whole, n);
    guard_close(end);
}

static void
try_truncation(yz_span text, void *context)
{
    char buf[YZ_QUERY_CANONICAL_MAX];

    (void)context;
    if (yz_query_nearby(text, &q, &error) == YZ_OK) {
        assert_true(yz_query_canonical(&q, buf, sizeof(buf)) > 0);
    } else {
        assert_true(strlen(error.faults[0].parameter) > 0);
    }
    if (yz_query_places(text, &q, &error) != YZ_OK) {
        assert_true(strlen(error.faults[0].parameter) > 0);
    }
}

static void
truncations_stay_inside_the_text(void **state)
{
    static const char *const texts[] = {
        "lng=120.3826&lat=36.0671&crs=gcj02&out_crs=bd09&limit=20&radius=3000"
        "&kind=station,%E9%A9%BF%E7%AB%99&services=water,wifi&level=national"
        "&region=370202&open=2025-05-01T12:00:00+08:00&cursor=AQFAAAAA",
        "place=qd-%E9%A9%BF&open=now",
        "bbox=179.5,-10,-179.5,10&region=37&services=a&limit=100&cursor=AQ"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(
            guard_truncations(yz_span_of(texts[i]), try_truncation, NULL),
            strlen(texts[i]) + 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_of_nearby),
        cmocka_unit_test(every_parameter_of_nearby),
        cmocka_unit_test(every_parameter_of_places),
        cmocka_unit_test(a_place_takes_the_position_s_part),
        cmocka_unit_test(a_plus_in_a_time_is_a_sign),
        cmocka_unit_test(words_are_canonical_sorted_and_each_once),
        cmocka_unit_test(faults_between_parameters_are_named),
        cmocka_unit_test(faults_of_positions_are_named),
        cmocka_unit_test(faults_of_filters_and_pages_are_named),
        cmocka_unit_test(all_faults_are_named_from_the_left),
        cmocka_unit_test(one_place_takes_out_crs_and_a_region_nothing),
        cmocka_unit_test(posts_by_time_and_by_distance),
        cmocka_unit_test(a_query_of_the_largest_size_fits),
        cmocka_unit_test(equal_queries_have_one_canonical_text),
        cmocka_unit_test(different_queries_have_different_canonical_texts),
        cmocka_unit_test(canonical_texts_keep_to_their_room),
        cmocka_unit_test(truncations_stay_inside_the_text),
    };

    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
