/*
 * The table of query parameters and one parser per value.  yz_query_nearby()
 * and yz_query_places() walk it.
 */
#include "core/query_rules.h"

#include "core/civil_time.h"
#include "core/cursor.h"
#include "core/number.h"
#include "core/vocabulary.h"

static yz_status parse_lng(yz_span value, yz_query *q);
static yz_status parse_lat(yz_span value, yz_query *q);
static yz_status parse_place(yz_span value, yz_query *q);
static yz_status parse_crs(yz_span value, yz_query *q);
static yz_status parse_out_crs(yz_span value, yz_query *q);
static yz_status parse_limit(yz_span value, yz_query *q);
static yz_status parse_radius(yz_span value, yz_query *q);
static yz_status parse_kind(yz_span value, yz_query *q);
static yz_status parse_services(yz_span value, yz_query *q);
static yz_status parse_level(yz_span value, yz_query *q);
static yz_status parse_region(yz_span value, yz_query *q);
static yz_status parse_open(yz_span value, yz_query *q);
static yz_status parse_bbox(yz_span value, yz_query *q);
static yz_status parse_cursor(yz_span value, yz_query *q);
static yz_status parse_topic(yz_span value, yz_query *q);
static yz_status parse_item(yz_span value, yz_query *q);
static yz_status parse_sort(yz_span value, yz_query *q);

const yz_query_rule yz_query_rules[YZ_QUERY_PARAM_COUNT] = {
    [YZ_QUERY_PARAM_LNG] =
        {"lng", YZ_QUERY_NEARBY | YZ_QUERY_POSTS, false, parse_lng,
         "lng 是经度，写成 -180 到 180 的小数，例如 120.3826"},
    [YZ_QUERY_PARAM_LAT] = {"lat", YZ_QUERY_NEARBY | YZ_QUERY_POSTS, false,
                            parse_lat,
                            "lat 是纬度，写成 -90 到 90 的小数，例如 36.0671"},
    [YZ_QUERY_PARAM_PLACE] = {"place", YZ_QUERY_NEARBY, true, parse_place,
                              "place 是站点的 id，1 到 64 字节"},
    [YZ_QUERY_PARAM_CRS] = {"crs", YZ_QUERY_NEARBY | YZ_QUERY_POSTS, false,
                            parse_crs, "crs 只能是 wgs84、gcj02 或 bd09"},
    [YZ_QUERY_PARAM_OUT_CRS] = {"out_crs",
                                YZ_QUERY_NEARBY | YZ_QUERY_PLACES |
                                    YZ_QUERY_PLACE | YZ_QUERY_POSTS |
                                    YZ_QUERY_POST,
                                false, parse_out_crs,
                                "out_crs 只能是 wgs84、gcj02 或 bd09"},
    [YZ_QUERY_PARAM_LIMIT] = {"limit",
                              YZ_QUERY_NEARBY | YZ_QUERY_PLACES |
                                  YZ_QUERY_POSTS,
                              false, parse_limit, "limit 是 1 到 100 的整数"},
    [YZ_QUERY_PARAM_RADIUS] = {"radius", YZ_QUERY_NEARBY, false, parse_radius,
                               "radius 是 1 到 50000 的整数，单位为米"},
    [YZ_QUERY_PARAM_KIND] =
        {"kind", YZ_QUERY_NEARBY | YZ_QUERY_PLACES, true, parse_kind,
         "kind 是用逗号分开的类别，最多 16 个，每个 1 到 64 字节"},
    [YZ_QUERY_PARAM_SERVICES] = {"services", YZ_QUERY_NEARBY | YZ_QUERY_PLACES,
                                 true, parse_services,
                                 "services 是用逗号分开的服务，最多 16 个，"
                                 "每个 1 到 64 字节"},
    [YZ_QUERY_PARAM_LEVEL] = {"level", YZ_QUERY_NEARBY | YZ_QUERY_PLACES, false,
                              parse_level,
                              "level 只能是 none、city、province 或 national"},
    [YZ_QUERY_PARAM_REGION] = {"region",
                               YZ_QUERY_NEARBY | YZ_QUERY_PLACES |
                                   YZ_QUERY_POSTS,
                               false, parse_region,
                               "region 是行政区划代码的前 2、4 或 6 位数字，"
                               "第一位不是 0"},
    [YZ_QUERY_PARAM_OPEN] = {"open", YZ_QUERY_NEARBY, false, parse_open,
                             "open 是 now，或 1970 到 9999 年间带时区的时间，"
                             "例如 2025-05-01T12:00:00+08:00"},
    [YZ_QUERY_PARAM_BBOX] = {"bbox", YZ_QUERY_PLACES, false, parse_bbox,
                             "bbox 是 西,南,东,北 四个小数：经度 -180 到 180，"
                             "纬度 -90 到 90，南不大于北"},
    [YZ_QUERY_PARAM_CURSOR] = {"cursor",
                               YZ_QUERY_NEARBY | YZ_QUERY_PLACES |
                                   YZ_QUERY_POSTS,
                               false, parse_cursor, YZ_QUERY_CURSOR_DETAIL},
    [YZ_QUERY_PARAM_TOPIC] = {"topic", YZ_QUERY_POSTS, false, parse_topic,
                              "topic 是用逗号分开的 need、offer、job、notice"},
    [YZ_QUERY_PARAM_ITEM] = {"item", YZ_QUERY_POSTS, true, parse_item,
                             "item 是用逗号分开的物品，最多 16 个，"
                             "每个 1 到 64 字节"},
    [YZ_QUERY_PARAM_SORT] = {"sort", YZ_QUERY_POSTS, false, parse_sort,
                             "sort 只能是 time 或 distance"},
};

