/*
 * What staff do with tickets.  Runs in the writer; the daemon's routes call
 * it.  The list is ticket_list.c.
 */
#include "admin/rules/ticket_desk.h"

#include "admin/identity/org.h"
#include "admin/rules/presence.h"
#include "admin/rules/rating_name.h"
#include "admin/rules/rating_text.h"
#include "admin/rules/ticket_list.h"
#include "admin/rules/ticket_new.h"
#include "admin/rules/ticket_right.h"
#include "admin/rules/ticket_store.h"
#include "admin/rules/ticket_text.h"
#include "core/civil_time.h"
#include "core/number.h"

#define LONG_TEXT                                                              \
    .kind = YZ_JSON_TEXT, .lines = true, .min = 1, .max = YZ_TICKET_TEXT_MAX

static const yz_json_member dispatch_members[] = {
    {.name = "node",
     .kind = YZ_JSON_INTEGER,
     .required = true,
     .min = 1,
     .max = UINT32_MAX},
    {.name = "co_handlers",
     .kind = YZ_JSON_INTEGERS,
     .min = 0,
     .max = YZ_TICKET_CO_HANDLERS_MAX},
    {.name = "due",
     .kind = YZ_JSON_TEXT,
     .nullable = true,
     .min = 10,
     .max = 40},
    {.name = "text", LONG_TEXT},
    {.name = NULL},
};

static const yz_json_member answer_members[] = {
    {.name = "text", .required = true, LONG_TEXT},
    {.name = "public", .kind = YZ_JSON_BOOLEAN},
    {.name = NULL},
};

static const yz_json_member close_members[] = {
    {.name = "reason", .required = true, LONG_TEXT},
    {.name = NULL},
};

static yz_step apply_read, apply_dispatch, apply_answer, apply_close,
    apply_intake;

const yz_route yz_ticket_desk_routes[] = {
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/tickets",
     .parameters = yz_ticket_list_parameters,
     .apply = yz_ticket_list_apply,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/tickets",
     .members = yz_ticket_members,
     .apply = apply_intake,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/v1/admin/tickets/{number}",
     .apply = apply_read,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/tickets/{number}/dispatch",
     .members = dispatch_members,
     .apply = apply_dispatch,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/tickets/{number}/answer",
     .members = answer_members,
     .apply = apply_answer,
     .idempotent = true,
     .signed_in = true},
    {.method = YZ_METHOD_POST,
     .path = "/v1/admin/tickets/{number}/close",
     .members = close_members,
     .apply = apply_close,
     .idempotent = true,
     .signed_in = true},
    {.path = NULL},
};

static yz_status
apply_read(yz_desk *desk, yz_exchange *x)
{
    yz_ticket ticket;
    uint64_t number;
    yz_status handles;
    yz_status status =
        yz_ticket_require(desk, x, YZ_TICKET_READ, &number, &ticket);

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    /* How to reach someone is for those who have to. */
    handles = yz_ticket_may(desk, x, &ticket, YZ_TICKET_HANDLE);
    if (handles != YZ_OK && handles != YZ_NOT_FOUND) {
        return handles;
    }
    return yz_ticket_answer_desk(desk, x, number, &ticket, handles == YZ_OK);
}

/* What is done to a ticket: the deed's own checks come between. */
typedef struct {
    uint64_t number;
    yz_ticket before;
    yz_ticket now;
    yz_ticket_event event;
} deed;

/* The ticket for someone who may handle it, and while there is room. */
static yz_status
begin(yz_desk *desk, yz_exchange *x, yz_ticket_event_kind kind, deed *d)
{
    yz_status status =
        yz_ticket_require(desk, x, YZ_TICKET_HANDLE, &d->number, &d->before);

    if (status != YZ_OK) {
        return status;
    }
    d->now = d->before;
    d->event = (yz_ticket_event){
        .kind = kind,
        .role = x->actor.role,
        .at_node = x->actor.node,
        .at_s = yz_store_now_s(desk->store),
    };
    if (d->before.events >= YZ_TICKET_EVENTS_MAX) {
        return yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                                  "这张单子的记录已满。");
    }
    return YZ_OK;
}

