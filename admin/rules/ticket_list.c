/*
 * The desk's list of tickets: its query and its page.  Runs in the writer;
 * ticket_desk.c has the route.
 */
#include "admin/rules/ticket_list.h"

#include <xxhash.h>

#include "admin/load/regions.h"
#include "admin/rules/presence.h"
#include "admin/rules/rating_name.h"
#include "admin/rules/ticket_scan.h"
#include "admin/rules/ticket_store.h"
#include "admin/rules/ticket_text.h"
#include "core/base64url.h"
#include "core/civil_time.h"
#include "core/number.h"

#define LIMIT_DEFAULT 20
#define ALL_STATES ((1u << YZ_TICKET_STATE_END) - 2u)
#define CURSOR_BYTES 20 /* deadline, number, hash of the query */
#define CURSOR_LENGTH YZ_BASE64URL_LENGTH(CURSOR_BYTES)

const char *const yz_ticket_list_parameters[] = {
    "state",      "category", "region", "node",
    "due_before", "limit",    "cursor", NULL};

/* Those that say what is listed: a cursor is bound to them. */
#define BINDING 5

static yz_status
refuse(yz_exchange *x, const char *name, yz_param_fault fault,
       const char *detail)
{
    const yz_problem_error error = {name, NULL, yz_param_fault_text(fault),
                                    detail};
    yz_status status =
        yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID, &error, 1);

    return status == YZ_OK ? YZ_DENIED : status;
}

/* Words of states, joined by commas; without any all but closed. */
static yz_status
read_states(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "state");

    query->states = ALL_STATES & ~(1u << YZ_TICKET_CLOSED);
    if (text.p == NULL) {
        return YZ_OK;
    }
    query->states = 0;
    for (size_t at = 0; at <= text.n;) {
        size_t end = at;
        unsigned state;

        while (end < text.n && text.p[end] != ',') {
            end++;
        }
        state = yz_ticket_state_of((yz_span){text.p + at, end - at});
        if (state == 0) {
            return refuse(x, "state", YZ_PARAM_RANGE,
                          "state 为 open、dispatched、answered、closed、"
                          "reopened，可用逗号连接");
        }
        query->states |= 1u << state;
        at = end + 1;
    }
    return YZ_OK;
}

static yz_status
read_region(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "region");
    uint32_t region;

    if (text.p == NULL) {
        return YZ_OK;
    }
    if (text.n > 6 || yz_region_code_parse(text, &region) != YZ_OK) {
        return refuse(x, "region", YZ_PARAM_MALFORMED,
                      "region 为 2、4 或 6 位行政区划代码");
    }
    query->reach.by_region = true;
    query->reach.region = region;
    yz_region_range(region, &query->region_low, &query->region_high);
    return YZ_OK;
}

static yz_status
read_node(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "node");

    if (text.p == NULL) {
        return YZ_OK;
    }
    query->reach.by_node = true;
    return yz_number_parse_u32(text, UINT32_MAX, &query->reach.node) == YZ_OK
               ? YZ_OK
               : refuse(x, "node", YZ_PARAM_MALFORMED,
                        "node 为组织节点编号，0 为市级总台");
}

/* A time, or a day: all before it begins. */
static yz_status
read_due_before(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "due_before");
    int64_t at_s;
    uint32_t day;

    query->due_before_s = UINT64_MAX;
    if (text.p == NULL) {
        return YZ_OK;
    }
    if (yz_day_read(text, &day) == YZ_OK) {
        at_s = yz_civil_day_start_s(day);
    } else if (yz_rfc3339_parse(text, &at_s) != YZ_OK) {
        return refuse(x, "due_before", YZ_PARAM_MALFORMED,
                      "due_before 为日期（如 2026-12-31）或 RFC 3339 时间");
    }
    query->due_before_s = at_s > 0 ? (uint64_t)at_s : 0;
    return YZ_OK;
}

static yz_status
read_limit(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "limit");
    uint32_t limit = LIMIT_DEFAULT;

    if (text.p != NULL &&
        (yz_number_parse_u32(text, YZ_TICKET_PAGE_MAX, &limit) != YZ_OK ||
         limit == 0)) {
        return refuse(x, "limit", YZ_PARAM_RANGE, "limit 为 1 到 100");
    }
    query->limit = limit;
    return YZ_OK;
}

/* A hash of what is listed; not secret: a forged cursor only asks for
   another page. */
static uint32_t
hash_of(yz_exchange *x)
{
    uint64_t hash = 0;

    for (size_t i = 0; i < BINDING; i++) {
        yz_span text = yz_exchange_parameter(x, yz_ticket_list_parameters[i]);

        hash = XXH3_64bits_withSeed(text.n > 0 ? text.p : "", text.n,
                                    hash + i + (text.p != NULL));
    }
    return (uint32_t)hash;
}

