/*
 * New tickets: checked, routed, put.  Runs in the writer; called by the rule
 * of workers and by that of calls.
 */
#include "admin/rules/ticket_new.h"

#include "admin/identity/org.h"
#include "admin/load/regions.h"
#include "admin/rules/presence.h"
#include "admin/rules/routing_cache.h"
#include "admin/rules/ticket_store.h"
#include "core/civil_time.h"

static const char *const kinds[] = {"wish", "appeal", "suggestion", "report",
                                    NULL};

const yz_json_member yz_ticket_members[] = {
    {.name = "kind", .kind = YZ_JSON_TEXT, .required = true, .words = kinds},
    {.name = "category",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .min = 1,
     .max = YZ_TICKET_CATEGORY_MAX},
    {.name = "text",
     .kind = YZ_JSON_TEXT,
     .required = true,
     .lines = true,
     .min = 1,
     .max = YZ_TICKET_TEXT_MAX},
    {.name = "place",
     .kind = YZ_JSON_TEXT,
     .nullable = true,
     .min = 1,
     .max = YZ_ID_MAX},
    {.name = "region",
     .kind = YZ_JSON_TEXT,
     .nullable = true,
     .min = 2,
     .max = 6},
    {.name = "contact",
     .kind = YZ_JSON_TEXT,
     .nullable = true,
     .min = 1,
     .max = YZ_TICKET_CONTACT_MAX},
    {.name = "scan_token", .kind = YZ_JSON_TEXT, .min = 1, .max = 64},
    {.name = NULL},
};

yz_status
yz_ticket_refuse_member(yz_exchange *x, const char *pointer, const char *code,
                        const char *detail)
{
    const yz_problem_error error = {NULL, pointer, code, detail};
    yz_status status =
        yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, &error, 1);

    return status == YZ_OK ? YZ_DENIED : status;
}

/* The place that the body names; a wish is made where people can go. */
static yz_status
read_place(yz_desk *desk, yz_exchange *x, yz_ticket_draft *draft,
           yz_place *place)
{
    yz_span id = yz_json_text(x, NULL, "place");
    bool stays =
        draft->kind == YZ_TICKET_WISH || draft->kind == YZ_TICKET_SUGGESTION;
    yz_status status;

    memset(place, 0, sizeof(*place));
    if (id.n == 0) {
        return draft->kind == YZ_TICKET_APPEAL
                   ? YZ_OK
                   : yz_ticket_refuse_member(x, "/place", "member-missing",
                                             "请填写站点编号。");
    }
    if (stays) {
        status = yz_presence_place(desk, x, id, place);
    } else {
        status = id.n <= YZ_ID_MAX ? yz_store_place_get(desk->store, id, place)
                                   : YZ_NOT_FOUND;
        if (status == YZ_NOT_FOUND) {
            status = yz_presence_refuse(x, YZ_PROBLEM_PLACE_UNKNOWN, NULL);
        }
    }
    draft->place = place->number;
    draft->region = place->region;
    return status;
}

/* A region of its own counts where the place has none. */
static yz_status
read_region(yz_exchange *x, yz_ticket_draft *draft)
{
    yz_span text = yz_json_text(x, NULL, "region");
    uint32_t region;

    if (text.n == 0) {
        return YZ_OK;
    }
    if (yz_region_code_parse(text, &region) != YZ_OK) {
        return yz_ticket_refuse_member(x, "/region", "member-range",
                                       "应为 2、4 或 6 位行政区划代码。");
    }
    if (draft->region != 0 && !yz_region_holds(region, draft->region)) {
        return yz_ticket_refuse_member(x, "/region", "member-range",
                                       "与站点所在的行政区划不符。");
    }
    if (draft->region == 0) {
        draft->region = region;
    }
    return YZ_OK;
}

static yz_status
read_category(yz_desk *desk, yz_exchange *x, yz_ticket_draft *draft)
{
    const yz_routing *routing;
    yz_status status = yz_routing_now(desk, &routing);

    if (status != YZ_OK) {
        return status;
    }
    draft->category = yz_json_text(x, NULL, "category");
    if (draft->category.n > YZ_TICKET_CATEGORY_MAX ||
        (routing != NULL && !yz_routing_knows(routing, draft->category))) {
        return yz_ticket_refuse_member(x, "/category", "member-range",
                                       "没有这个类别，GET /v1/tickets "
                                       "会列出可用的类别。");
    }
    return YZ_OK;
}

yz_status
yz_ticket_draft_read(yz_desk *desk, yz_exchange *x, yz_ticket_draft *draft,
                     yz_place *place)
{
    yz_status status;

    *draft = (yz_ticket_draft){
        .kind = (uint8_t)yz_ticket_kind_of(yz_json_text(x, NULL, "kind")),
        .text = yz_json_text(x, NULL, "text"),
        .contact = yz_json_text(x, NULL, "contact"),
    };
    status = read_category(desk, x, draft);
    if (status == YZ_OK) {
        status = read_place(desk, x, draft, place);
    }
    return status == YZ_OK ? read_region(x, draft) : status;
}

