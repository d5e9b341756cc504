/*
 * Reads and writes tickets with all that hangs on them.  Runs in the writer;
 * called by the rules of tickets.
 */
#include "admin/rules/ticket_store.h"

#include "admin/identity/person.h"
#include "lmdb_schema/ticket_index.h"

yz_status
yz_ticket_next(yz_desk *desk, uint64_t *number)
{
    return yz_store_record_next(desk->store, YZ_TABLE_TICKET, false, number);
}

yz_status
yz_ticket_load(yz_desk *desk, yz_exchange *x, uint64_t number,
               yz_ticket *ticket)
{
    uint8_t key[YZ_TICKET_KEY_SIZE];
    yz_span value;
    yz_status status;

    yz_ticket_key_write(number, key);
    status =
        yz_store_record_get(desk->store, YZ_TABLE_TICKET,
                            (yz_span){(char *)key, sizeof(key)}, &value, NULL);
    if (status == YZ_OK) {
        status = yz_ticket_decode(value, ticket);
    }
    if (status != YZ_OK) {
        return status;
    }
    ticket->category = yz_exchange_keep(x, ticket->category);
    ticket->text = yz_exchange_keep(x, ticket->text);
    ticket->contact = yz_exchange_keep(x, ticket->contact);
    return x->arena.failed ? YZ_NOMEM : YZ_OK;
}

yz_status
yz_ticket_of_receipt(yz_desk *desk, yz_span hash, uint64_t *number)
{
    yz_span value;
    yz_status status =
        yz_store_record_get(desk->store, YZ_TABLE_RECEIPT, hash, &value, NULL);

    if (status == YZ_OK && value.n != YZ_TICKET_KEY_SIZE) {
        return YZ_CORRUPT;
    }
    if (status == YZ_OK) {
        *number = yz_get_u64_be(value.p);
    }
    return status;
}

static yz_status
put_ticket(yz_desk *desk, uint64_t number, const yz_ticket *ticket)
{
    uint8_t key[YZ_TICKET_KEY_SIZE];
    uint8_t bytes[YZ_TICKET_ENCODED_MAX];
    size_t size;
    yz_status status = yz_ticket_encode(ticket, bytes, sizeof(bytes), &size);

    yz_ticket_key_write(number, key);
    return status == YZ_OK
               ? yz_store_record_put(desk->store, YZ_TABLE_TICKET,
                                     (yz_span){(char *)key, sizeof(key)},
                                     (yz_span){(char *)bytes, size})
               : status;
}

static yz_status
put_event(yz_desk *desk, uint64_t number, uint32_t index,
          const yz_ticket_event *event)
{
    uint8_t key[YZ_TICKET_EVENT_KEY_SIZE];
    uint8_t bytes[YZ_TICKET_EVENT_ENCODED_MAX];
    size_t size;
    yz_status status =
        yz_ticket_event_encode(event, bytes, sizeof(bytes), &size);

    yz_ticket_event_key_write(number, index, key);
    return status == YZ_OK
               ? yz_store_record_put(desk->store, YZ_TABLE_TICKET,
                                     (yz_span){(char *)key, sizeof(key)},
                                     (yz_span){(char *)bytes, size})
               : status;
}

/* Puts (or takes out) the ticket in the desk's index, as it stands. */
static yz_status
set_index(yz_desk *desk, uint64_t number, const yz_ticket *ticket, bool in)
{
    yz_ticket_at entries[YZ_TICKET_AT_MAX];
    uint8_t value[YZ_TICKET_AT_VALUE_MAX];
    const size_t size = yz_ticket_at_value_write(ticket, value);
    const size_t count = yz_ticket_at_of(number, ticket, entries);
    yz_status status = YZ_OK;

    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        uint8_t bytes[YZ_TICKET_AT_KEY_SIZE];
        const yz_span key = {(char *)bytes, sizeof(bytes)};

        yz_ticket_at_key_write(&entries[i], bytes);
        status =
            in ? yz_store_record_put(desk->store, YZ_TABLE_TICKET_AT, key,
                                     (yz_span){(char *)value, size})
               : yz_store_record_delete(desk->store, YZ_TABLE_TICKET_AT, key);
        if (!in && status == YZ_NOT_FOUND) {
            status = YZ_OK; /* a co-handler that is the node itself */
        }
    }
    return status;
}

