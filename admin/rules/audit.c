/*
 * The log as auditors read it, a page at a time: number, time, who in which
 * role, and what was written.  What people wrote is not in it, only the key of
 * its record.  Called by the daemon for its routes.
 */
#include "admin/rules/audit.h"

#include "admin/identity/org.h"
#include "core/civil_time.h"
#include "core/limits.h"
#include "core/number.h"
#include "lmdb_schema/store_log.h"

#define LIMIT_MAX 1000
#define LIMIT_USUAL 100
#define ENTRY_ROOM 1280 /* of an entry as JSON: a key as hex, or an id */

#define READERS                                                                \
    (YZ_ROLE_BIT(YZ_ROLE_CITY) | YZ_ROLE_BIT(YZ_ROLE_PROVINCE) |               \
     YZ_ROLE_BIT(YZ_ROLE_AUDITOR))

/* What a page is asked for, and how far it is. */
typedef struct {
    yz_out *out;
    uint64_t first; /* entry to begin with */
    int64_t to_s;   /* entries before this time */
    uint32_t limit;
    uint32_t count;
    uint64_t last; /* the last one written */
    bool more;
} page;

static void
write_actor(yz_out *out, const yz_actor *actor)
{
    YZ_OUT_LIT(out, ",\"actor\":{\"kind\":\"");
    yz_out_text(out, yz_actor_kind_word((yz_actor_kind)actor->kind));
    YZ_OUT_LIT(out, "\",\"id\":");
    if (actor->kind == YZ_ACTOR_SYSTEM) {
        YZ_OUT_LIT(out, "null");
    } else {
        yz_out_char(out, '"');
        yz_out_hex(out, actor->id, sizeof(actor->id));
        yz_out_char(out, '"');
    }
    YZ_OUT_LIT(out, ",\"role\":\"");
    yz_out_text(out, yz_role_word((yz_role)actor->role));
    YZ_OUT_LIT(out, "\",\"node\":");
    if (actor->node != 0) {
        yz_out_u64(out, actor->node);
    } else {
        YZ_OUT_LIT(out, "null");
    }
    yz_out_char(out, '}');
}

/* Keys hold numbers and keyed hashes, never a name; a policy's is a text. */
static void
write_key(yz_out *out, const yz_store_entry *entry)
{
    YZ_OUT_LIT(out, ",\"key\":");
    if (entry->table == YZ_TABLE_POLICY) {
        yz_out_json(out, entry->key);
        return;
    }
    yz_out_char(out, '"');
    yz_out_hex(out, entry->key.p, entry->key.n);
    yz_out_char(out, '"');
}

static void
write_what(yz_out *out, const yz_store_entry *entry)
{
    switch (entry->op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        yz_out_text(out, entry->op == YZ_LOG_CODE
                             ? ",\"what\":\"code\",\"place\":"
                             : ",\"what\":\"place\",\"place\":");
        yz_out_json(out, entry->place.id);
        break;
    case YZ_LOG_REFERENCE:
        YZ_OUT_LIT(out, ",\"what\":\"reference\",\"name\":");
        yz_out_json(out, entry->key);
        break;
    case YZ_LOG_BATCH:
        YZ_OUT_LIT(out, ",\"what\":\"batch\",\"kind\":");
        yz_out_json(out, entry->kind);
        break;
    case YZ_LOG_RECORD:
    case YZ_LOG_GONE:
        YZ_OUT_LIT(out, ",\"what\":");
        yz_out_json(out, yz_span_of(yz_table_name(entry->table)));
        write_key(out, entry);
        yz_out_text(out, entry->op == YZ_LOG_GONE ? ",\"gone\":true"
                                                  : ",\"gone\":false");
        break;
    }
}

static yz_status
write_entry(void *context, const yz_store_entry *entry)
{
    char time[YZ_RFC3339_SIZE];
    page *p = context;

    p->more = p->count == p->limit && entry->at_s < p->to_s;
    if (p->count == p->limit || entry->at_s >= p->to_s) {
        return YZ_BUSY; /* ends the walk */
    }
    (void)yz_rfc3339_write(entry->at_s, time);
    yz_out_text(p->out, p->count > 0 ? ",{\"seq\":" : "{\"seq\":");
    yz_out_u64(p->out, entry->seq);
    YZ_OUT_LIT(p->out, ",\"time\":\"");
    yz_out_text(p->out, time);
    YZ_OUT_LIT(p->out, "\",\"batch\":");
    if (entry->batch != 0) {
        yz_out_u64(p->out, entry->batch);
    } else {
        YZ_OUT_LIT(p->out, "null");
    }
    write_actor(p->out, &entry->actor);
    write_what(p->out, entry);
    yz_out_char(p->out, '}');
    p->count++;
    p->last = entry->seq;
    return YZ_OK;
}