int64_t
yz_ticket_due_s(int64_t now_s, uint16_t days)
{
    return yz_civil_day_start_s(yz_civil_day_of_unix(now_s) + days + 1) - 1;
}

/* Nodes of the table that the organisation still has. */
static yz_status
dispatch_by(yz_desk *desk, const yz_routing_line *line, yz_ticket *ticket)
{
    yz_node node;
    yz_status status = yz_org_node(desk, line->node, &node);

    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    ticket->state = YZ_TICKET_DISPATCHED;
    ticket->node = line->node;
    ticket->days = line->days;
    ticket->due_s = yz_ticket_due_s(ticket->created_s, line->days);
    for (uint8_t i = 0; i < line->co_count; i++) {
        status = yz_org_node(desk, line->co_handlers[i], &node);
        if (status == YZ_OK) {
            ticket->co_handlers[ticket->co_count++] = line->co_handlers[i];
        } else if (status != YZ_NOT_FOUND) {
            return status;
        }
    }
    return YZ_OK;
}

static yz_status
dispatch(yz_desk *desk, yz_ticket *ticket)
{
    const yz_routing *routing;
    const yz_routing_line *line = NULL;
    yz_status status = yz_routing_now(desk, &routing);

    if (status == YZ_OK && routing != NULL) {
        line = yz_routing_find(routing, ticket->category, ticket->region);
    }
    return line != NULL ? dispatch_by(desk, line, ticket) : status;
}

yz_status
yz_ticket_receipt_hash(yz_vault *vault, const char *receipt,
                       uint8_t hash[static YZ_TICKET_RECEIPT_HASH])
{
    return yz_vault_hash(vault, "receipt", yz_span_of(receipt), hash);
}

static yz_status
draw_receipt(yz_desk *desk, yz_ticket *ticket,
             char printed[static YZ_RECEIPT_PRINTED_SIZE])
{
    uint8_t random[YZ_RECEIPT_RANDOM];
    char receipt[YZ_RECEIPT_SIZE];
    yz_status status = yz_vault_random(random, sizeof(random));

    if (status != YZ_OK) {
        return status;
    }
    yz_receipt_from_random(random, receipt);
    yz_receipt_print(receipt, printed);
    return yz_ticket_receipt_hash(desk->vault, receipt, ticket->receipt);
}

/* Everything but the texts. */
static void
fill(const yz_ticket_draft *draft, int64_t now_s, yz_ticket *ticket)
{
    *ticket = (yz_ticket){
        .kind = draft->kind,
        .state = YZ_TICKET_OPEN,
        .by_phone = draft->by_phone,
        .late = draft->late,
        .writer_kind = draft->writer_kind,
        .place = draft->place,
        .region = draft->region,
        .created_s = now_s,
        .changed_s = now_s,
        .category = draft->category,
    };
    memcpy(ticket->writer, draft->writer, sizeof(ticket->writer));
}

static yz_status
seal_texts(yz_desk *desk, yz_exchange *x, const yz_ticket_draft *draft,
           uint64_t number, yz_ticket *ticket)
{
    yz_status status =
        yz_ticket_seal(desk, x, number, ticket, 0, draft->text, &ticket->text);

    return status == YZ_OK
               ? yz_ticket_seal(desk, x, number, ticket, YZ_TICKET_CONTACT,
                                draft->contact, &ticket->contact)
               : status;
}

yz_status
yz_ticket_open(yz_desk *desk, yz_exchange *x, const yz_ticket_draft *draft,
               uint64_t *number, yz_ticket *ticket,
               char receipt[static YZ_RECEIPT_PRINTED_SIZE])
{
    const int64_t now_s = yz_store_now_s(desk->store);
    yz_ticket_event events[2] = {
        {.kind = YZ_EVENT_OPENED,
         .role = x->actor.role,
         .at_node = x->actor.node,
         .at_s = now_s},
        {.kind = YZ_EVENT_DISPATCHED, .at_s = now_s},
    };
    yz_status status;

    fill(draft, now_s, ticket);
    status = dispatch(desk, ticket);
    events[1].node = ticket->node;
    events[1].due_s = ticket->due_s;
    ticket->events = ticket->state == YZ_TICKET_DISPATCHED ? 2 : 1;
    if (status == YZ_OK) {
        status = draw_receipt(desk, ticket, receipt);
    }
    if (status == YZ_OK) {
        status = yz_ticket_next(desk, number);
    }
    if (status == YZ_OK) {
        status = seal_texts(desk, x, draft, *number, ticket);
    }
    return status == YZ_OK
               ? yz_ticket_add(desk, *number, ticket, events, ticket->events)
               : status;
}