yz_status
yz_ticket_add(yz_desk *desk, uint64_t number, const yz_ticket *ticket,
              const yz_ticket_event *events, size_t count)
{
    uint8_t key[YZ_TICKET_KEY_SIZE];
    yz_status status = put_ticket(desk, number, ticket);

    yz_ticket_key_write(number, key);
    if (status == YZ_OK) {
        status = yz_store_record_put(
            desk->store, YZ_TABLE_RECEIPT,
            (yz_span){(const char *)ticket->receipt, sizeof(ticket->receipt)},
            (yz_span){(char *)key, sizeof(key)});
    }
    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        status = put_event(desk, number, (uint32_t)i + 1, &events[i]);
    }
    return status == YZ_OK ? set_index(desk, number, ticket, true) : status;
}

static bool
lies_the_same(const yz_ticket *a, const yz_ticket *b)
{
    return a->state == b->state && a->due_s == b->due_s && a->node == b->node &&
           a->co_count == b->co_count &&
           memcmp(a->co_handlers, b->co_handlers,
                  a->co_count * sizeof(a->co_handlers[0])) == 0;
}

yz_status
yz_ticket_change(yz_desk *desk, uint64_t number, const yz_ticket *before,
                 yz_ticket *now, const yz_ticket_event *event)
{
    yz_status status = YZ_OK;

    now->events++;
    now->changed_s = event->at_s;
    if (!lies_the_same(before, now)) {
        status = set_index(desk, number, before, false);
        if (status == YZ_OK) {
            status = set_index(desk, number, now, true);
        }
    }
    if (status == YZ_OK) {
        status = put_ticket(desk, number, now);
    }
    return status == YZ_OK ? put_event(desk, number, now->events, event)
                           : status;
}

typedef struct {
    yz_ticket_event_visit *visit;
    void *context;
} event_walk;

static yz_status
visit_event(void *context, yz_span key, yz_span value, uint64_t seq)
{
    const event_walk *walk = context;
    uint64_t number;
    uint32_t index;
    yz_ticket_event event;
    yz_status status = yz_ticket_key_read(key, &number, &index);

    (void)seq;
    if (status != YZ_OK || index == 0) {
        return status;
    }
    status = yz_ticket_event_decode(value, &event);
    return status == YZ_OK ? walk->visit(walk->context, index, &event) : status;
}

yz_status
yz_ticket_each_event(yz_desk *desk, uint64_t number,
                     yz_ticket_event_visit *visit, void *context)
{
    event_walk walk = {visit, context};
    uint8_t key[YZ_TICKET_KEY_SIZE];

    yz_ticket_key_write(number, key);
    return yz_store_record_each(desk->store, YZ_TABLE_TICKET,
                                (yz_span){(char *)key, sizeof(key)},
                                (yz_span){"", 0}, false, visit_event, &walk);
}

#define CONTEXT_SIZE 19

/* What binds a sealed text to its ticket and place in it. */
static yz_span
context_of(uint64_t number, uint32_t index, uint8_t context[CONTEXT_SIZE])
{
    memcpy(context, "ticket ", 7);
    yz_put_u64_be(context + 7, number);
    yz_put_u32_be(context + 15, index);
    return (yz_span){(char *)context, CONTEXT_SIZE};
}

yz_status
yz_ticket_seal(yz_desk *desk, yz_exchange *x, uint64_t number,
               const yz_ticket *ticket, uint32_t index, yz_span plain,
               yz_span *sealed)
{
    uint8_t context[CONTEXT_SIZE];

    *sealed = (yz_span){NULL, 0};
    if (plain.n == 0) {
        return YZ_OK;
    }
    return yz_person_seal(desk, x, ticket->writer,
                          context_of(number, index, context), plain, sealed);
}

yz_status
yz_ticket_unseal(yz_desk *desk, yz_exchange *x, uint64_t number,
                 const yz_ticket *ticket, uint32_t index, yz_span sealed,
                 yz_span *plain)
{
    uint8_t context[CONTEXT_SIZE];

    *plain = (yz_span){NULL, 0};
    if (sealed.n == 0) {
        return YZ_NOT_FOUND;
    }
    return yz_person_unseal(desk, x, ticket->writer,
                            context_of(number, index, context), sealed, plain);
}
