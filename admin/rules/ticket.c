/*
 * What workers do with tickets.  Runs in the writer, but for what is known of
 * a receipt before; the daemon's routes call it.
 */
#include "admin/rules/ticket.h"

#include "admin/identity/identity.h"
#include "admin/identity/written.h"
#include "admin/rules/presence.h"
#include "admin/rules/rating_text.h"
#include "admin/rules/routing_cache.h"
#include "admin/rules/ticket_new.h"
#include "admin/rules/ticket_store.h"
#include "admin/rules/ticket_text.h"

/* Of one phone and one address at one place; an address may be a whole
   station's, or a carrier's. */
static const yz_limit_rule limit = {
    .person = 10, .address = 100, .window_s = 3600};

static const yz_json_member reopen_members[] = {
    {.name = "text",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .lines = true,
     .min = 1,
     .max = YZ_TICKET_TEXT_MAX},
    {.name = NULL},
};

static yz_step apply_new, apply_words, apply_read, apply_reopen;
static yz_step prepare_receipt;

const yz_route yz_ticket_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/v1/tickets",
     .members = yz_ticket_members,
     .prepare = yz_presence_prepare,
     .apply = apply_new,
     .idempotent = true},
    {.method = YZ_METHOD_GET, .path = "/v1/tickets", .apply = apply_words},
    {.method = YZ_METHOD_GET,
     .path = "/v1/tickets/{receipt}",
     .prepare = prepare_receipt,
     .apply = apply_read},
    {.method = YZ_METHOD_POST,
     .path = "/v1/tickets/{receipt}/reopen",
     .members = reopen_members,
     .prepare = prepare_receipt,
     .apply = apply_reopen,
     .idempotent = true},
    {.path = NULL},
};

/* Appeals and reports need to know who; the others, that someone is there. */
static yz_status
require_writer(yz_desk *desk, yz_exchange *x, yz_ticket_draft *draft,
               const yz_place *place)
{
    yz_presence presence = {.late = false};
    yz_status status;

    if (x->actor.kind == YZ_ACTOR_OPERATOR) {
        return yz_presence_refuse(x, YZ_PROBLEM_FORBIDDEN, NULL);
    }
    if (x->actor.kind != YZ_ACTOR_WORKER) {
        if (draft->kind == YZ_TICKET_APPEAL ||
            draft->kind == YZ_TICKET_REPORT) {
            return yz_presence_refuse(x, YZ_PROBLEM_UNAUTHENTICATED, NULL);
        }
        status = yz_presence_token(desk, x, place, &presence);
        if (status != YZ_OK) {
            return status;
        }
    }
    draft->late = presence.late;
    status = yz_identity_device(desk, x);
    if (status == YZ_OK) {
        yz_store_act(desk->store, &x->actor);
        draft->writer_kind = x->actor.kind;
        memcpy(draft->writer, x->actor.id, sizeof(draft->writer));
    }
    return status;
}

static yz_status
answer_new(yz_exchange *x, const yz_ticket *ticket, const char *receipt)
{
    yz_status status = yz_exchange_answer(x, 201, 1024);
    char *location = yz_arena_alloc(&x->arena, 64);
    yz_out out;

    if (status != YZ_OK || location == NULL) {
        return status != YZ_OK ? status : YZ_NOMEM;
    }
    yz_out_init(&out, location, 64);
    YZ_OUT_LIT(&out, "/v1/tickets/");
    yz_out_text(&out, receipt);
    x->location = yz_out_written(&out);
    YZ_OUT_LIT(&x->out, "{\"receipt\":\"");
    yz_out_text(&x->out, receipt);
    YZ_OUT_LIT(&x->out, "\",\"state\":\"");
    yz_out_text(&x->out, yz_ticket_state_word(ticket->state));
    YZ_OUT_LIT(&x->out, "\",\"created\":");
    yz_time_render(ticket->created_s, &x->out);
    YZ_OUT_LIT(&x->out, ",\"due\":");
    yz_time_render(ticket->due_s, &x->out);
    yz_out_text(&x->out, ticket->late ? ",\"late\":true}" : ",\"late\":false}");
    return YZ_OK;
}

static yz_status
apply_new(yz_desk *desk, yz_exchange *x)
{
    char receipt[YZ_RECEIPT_PRINTED_SIZE];
    uint8_t key[YZ_TICKET_KEY_SIZE];
    yz_ticket_draft draft;
    yz_ticket ticket;
    yz_place place;
    uint64_t number;
    yz_status status = yz_ticket_draft_read(desk, x, &draft, &place);

    if (status == YZ_OK) {
        status = require_writer(desk, x, &draft, &place);
    }
    if (status == YZ_OK) {
        status =
            yz_presence_count(desk, x, YZ_LIMIT_TICKET, &limit, draft.place);
    }
    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    status = yz_ticket_open(desk, x, &draft, &number, &ticket, receipt);
    if (status == YZ_OK) {
        yz_ticket_key_write(number, key);
        status = yz_written_add(desk, x, YZ_TABLE_TICKET,
                                (yz_span){(char *)key, sizeof(key)});
    }
    return status == YZ_OK ? answer_new(x, &ticket, receipt) : status;
}

