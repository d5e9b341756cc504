/*
 * Parsing of query strings: splitting, decoding, and what must hold between
 * parameters.  The module calls it per request.
 */
#include "core/query.h"

#include "core/query_rules.h"
#include "core/url.h"

/* Adds a fault while there is room. */
static void
fail(yz_query_error *e, yz_param_fault fault, yz_span name, const char *detail)
{
    yz_query_fault *f = &e->faults[e->count];
    size_t n = 0;

    if (e->count == YZ_QUERY_FAULTS_MAX) {
        return;
    }
    e->count++;
    if (name.n == 0) {
        name = YZ_SPAN("?");
    }
    while (n < name.n && n < sizeof(f->parameter) - 1) {
        char c = name.p[n];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

        f->parameter[n++] = plain ? c : '?';
    }
    f->parameter[n] = '\0';
    f->fault = fault;
    f->detail = detail;
}

static void
fail_param(yz_query_error *e, yz_param_fault fault, yz_query_param which)
{
    fail(e, fault, yz_span_of(yz_query_rules[which].name),
         yz_query_rules[which].detail);
}

/*
 * The parameter of this name (not empty) at this endpoint; none is
 * YZ_QUERY_PARAM_COUNT.
 */
static yz_query_param
find_param(yz_span name, unsigned endpoint)
{
    unsigned i = 0;

    while (i < YZ_QUERY_PARAM_COUNT &&
           (yz_query_rules[i].name[0] != name.p[0] ||
            (yz_query_rules[i].endpoints & endpoint) == 0 ||
            !yz_span_equal(name, yz_span_of(yz_query_rules[i].name)))) {
        i++;
    }
    return (yz_query_param)i;
}

/* Decodes into the rest of the scratch, keeping what it wrote there. */
static yz_status
decode(yz_span text, bool plus_is_space, yz_query *q, yz_span *decoded)
{
    yz_status status =
        yz_url_decode(text, plus_is_space, q->scratch + q->scratch_n,
                      sizeof(q->scratch) - q->scratch_n, decoded);

    if (status == YZ_OK) {
        q->scratch_n += decoded->n;
    }
    return status;
}

/* Reads one name=value and notes it in the bits of `seen`. */
static void
parse_pair(yz_span pair, unsigned endpoint, yz_query *q, unsigned *seen,
           yz_query_error *e)
{
    const char *equals = pair.n > 0 ? memchr(pair.p, '=', pair.n) : NULL;
    yz_span name = pair;
    yz_span value = {NULL, 0};
    yz_query_param which;
    yz_status status;

    if (equals != NULL) {
        name.n = (size_t)(equals - pair.p);
        value = (yz_span){equals + 1, pair.n - name.n - 1};
    }
    if (name.n == 0 || decode(name, false, q, &name) != YZ_OK) {
        fail(e, YZ_PARAM_MALFORMED, name,
             "参数要写成 名称=值，用一个 & 分开，不能有空的参数");
        return;
    }
    which = find_param(name, endpoint);
    if (which == YZ_QUERY_PARAM_COUNT) {
        fail(e, YZ_PARAM_UNKNOWN, name, "这里没有这个参数");
        return;
    }
    if ((*seen & 1u << which) != 0) {
        fail(e, YZ_PARAM_REPEATED, name, "这个参数只能写一次");
        return;
    }
    *seen |= 1u << which;
    if (value.n == 0 || decode(value, yz_query_rules[which].plus_is_space, q,
                               &value) != YZ_OK) {
        fail_param(e, YZ_PARAM_MALFORMED, which);
        return;
    }
    status = yz_query_rules[which].parse(value, q);
    if (status != YZ_OK) {
        fail_param(e, status == YZ_FULL ? YZ_PARAM_RANGE : YZ_PARAM_MALFORMED,
                   which);
    }
}

