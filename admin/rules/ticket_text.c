/*
 * Renders tickets.  Runs in the writer; called by the rules of tickets.
 */
#include "admin/rules/ticket_text.h"

#include "admin/identity/org.h"
#include "admin/rules/rating_text.h"
#include "admin/rules/ticket_store.h"

#define HEAD_ROOM 24576 /* bytes beside texts */
#define EVENT_ROOM 1536 /* of an event beside its text */

/* The id of a place by its number; null when it has none. */
static yz_status
render_place(yz_desk *desk, uint32_t number, yz_out *out)
{
    yz_place place;
    yz_status status = YZ_NOT_FOUND;

    if (number != 0) {
        status = yz_store_place_by_number(desk->store, number, &place);
    }
    if (status == YZ_OK) {
        yz_out_json(out, place.id);
    } else if (status == YZ_NOT_FOUND) {
        YZ_OUT_LIT(out, "null");
        status = YZ_OK;
    }
    return status;
}

/* {"number":5,"name":"..."}; null for the city's desk, and a null name for a
   node that is no more. */
static yz_status
render_node(yz_desk *desk, uint32_t number, yz_out *out)
{
    yz_node node;
    yz_status status;

    if (number == 0) {
        YZ_OUT_LIT(out, "null");
        return YZ_OK;
    }
    status = yz_org_node(desk, number, &node);
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    YZ_OUT_LIT(out, "{\"number\":");
    yz_out_u64(out, number);
    YZ_OUT_LIT(out, ",\"name\":");
    if (status == YZ_OK) {
        yz_out_json(out, node.name);
    } else {
        YZ_OUT_LIT(out, "null");
    }
    yz_out_char(out, '}');
    return YZ_OK;
}

yz_status
yz_ticket_render_head(yz_desk *desk, const yz_ticket *ticket, yz_out *out)
{
    yz_status status;

    YZ_OUT_LIT(out, "\"kind\":\"");
    yz_out_text(out, yz_ticket_kind_word(ticket->kind));
    YZ_OUT_LIT(out, "\",\"category\":");
    yz_out_json(out, ticket->category);
    YZ_OUT_LIT(out, ",\"state\":\"");
    yz_out_text(out, yz_ticket_state_word(ticket->state));
    YZ_OUT_LIT(out, "\",\"place\":");
    status = render_place(desk, ticket->place, out);
    YZ_OUT_LIT(out, ",\"region\":");
    if (ticket->region != 0) {
        yz_out_char(out, '"');
        yz_out_u64(out, ticket->region);
        yz_out_char(out, '"');
    } else {
        YZ_OUT_LIT(out, "null");
    }
    YZ_OUT_LIT(out, ",\"created\":");
    yz_time_render(ticket->created_s, out);
    YZ_OUT_LIT(out, ",\"changed\":");
    yz_time_render(ticket->changed_s, out);
    YZ_OUT_LIT(out, ",\"due\":");
    yz_time_render(ticket->due_s, out);
    return status;
}

static bool
is_overdue(const yz_ticket *ticket, int64_t now_s)
{
    return ticket->due_s != 0 && ticket->due_s < now_s &&
           ticket->state != YZ_TICKET_ANSWERED &&
           ticket->state != YZ_TICKET_CLOSED;
}

/* A line's members, without its braces. */
static yz_status
render_row(yz_desk *desk, uint64_t number, const yz_ticket *ticket,
           int64_t now_s, yz_out *out)
{
    yz_status status;

    YZ_OUT_LIT(out, "\"number\":\"");
    yz_out_u64(out, number);
    YZ_OUT_LIT(out, "\",");
    status = yz_ticket_render_head(desk, ticket, out);
    YZ_OUT_LIT(out, ",\"node\":");
    if (status == YZ_OK) {
        status = render_node(desk, ticket->node, out);
    }
    YZ_OUT_LIT(out, ",\"co_handlers\":[");
    for (uint8_t i = 0; status == YZ_OK && i < ticket->co_count; i++) {
        yz_out_text(out, i > 0 ? "," : "");
        status = render_node(desk, ticket->co_handlers[i], out);
    }
    yz_out_text(out, is_overdue(ticket, now_s) ? "],\"overdue\":true"
                                               : "],\"overdue\":false");
    yz_out_text(out, ticket->by_phone ? ",\"by_phone\":true"
                                      : ",\"by_phone\":false");
    yz_out_text(out, ticket->late ? ",\"late\":true" : ",\"late\":false");
    return status;
}