/* What a form offers: kinds, and the routing table's categories. */
static yz_status
apply_words(yz_desk *desk, yz_exchange *x)
{
    const yz_routing *routing;
    yz_span last = {NULL, 0};
    yz_status status = yz_routing_now(desk, &routing);

    if (status == YZ_OK) {
        status = yz_exchange_answer(
            x, 200, 512 + (routing != NULL ? 2 * YZ_ROUTING_FILE_MAX : 0));
    }
    if (status != YZ_OK) {
        return status;
    }
    YZ_OUT_LIT(&x->out, "{\"kinds\":[");
    for (unsigned i = 1; i < YZ_TICKET_KIND_END; i++) {
        yz_out_text(&x->out, i > 1 ? ",\"" : "\"");
        yz_out_text(&x->out, yz_ticket_kind_word(i));
        yz_out_char(&x->out, '"');
    }
    YZ_OUT_LIT(&x->out, "],\"categories\":[");
    for (size_t i = 0; routing != NULL && i < routing->count; i++) {
        const yz_span word = routing->lines[i].category; /* sorted by it */

        if (!yz_span_equal(word, last) && !yz_span_equal(word, YZ_SPAN("*"))) {
            yz_out_text(&x->out, last.n > 0 ? "," : "");
            yz_out_json(&x->out, word);
            last = word;
        }
    }
    YZ_OUT_LIT(&x->out, "]}");
    return YZ_OK;
}

/* What is no receipt is refused before it can wait in the queue. */
static yz_status
prepare_receipt(yz_desk *desk, yz_exchange *x)
{
    char receipt[YZ_RECEIPT_SIZE];
    yz_span text = x->part[0];
    uint8_t *hash = yz_arena_alloc(&x->arena, YZ_TICKET_RECEIPT_HASH);

    if (hash == NULL) {
        return YZ_NOMEM;
    }
    if (yz_span_equal(text, YZ_SPAN("mine"))) {
        text = x->receipt;
    }
    if (yz_receipt_normalise(text, receipt) != YZ_OK) {
        return yz_exchange_problem(x, YZ_PROBLEM_TICKET_UNKNOWN, NULL);
    }
    x->own = hash;
    return yz_ticket_receipt_hash(desk->vault, receipt, hash);
}

/* The ticket of the receipt.  YZ_OK; YZ_DENIED: 404 is answered. */
static yz_status
find(yz_desk *desk, yz_exchange *x, uint64_t *number, yz_ticket *ticket)
{
    yz_status status = yz_ticket_of_receipt(
        desk, (yz_span){x->own, YZ_TICKET_RECEIPT_HASH}, number);

    if (status == YZ_OK) {
        status = yz_ticket_load(desk, x, *number, ticket);
    }
    return status == YZ_NOT_FOUND
               ? yz_presence_refuse(x, YZ_PROBLEM_TICKET_UNKNOWN, NULL)
               : status;
}

static yz_status
apply_read(yz_desk *desk, yz_exchange *x)
{
    yz_ticket ticket;
    uint64_t number;
    yz_status status = find(desk, x, &number, &ticket);

    if (status == YZ_OK) {
        status = yz_ticket_answer_holder(desk, x, number, &ticket);
    }
    return status == YZ_DENIED ? YZ_OK : status;
}

static bool
can_reopen(const yz_ticket *ticket)
{
    return (ticket->state == YZ_TICKET_ANSWERED ||
            ticket->state == YZ_TICKET_CLOSED) &&
           ticket->events < YZ_TICKET_EVENTS_MAX;
}

/* Its desk has as many days again. */
static yz_status
apply_reopen(yz_desk *desk, yz_exchange *x)
{
    yz_ticket before, now;
    uint64_t number;
    yz_status status = find(desk, x, &number, &before);
    yz_ticket_event event = {.kind = YZ_EVENT_REOPENED,
                             .at_s = yz_store_now_s(desk->store)};

    if (status != YZ_OK) {
        return status == YZ_DENIED ? YZ_OK : status;
    }
    if (!can_reopen(&before)) {
        return yz_exchange_problem(x, YZ_PROBLEM_STATE_CONFLICT,
                                   "只有已答复或已办结的单子可以重新提出。");
    }
    now = before;
    now.state = YZ_TICKET_REOPENED;
    now.due_s = now.days > 0 ? yz_ticket_due_s(event.at_s, now.days) : 0;
    status = yz_ticket_seal(desk, x, number, &now, now.events + 1u,
                            yz_json_text(x, NULL, "text"), &event.text);
    if (status == YZ_OK) {
        status = yz_ticket_change(desk, number, &before, &now, &event);
    }
    return status == YZ_OK ? yz_ticket_answer_holder(desk, x, number, &now)
                           : status;
}