/* A time, or a date: the beginning of that day. */
static bool
read_time(yz_span text, int64_t *at_s)
{
    char whole[32];

    if (text.n == 10) {
        memcpy(whole, text.p, text.n);
        memcpy(whole + text.n, "T00:00:00+08:00", 15);
        text = (yz_span){whole, 25};
    }
    return yz_rfc3339_parse(text, at_s) == YZ_OK;
}

static bool
read_seq(yz_span text, uint64_t *seq)
{
    uint64_t value = 0;

    if (text.n == 0 || text.n > 18) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    }
    *seq = value;
    return true;
}

/* NULL, or the name of the parameter that is wrong. */
static const char *
read_page(yz_exchange *x, page *p, int64_t *from_s)
{
    const yz_span from = yz_exchange_parameter(x, "from");
    const yz_span to = yz_exchange_parameter(x, "to");
    const yz_span after = yz_exchange_parameter(x, "after");
    const yz_span limit = yz_exchange_parameter(x, "limit");

    p->limit = LIMIT_USUAL;
    p->to_s = INT64_MAX;
    *from_s = INT64_MIN;
    if (from.p != NULL && !read_time(from, from_s)) {
        return "from";
    }
    if (to.p != NULL && !read_time(to, &p->to_s)) {
        return "to";
    }
    if (after.p != NULL && !read_seq(after, &p->first)) {
        return "after";
    }
    p->first++;
    if (limit.p != NULL &&
        (yz_number_parse_u32(limit, LIMIT_MAX, &p->limit) != YZ_OK ||
         p->limit == 0)) {
        return "limit";
    }
    return NULL;
}

static void
write_parameter(yz_out *out, yz_exchange *x, const char *name)
{
    const yz_span value = yz_exchange_parameter(x, name);

    if (value.p != NULL) {
        yz_out_char(out, '&');
        yz_out_text(out, name);
        yz_out_char(out, '=');
        yz_out_percent(out, value);
    }
}

static void
write_next(yz_exchange *x, const page *p)
{
    YZ_OUT_LIT(&x->out, "],\"links\":[");
    if (p->more) {
        YZ_OUT_LIT(&x->out,
                   "{\"rel\":\"next\",\"href\":\"/v1/admin/audit?after=");
        yz_out_u64(&x->out, p->last);
        write_parameter(&x->out, x, "to");
        write_parameter(&x->out, x, "limit");
        YZ_OUT_LIT(&x->out, "\"}");
    }
    YZ_OUT_LIT(&x->out, "]}");
}

static yz_status
refuse_parameter(yz_exchange *x, const char *name)
{
    const yz_problem_error error = {
        .parameter = name,
        .code = "parameter-malformed",
        .detail = "from、to 是日期或 RFC 3339 时间，after 是记录号，limit 为 1 "
                  "到 1000"};

    return yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID, &error,
                                      1);
}

static yz_status
list_entries(yz_desk *desk, yz_exchange *x)
{
    page p = {.out = &x->out};
    int64_t from_s;
    uint64_t since = 0;
    const char *wrong = read_page(x, &p, &from_s);
    yz_status status;

    if (wrong != NULL) {
        return refuse_parameter(x, wrong);
    }
    status = yz_org_require(desk, x, READERS, 0, 0);
    if (status == YZ_OK && from_s != INT64_MIN) {
        status = yz_store_entry_since(desk->store, from_s, &since);
        p.first = since > p.first ? since : p.first;
    }
    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, ((size_t)p.limit + 1) * ENTRY_ROOM);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    YZ_OUT_LIT(&x->out, "{\"entries\":[");
    status = yz_store_each_entry(desk->store, p.first, write_entry, &p);
    if (status != YZ_OK && status != YZ_BUSY) {
        return status;
    }
    write_next(x, &p);
    return YZ_OK;
}

static const char *const audit_parameters[] = {"from", "to", "after", "limit",
                                               NULL};

const yz_route yz_audit_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/audit",
     .parameters = audit_parameters,
     .apply = list_entries,
     .signed_in = true},
    {.path = NULL},
};