static yz_status
refuse_closed(yz_exchange *x)
{
    return yz_presence_refuse(x, YZ_PROBLEM_STATE_CONFLICT,
                              "这张单子已经办结。");
}

/* Puts what the deed made of it, and shows it. */
static yz_status
finish(yz_desk *desk, yz_exchange *x, deed *d, const char *member)
{
    yz_status status =
        yz_ticket_seal(desk, x, d->number, &d->now, d->now.events + 1u,
                       yz_json_text(x, NULL, member), &d->event.text);

    if (status == YZ_OK) {
        status =
            yz_ticket_change(desk, d->number, &d->before, &d->now, &d->event);
    }
    return status == YZ_OK
               ? yz_ticket_answer_desk(desk, x, d->number, &d->now, true)
               : status;
}

/* A node that is there; `pointer` names the member that says so. */
static yz_status
require_node(yz_desk *desk, yz_exchange *x, uint32_t number,
             const char *pointer)
{
    yz_node node;
    yz_status status = yz_org_node(desk, number, &node);

    return status == YZ_NOT_FOUND
               ? yz_ticket_refuse_member(x, pointer, "member-range",
                                         "没有这个组织节点。")
               : status;
}

static yz_status
read_co_handlers(yz_desk *desk, yz_exchange *x, yz_ticket *now)
{
    const size_t count = yz_json_integers(x, NULL, "co_handlers");
    yz_status status = YZ_OK;

    now->co_count = 0;
    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        const int64_t number = yz_json_integers_at(x, NULL, "co_handlers", i);
        bool again = number == now->node;

        for (uint8_t j = 0; j < now->co_count; j++) {
            again = again || now->co_handlers[j] == number;
        }
        if (number < 1 || number > UINT32_MAX || again) {
            return yz_ticket_refuse_member(x, "/co_handlers", "member-range",
                                           "应为不重复的组织节点编号。");
        }
        status = require_node(desk, x, (uint32_t)number, "/co_handlers");
        now->co_handlers[now->co_count++] = (uint32_t)number;
    }
    return status;
}

/* A time, or the last second of a day; later than now. */
static yz_status
read_due(yz_exchange *x, int64_t now_s, yz_ticket *now)
{
    const yz_span text = yz_json_text(x, NULL, "due");
    uint32_t day;

    if (text.n == 0) {
        now->due_s = now->days > 0 ? yz_ticket_due_s(now_s, now->days) : 0;
        return YZ_OK;
    }
    if (yz_day_read(text, &day) == YZ_OK) {
        now->due_s = yz_civil_day_start_s((int64_t)day + 1) - 1;
    } else if (yz_rfc3339_parse(text, &now->due_s) != YZ_OK) {
        return yz_ticket_refuse_member(
            x, "/due", "member-malformed",
            "应为日期（如 2026-12-31）或 RFC 3339 时间。");
    }
    if (now->due_s <= now_s) {
        return yz_ticket_refuse_member(x, "/due", "member-range",
                                       "期限应晚于现在。");
    }
    now->days = (uint16_t)((now->due_s - now_s) / YZ_DAY_S + 1);
    if ((now->due_s - now_s) / YZ_DAY_S + 1 > YZ_TICKET_DAYS_MAX) {
        return yz_ticket_refuse_member(x, "/due", "member-range",
                                       "期限应在 366 天以内。");
    }
    return YZ_OK;
}