/* Reads all pairs; what no parameter sets has its default. */
static void
parse_pairs(yz_span raw, unsigned endpoint, yz_query *q, unsigned *seen,
            yz_query_error *e)
{
    bool last = raw.n == 0;

    e->count = 0;
    *seen = 0;
    memset(q, 0, offsetof(yz_query, scratch));
    q->level = -1;
    q->crs = YZ_CRS_WGS84;
    q->limit = YZ_LIMIT_DEFAULT;
    if (raw.n > YZ_QUERY_RAW_MAX) {
        fail(e, YZ_PARAM_MALFORMED, YZ_SPAN("?"),
             "查询参数太长，总共最多 2048 字节");
        return;
    }
    while (!last) {
        const char *end = raw.n > 0 ? memchr(raw.p, '&', raw.n) : NULL;
        yz_span pair = raw;

        last = end == NULL;
        if (!last) {
            pair.n = (size_t)(end - raw.p);
            raw = (yz_span){end + 1, raw.n - pair.n - 1};
        }
        parse_pair(pair, endpoint, q, seen, e);
    }
    if ((*seen & 1u << YZ_QUERY_PARAM_OUT_CRS) == 0) {
        q->out_crs = q->crs;
    }
}

/* What must hold between a position's parameters. */
static void
check_position(unsigned seen, yz_query *q, yz_query_error *e)
{
    bool lng = (seen & 1u << YZ_QUERY_PARAM_LNG) != 0;
    bool lat = (seen & 1u << YZ_QUERY_PARAM_LAT) != 0;

    if ((seen & 1u << YZ_QUERY_PARAM_PLACE) != 0) {
        if (lng || lat) {
            fail(e, YZ_PARAM_CONFLICT, YZ_SPAN("place"),
                 "place 不能和 lng、lat 一起用");
        }
        return;
    }
    if (!lng || !lat) {
        fail(e, YZ_PARAM_MISSING, lng ? YZ_SPAN("lat") : YZ_SPAN("lng"),
             "要么给出 lng 和 lat，要么给出 place");
    }
    q->has_position = true;
}

yz_status
yz_query_nearby(yz_span raw, yz_query *q, yz_query_error *e)
{
    unsigned seen;

    parse_pairs(raw, YZ_QUERY_NEARBY, q, &seen, e);
    if (raw.n <= YZ_QUERY_RAW_MAX) {
        check_position(seen, q, e);
    }
    return e->count == 0 ? YZ_OK : YZ_BAD_INPUT;
}

static yz_status
parse_plain(yz_span raw, unsigned endpoint, yz_query *q, yz_query_error *e)
{
    unsigned seen;

    parse_pairs(raw, endpoint, q, &seen, e);
    return e->count == 0 ? YZ_OK : YZ_BAD_INPUT;
}

yz_status
yz_query_places(yz_span raw, yz_query *q, yz_query_error *e)
{
    return parse_plain(raw, YZ_QUERY_PLACES, q, e);
}

yz_status
yz_query_place(yz_span raw, yz_query *q, yz_query_error *e)
{
    return parse_plain(raw, YZ_QUERY_PLACE, q, e);
}

/* What must hold between the order of posts and a position. */
static void
check_order(unsigned seen, yz_query *q, yz_query_error *e)
{
    bool lng = (seen & 1u << YZ_QUERY_PARAM_LNG) != 0;
    bool lat = (seen & 1u << YZ_QUERY_PARAM_LAT) != 0;

    if (q->by_distance && (!lng || !lat)) {
        fail(e, YZ_PARAM_MISSING, lng ? YZ_SPAN("lat") : YZ_SPAN("lng"),
             "sort=distance 要给出 lng 和 lat");
    } else if (!q->by_distance && (lng || lat)) {
        fail(e, YZ_PARAM_CONFLICT, lng ? YZ_SPAN("lng") : YZ_SPAN("lat"),
             "lng 和 lat 只能和 sort=distance 一起用");
    }
    q->has_position = q->by_distance;
    if ((seen & 1u << YZ_QUERY_PARAM_TOPIC) == 0) {
        q->topics = YZ_POST_TOPICS_ALL;
    }
}

yz_status
yz_query_posts(yz_span raw, yz_query *q, yz_query_error *e)
{
    unsigned seen;

    parse_pairs(raw, YZ_QUERY_POSTS, q, &seen, e);
    if (raw.n <= YZ_QUERY_RAW_MAX) {
        check_order(seen, q, e);
    }
    return e->count == 0 ? YZ_OK : YZ_BAD_INPUT;
}

yz_status
yz_query_post(yz_span raw, yz_query *q, yz_query_error *e)
{
    return parse_plain(raw, YZ_QUERY_POST, q, e);
}

yz_status
yz_query_region(yz_span raw, yz_query *q, yz_query_error *e)
{
    return parse_plain(raw, YZ_QUERY_REGION, q, e);
}