yz_status
yz_ticket_render_row(yz_desk *desk, uint64_t number, const yz_ticket *ticket,
                     int64_t now_s, yz_out *out)
{
    yz_status status;

    yz_out_char(out, '{');
    status = render_row(desk, number, ticket, now_s, out);
    yz_out_char(out, '}');
    return status;
}

/* A walk over the events of a ticket. */
typedef struct {
    yz_desk *desk;
    yz_exchange *x;
    uint64_t number;
    const yz_ticket *ticket;
    yz_out *out;
    bool own;     /* its writer asks for all that is stored */
    size_t room;  /* that the events take at most */
    size_t shown; /* of the list that is being written */
} view;

static yz_status
measure(void *context, uint32_t index, const yz_ticket_event *event)
{
    view *v = context;

    (void)index;
    v->room += EVENT_ROOM + 6 * event->text.n;
    return YZ_OK;
}

/* The text, or null when there is none, or none any more. */
static yz_status
render_text(view *v, uint32_t index, yz_span sealed)
{
    yz_span plain;
    yz_status status = yz_ticket_unseal(v->desk, v->x, v->number, v->ticket,
                                        index, sealed, &plain);

    if (status == YZ_OK) {
        yz_out_json(v->out, plain);
    } else if (status == YZ_NOT_FOUND) {
        YZ_OUT_LIT(v->out, "null");
        status = YZ_OK;
    }
    return status;
}

static void
render_event_head(view *v, const yz_ticket_event *event)
{
    yz_out *out = v->out;

    yz_out_text(out, v->shown++ > 0 ? ",{\"event\":\"" : "{\"event\":\"");
    yz_out_text(out, yz_ticket_event_word(event->kind));
    YZ_OUT_LIT(out, "\",\"at\":");
    yz_time_render(event->at_s, out);
}

static yz_status
show_desk(void *context, uint32_t index, const yz_ticket_event *event)
{
    view *v = context;
    yz_out *out = v->out;
    yz_status status;

    render_event_head(v, event);
    YZ_OUT_LIT(out, ",\"role\":\"");
    yz_out_text(out, yz_role_word((yz_role)event->role));
    YZ_OUT_LIT(out, "\",\"by\":");
    status = render_node(v->desk, event->at_node, out);
    YZ_OUT_LIT(out, ",\"node\":");
    if (status == YZ_OK) {
        status = render_node(v->desk, event->node, out);
    }
    YZ_OUT_LIT(out, ",\"due\":");
    yz_time_render(event->due_s, out);
    YZ_OUT_LIT(out, ",\"text\":");
    if (status == YZ_OK) {
        status = render_text(v, index, event->text);
    }
    yz_out_char(out, '}');
    return status;
}

/* What was said to the writer: answers, and why it is closed. */
static bool
is_for_holder(const view *v, const yz_ticket_event *event)
{
    return event->kind == YZ_EVENT_ANSWERED || event->kind == YZ_EVENT_CLOSED ||
           (v->own && event->kind == YZ_EVENT_REOPENED);
}

static yz_status
show_holder(void *context, uint32_t index, const yz_ticket_event *event)
{
    view *v = context;
    yz_out *out = v->out;
    yz_node node;
    yz_status status = YZ_NOT_FOUND;

    if (event->kind == YZ_EVENT_NOTED) {
        return YZ_OK;
    }
    render_event_head(v, event);
    YZ_OUT_LIT(out, ",\"desk\":");
    if (event->node != 0) {
        status = yz_org_node(v->desk, event->node, &node);
    }
    if (status == YZ_OK) {
        yz_out_json(out, node.name);
    } else if (status == YZ_NOT_FOUND) {
        YZ_OUT_LIT(out, "null");
    } else {
        return status;
    }
    YZ_OUT_LIT(out, ",\"text\":");
    status = render_text(
        v, index, is_for_holder(v, event) ? event->text : (yz_span){NULL, 0});
    yz_out_char(out, '}');
    return status;
}

static yz_status
show_answer(void *context, uint32_t index, const yz_ticket_event *event)
{
    view *v = context;
    yz_status status;

    if (event->kind != YZ_EVENT_ANSWERED) {
        return YZ_OK;
    }
    yz_out_text(v->out, v->shown++ > 0 ? ",{\"at\":" : "{\"at\":");
    yz_time_render(event->at_s, v->out);
    YZ_OUT_LIT(v->out, ",\"text\":");
    status = render_text(v, index, event->text);
    yz_out_char(v->out, '}');
    return status;
}