static bool
in_range(double value, double bound)
{
    return value >= -bound && value <= bound;
}

/* Numbers are written as in JSON: no `+`, no zero before another digit. */
static bool
is_loose(yz_span value)
{
    size_t sign = value.n > 0 && value.p[0] == '-' ? 1 : 0;

    if (value.n < sign + 2) {
        return false;
    }
    return value.p[sign] == '+' ||
           (value.p[sign] == '0' && value.p[sign + 1] >= '0' &&
            value.p[sign + 1] <= '9');
}

static yz_status
parse_decimal(yz_span value, double *number)
{
    return is_loose(value) ? YZ_BAD_INPUT
                           : yz_number_parse_decimal(value, number);
}

static yz_status
parse_degrees(yz_span value, double bound, double *degrees)
{
    if (parse_decimal(value, degrees) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    return in_range(*degrees, bound) ? YZ_OK : YZ_FULL;
}

static yz_status
parse_lng(yz_span value, yz_query *q)
{
    return parse_degrees(value, 180, &q->lng);
}

static yz_status
parse_lat(yz_span value, yz_query *q)
{
    return parse_degrees(value, 90, &q->lat);
}

static yz_status
parse_place(yz_span value, yz_query *q)
{
    q->place = value;
    return value.n <= YZ_ID_MAX ? YZ_OK : YZ_FULL;
}

static yz_status
parse_crs(yz_span value, yz_query *q)
{
    return yz_crs_parse_strict(value, &q->crs);
}

static yz_status
parse_out_crs(yz_span value, yz_query *q)
{
    return yz_crs_parse_strict(value, &q->out_crs);
}

/* A whole number of 1..max; a negative one is out of range, not malformed. */
static yz_status
parse_count(yz_span value, uint32_t max, uint32_t *count)
{
    bool negative = value.p[0] == '-';
    yz_status status;

    if (is_loose(value)) {
        return YZ_BAD_INPUT;
    }
    if (negative) {
        value = (yz_span){value.p + 1, value.n - 1};
    }
    status = yz_number_parse_u32(value, max, count);
    if (status == YZ_OK && (negative || *count == 0)) {
        return YZ_FULL;
    }
    return status;
}

static yz_status
parse_limit(yz_span value, yz_query *q)
{
    return parse_count(value, YZ_LIMIT_MAX, &q->limit);
}

static yz_status
parse_radius(yz_span value, yz_query *q)
{
    q->has_radius = true;
    return parse_count(value, YZ_RADIUS_MAX_M, &q->radius_m);
}

/* Negative, zero or positive as `a` sorts before, with or behind `b`. */
static int
compare_words(yz_span a, yz_span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Puts `word` where it sorts, unless it is there already. */
static yz_status
words_add(yz_words *words, yz_span word)
{
    uint32_t i = words->count;

    while (i > 0 && compare_words(words->word[i - 1], word) > 0) {
        i--;
    }
    if (i > 0 && yz_span_equal(words->word[i - 1], word)) {
        return YZ_OK;
    }
    if (words->count == YZ_FILTER_WORDS_MAX) {
        return YZ_FULL;
    }
    memmove(words->word + i + 1, words->word + i,
            (words->count - i) * sizeof(words->word[0]));
    words->word[i] = word;
    words->count++;
    return YZ_OK;
}

static yz_status
check_word(yz_span word)
{
    if (word.n == 0 || word.p[0] == ' ' || word.p[word.n - 1] == ' ') {
        return YZ_BAD_INPUT;
    }
    return word.n <= YZ_WORD_MAX ? YZ_OK : YZ_FULL;
}

/* The part of `rest` before the next comma; *last tells that none follows. */
static yz_span
next_item(yz_span *rest, bool *last)
{
    const char *comma = memchr(rest->p, ',', rest->n);
    yz_span item = *rest;

    *last = comma == NULL;
    if (comma != NULL) {
        item.n = (size_t)(comma - rest->p);
        rest->p += item.n + 1;
        rest->n -= item.n + 1;
    }
    return item;
}

static yz_status
parse_words(yz_span value, yz_span (*canonical)(yz_span), yz_words *words)
{
    bool last = false;

    while (!last) {
        yz_span word = next_item(&value, &last);
        yz_status status = check_word(word);

        if (status == YZ_OK) {
            status = words_add(words, canonical(word));
        }
        if (status != YZ_OK) {
            return status;
        }
    }
    return YZ_OK;
}

static yz_status
parse_kind(yz_span value, yz_query *q)
{
    return parse_words(value, yz_vocabulary_kind_of, &q->kinds);
}

static yz_status
parse_services(yz_span value, yz_query *q)
{
    return parse_words(value, yz_vocabulary_service_of, &q->services);
}

static yz_status
parse_level(yz_span value, yz_query *q)
{
    yz_level level;

    if (yz_level_parse_strict(value, &level) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    q->level = (int)level;
    return YZ_OK;
}

static yz_status
parse_region(yz_span value, yz_query *q)
{
    if ((value.n != 2 && value.n != 4 && value.n != 6) ||
        yz_number_parse_u32(value, 999999, &q->region) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    q->region_digits = (int)value.n;
    return value.p[0] != '0' ? YZ_OK : YZ_FULL;
}

static yz_status
parse_open(yz_span value, yz_query *q)
{
    if (yz_span_equal(value, YZ_SPAN("now"))) {
        q->open = YZ_OPEN_NOW;
        return YZ_OK;
    }
    q->open = YZ_OPEN_AT;
    return yz_rfc3339_parse(value, &q->open_at_s);
}

static int32_t
degrees_to_e7(double degrees)
{
    return (int32_t)(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5));
}

static yz_status
parse_bbox(yz_span value, yz_query *q)
{
    double side[4];
    bool last = false;

    for (int i = 0; i < 4; i++) {
        yz_span item = next_item(&value, &last);

        if (last != (i == 3) || parse_decimal(item, &side[i]) != YZ_OK) {
            return YZ_BAD_INPUT;
        }
    }
    for (int i = 0; i < 4; i++) {
        if (!in_range(side[i], i % 2 == 0 ? 180 : 90)) {
            return YZ_FULL;
        }
        q->bbox_e7[i] = degrees_to_e7(side[i]);
    }
    q->has_bbox = true;
    return side[1] <= side[3] ? YZ_OK : YZ_FULL;
}

static bool
is_base64url(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static yz_status
parse_cursor(yz_span value, yz_query *q)
{
    if (value.n > YZ_CURSOR_TEXT_MAX) {
        return YZ_BAD_INPUT;
    }
    for (size_t i = 0; i < value.n; i++) {
        if (!is_base64url(value.p[i])) {
            return YZ_BAD_INPUT;
        }
    }
    q->cursor = value;
    return YZ_OK;
}

static yz_status
parse_topic(yz_span value, yz_query *q)
{
    bool last = false;

    while (!last) {
        yz_post_topic topic;

        if (yz_post_topic_parse(next_item(&value, &last), &topic) != YZ_OK) {
            return YZ_BAD_INPUT;
        }
        q->topics |= 1u << topic;
    }
    return YZ_OK;
}

static yz_span
as_it_is(yz_span word)
{
    return word;
}

static yz_status
parse_item(yz_span value, yz_query *q)
{
    return parse_words(value, as_it_is, &q->items);
}

static yz_status
parse_sort(yz_span value, yz_query *q)
{
    q->by_distance = yz_span_equal(value, YZ_SPAN("distance"));
    return q->by_distance || yz_span_equal(value, YZ_SPAN("time"))
               ? YZ_OK
               : YZ_BAD_INPUT;
}