static yz_status
read_cursor(yz_exchange *x, yz_ticket_query *query)
{
    yz_span text = yz_exchange_parameter(x, "cursor");
    uint8_t bytes[CURSOR_BYTES];
    size_t n;

    if (text.p == NULL) {
        return YZ_OK;
    }
    if (text.n != CURSOR_LENGTH ||
        yz_base64url_decode(text, bytes, sizeof(bytes), &n) != YZ_OK ||
        yz_get_u32_be(bytes + 16) != hash_of(x)) {
        return refuse(x, "cursor", YZ_PARAM_MALFORMED, YZ_QUERY_CURSOR_DETAIL);
    }
    query->after.due_s = yz_get_u64_be(bytes);
    query->after.ticket = yz_get_u64_be(bytes + 8);
    return query->after.ticket < UINT64_MAX
               ? YZ_OK
               : refuse(x, "cursor", YZ_PARAM_MALFORMED,
                        YZ_QUERY_CURSOR_DETAIL);
}

static yz_status
read_query(yz_exchange *x, yz_ticket_query *query)
{
    static yz_status (*const readers[])(yz_exchange *, yz_ticket_query *) = {
        read_states,     read_region, read_node,
        read_due_before, read_limit,  read_cursor,
    };
    yz_status status = YZ_OK;

    *query = (yz_ticket_query){.limit = 0};
    query->category = yz_exchange_parameter(x, "category");
    if (query->category.p != NULL && query->category.n == 0) {
        return refuse(x, "category", YZ_PARAM_RANGE, "category 不能为空");
    }
    for (size_t i = 0;
         status == YZ_OK && i < sizeof(readers) / sizeof(readers[0]); i++) {
        status = readers[i](x, query);
    }
    return status;
}

/* The query again, with where the next page begins. */
static void
render_next(yz_exchange *x, const yz_ticket_page *page, size_t limit,
            yz_out *out)
{
    uint8_t bytes[CURSOR_BYTES];
    char cursor[CURSOR_LENGTH];

    YZ_OUT_LIT(out, "{\"rel\":\"next\",\"href\":\"/v1/admin/tickets?");
    for (size_t i = 0; i < BINDING; i++) {
        yz_span text = yz_exchange_parameter(x, yz_ticket_list_parameters[i]);

        if (text.p != NULL) {
            yz_out_text(out, yz_ticket_list_parameters[i]);
            yz_out_char(out, '=');
            yz_out_percent(out, text);
            yz_out_char(out, '&');
        }
    }
    yz_put_u64_be(bytes, page->end.due_s);
    yz_put_u64_be(bytes + 8, page->end.ticket);
    yz_put_u32_be(bytes + 16, hash_of(x));
    yz_base64url_encode(bytes, sizeof(bytes), cursor);
    YZ_OUT_LIT(out, "limit=");
    yz_out_u64(out, limit);
    YZ_OUT_LIT(out, "&cursor=");
    yz_out_bytes(out, cursor, sizeof(cursor));
    YZ_OUT_LIT(out, "\"}");
}

static yz_status
render_page(yz_desk *desk, yz_exchange *x, const yz_ticket_page *page,
            size_t limit)
{
    const int64_t now_s = yz_store_now_s(desk->store);
    yz_out *out = &x->out;
    yz_status status = yz_exchange_answer(
        x, 200, 1024 + 3 * x->query.n + page->count * YZ_TICKET_ROW_ROOM);

    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"tickets\":[");
    for (size_t i = 0; status == YZ_OK && i < page->count; i++) {
        const uint64_t number = page->found[i].ticket;
        yz_ticket ticket;

        status = yz_ticket_load(desk, x, number, &ticket);
        if (status == YZ_OK) {
            yz_out_text(out, i > 0 ? "," : "");
            status = yz_ticket_render_row(desk, number, &ticket, now_s, out);
        }
    }
    YZ_OUT_LIT(out, "],\"links\":[");
    if (page->more) {
        render_next(x, page, limit, out);
    }
    YZ_OUT_LIT(out, "]}");
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

yz_status
yz_ticket_list_apply(yz_desk *desk, yz_exchange *x)
{
    yz_ticket_query query;
    yz_ticket_page page;
    yz_status status = read_query(x, &query);

    if (status == YZ_OK) {
        status = yz_ticket_list_require(desk, x, &query.reach);
    }
    if (status == YZ_OK) {
        status = yz_ticket_scan(desk, x, &query, &page);
    }
    if (status == YZ_OK) {
        status = render_page(desk, x, &page, query.limit);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}