/* How many bytes the ticket and all of its events take at most. */
static yz_status
measure_all(view *v)
{
    yz_status status = yz_ticket_each_event(v->desk, v->number, measure, v);

    v->room = HEAD_ROOM + 6 * (v->ticket->text.n + v->ticket->contact.n) +
              2 * v->room;
    return status;
}

static yz_status
start(view *v)
{
    yz_status status = measure_all(v);

    v->out = &v->x->out;
    return status == YZ_OK ? yz_exchange_answer(v->x, 200, v->room) : status;
}

static yz_status
render_list(view *v, const char *open, yz_ticket_event_visit *visit)
{
    yz_status status;

    yz_out_text(v->out, open);
    v->shown = 0;
    status = yz_ticket_each_event(v->desk, v->number, visit, v);
    yz_out_char(v->out, ']');
    return status;
}

yz_status
yz_ticket_answer_desk(yz_desk *desk, yz_exchange *x, uint64_t number,
                      const yz_ticket *ticket, bool contact)
{
    view v = {.desk = desk, .x = x, .number = number, .ticket = ticket};
    yz_status status = start(&v);

    if (status != YZ_OK) {
        return status;
    }
    yz_out_char(&x->out, '{');
    status =
        render_row(desk, number, ticket, yz_store_now_s(desk->store), &x->out);
    YZ_OUT_LIT(&x->out, ",\"text\":");
    if (status == YZ_OK) {
        status = render_text(&v, 0, ticket->text);
    }
    if (status == YZ_OK && contact) {
        YZ_OUT_LIT(&x->out, ",\"contact\":");
        status = render_text(&v, YZ_TICKET_CONTACT, ticket->contact);
    }
    if (status == YZ_OK) {
        status = render_list(&v, ",\"history\":[", show_desk);
    }
    yz_out_char(&x->out, '}');
    return status;
}

yz_status
yz_ticket_answer_holder(yz_desk *desk, yz_exchange *x, uint64_t number,
                        const yz_ticket *ticket)
{
    view v = {.desk = desk, .x = x, .number = number, .ticket = ticket};
    yz_status status = start(&v);

    if (status != YZ_OK) {
        return status;
    }
    yz_out_char(&x->out, '{');
    status = yz_ticket_render_head(desk, ticket, &x->out);
    if (status == YZ_OK) {
        status = render_list(&v, ",\"answers\":[", show_answer);
    }
    if (status == YZ_OK) {
        status = render_list(&v, ",\"history\":[", show_holder);
    }
    yz_out_char(&x->out, '}');
    return status;
}

/* What is written to its writer, and by them. */
static yz_status
render_own(view *v)
{
    yz_status status;

    yz_out_char(v->out, '{');
    status = yz_ticket_render_head(v->desk, v->ticket, v->out);
    YZ_OUT_LIT(v->out, ",\"text\":");
    if (status == YZ_OK) {
        status = render_text(v, 0, v->ticket->text);
    }
    YZ_OUT_LIT(v->out, ",\"contact\":");
    if (status == YZ_OK) {
        status = render_text(v, YZ_TICKET_CONTACT, v->ticket->contact);
    }
    if (status == YZ_OK) {
        status = render_list(v, ",\"history\":[", show_holder);
    }
    yz_out_char(v->out, '}');
    return status;
}

yz_status
yz_ticket_show(yz_desk *desk, yz_exchange *x, yz_span key, yz_span value,
               yz_span *json)
{
    view v = {.desk = desk, .x = x, .own = true};
    uint32_t index;
    yz_ticket ticket;
    yz_out out;
    void *room;
    yz_status status = yz_ticket_key_read(key, &v.number, &index);

    if (status == YZ_OK) {
        status = yz_ticket_decode(value, &ticket);
    }
    v.ticket = &ticket;
    if (status == YZ_OK) {
        status = measure_all(&v);
    }
    room = status == YZ_OK ? yz_arena_alloc(&x->arena, v.room) : NULL;
    if (room == NULL) {
        return status == YZ_OK ? YZ_NOMEM : status;
    }
    yz_out_init(&out, room, v.room);
    v.out = &out;
    status = render_own(&v);
    *json = yz_out_written(&out);
    return status;
}