static yz_status
apply_dispatch(yz_desk *desk, yz_exchange *x)
{
    deed d;
    yz_status status = begin(desk, x, YZ_EVENT_DISPATCHED, &d);

    if (status == YZ_OK && d.before.state == YZ_TICKET_CLOSED) {
        status = refuse_closed(x);
    }
    if (status == YZ_OK) {
        d.now.node = (uint32_t)yz_json_integer(x, NULL, "node", 0);
        status = require_node(desk, x, d.now.node, "/node");
    }
    if (status == YZ_OK) {
        status = read_co_handlers(desk, x, &d.now);
    }
    if (status == YZ_OK) {
        status = read_due(x, d.event.at_s, &d.now);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    d.now.state = YZ_TICKET_DISPATCHED;
    d.event.node = d.now.node;
    d.event.due_s = d.now.due_s;
    return finish(desk, x, &d, "text");
}

/* With public false it is a note for the desk, and the ticket stays. */
static yz_status
apply_answer(yz_desk *desk, yz_exchange *x)
{
    const bool note =
        yz_json_given(x, NULL, "public") && !yz_json_boolean(x, NULL, "public");
    deed d;
    yz_status status =
        begin(desk, x, note ? YZ_EVENT_NOTED : YZ_EVENT_ANSWERED, &d);

    if (status == YZ_OK && !note && d.before.state == YZ_TICKET_CLOSED) {
        status = refuse_closed(x);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    if (!note) {
        d.now.state = YZ_TICKET_ANSWERED;
    }
    return finish(desk, x, &d, "text");
}

static yz_status
apply_close(yz_desk *desk, yz_exchange *x)
{
    deed d;
    yz_status status = begin(desk, x, YZ_EVENT_CLOSED, &d);

    if (status == YZ_OK && d.before.state == YZ_TICKET_CLOSED) {
        status = refuse_closed(x);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    d.now.state = YZ_TICKET_CLOSED;
    return finish(desk, x, &d, "reason");
}

/* The ticket's place for staff, its receipt for the caller. */
static yz_status
answer_intake(yz_exchange *x, uint64_t number, const yz_ticket *ticket,
              const char *receipt)
{
    yz_status status = yz_exchange_answer(x, 201, 1024);
    char *location = yz_arena_alloc(&x->arena, 64);
    yz_out out;

    if (status != YZ_OK || location == NULL) {
        return status != YZ_OK ? status : YZ_NOMEM;
    }
    yz_out_init(&out, location, 64);
    YZ_OUT_LIT(&out, "/v1/admin/tickets/");
    yz_out_u64(&out, number);
    x->location = yz_out_written(&out);
    YZ_OUT_LIT(&x->out, "{\"number\":\"");
    yz_out_u64(&x->out, number);
    YZ_OUT_LIT(&x->out, "\",\"receipt\":\"");
    yz_out_text(&x->out, receipt);
    YZ_OUT_LIT(&x->out, "\",\"state\":\"");
    yz_out_text(&x->out, yz_ticket_state_word(ticket->state));
    YZ_OUT_LIT(&x->out, "\",\"due\":");
    yz_time_render(ticket->due_s, &x->out);
    yz_out_char(&x->out, '}');
    return YZ_OK;
}

static yz_status
apply_intake(yz_desk *desk, yz_exchange *x)
{
    char receipt[YZ_RECEIPT_PRINTED_SIZE];
    yz_ticket_draft draft;
    yz_ticket ticket;
    yz_place place;
    uint64_t number;
    yz_status status = yz_ticket_intake_require(desk, x);

    if (status == YZ_OK) {
        status = yz_ticket_draft_read(desk, x, &draft, &place);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    /* Nobody knows who calls: the texts get a key of their own. */
    draft.by_phone = true;
    draft.writer_kind = YZ_ACTOR_SYSTEM;
    status = yz_vault_random(draft.writer, sizeof(draft.writer));
    if (status == YZ_OK) {
        status = yz_ticket_open(desk, x, &draft, &number, &ticket, receipt);
    }
    return status == YZ_OK ? answer_intake(x, number, &ticket, receipt)
                           : status;
}
