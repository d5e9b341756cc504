/*
 * Tickets in the store: how they stand, what happened to them, the desk's
 * index and receipts, always changed together.  Only in `apply` steps.
 */
#ifndef YZ_RULES_TICKET_STORE_H
#define YZ_RULES_TICKET_STORE_H

#include "admin/identity/desk.h"
#include "lmdb_schema/ticket_record.h"

/* The number that the next new ticket gets. */
yz_status yz_ticket_next(yz_desk *desk, uint64_t *number);

/*
 * Reads a ticket; its texts are copied into the arena, so that they outlive
 * puts.  YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT, YZ_NOMEM or YZ_IO.
 */
yz_status yz_ticket_load(yz_desk *desk, yz_exchange *x, uint64_t number,
                         yz_ticket *ticket);

/* The number of the ticket whose receipt has that hash.  Likewise. */
yz_status yz_ticket_of_receipt(yz_desk *desk, yz_span hash, uint64_t *number);

/*
 * Puts a ticket that was not there, with its receipt and the `count` events
 * it begins with; ticket->events is that count.  A failure of the store, or
 * YZ_OK.
 */
yz_status yz_ticket_add(yz_desk *desk, uint64_t number, const yz_ticket *ticket,
                        const yz_ticket_event *events, size_t count);

/*
 * Puts `now` in place of `before` with what happened: counts the event, and
 * sets when it changed.  event->text is sealed (as index
 * now->events + 1).  A failure of the store, or YZ_OK.
 */
yz_status yz_ticket_change(yz_desk *desk, uint64_t number,
                           const yz_ticket *before, yz_ticket *now,
                           const yz_ticket_event *event);

/*
 * Calls visit for each event in order; it must not put.  A visit that returns
 * not YZ_OK ends the walk with it.
 */
typedef yz_status yz_ticket_event_visit(void *context, uint32_t index,
                                        const yz_ticket_event *event);
yz_status yz_ticket_each_event(yz_desk *desk, uint64_t number,
                               yz_ticket_event_visit *visit, void *context);

/*
 * Sealed texts: index 0 for the ticket's own text, YZ_TICKET_CONTACT for its
 * contact, else that of an event.  An empty text stays empty.  sealed and
 * plain: in the arena.  Statuses of yz_person_seal() and _unseal().
 */
#define YZ_TICKET_CONTACT UINT32_MAX
yz_status yz_ticket_seal(yz_desk *desk, yz_exchange *x, uint64_t number,
                         const yz_ticket *ticket, uint32_t index, yz_span plain,
                         yz_span *sealed);
yz_status yz_ticket_unseal(yz_desk *desk, yz_exchange *x, uint64_t number,
                           const yz_ticket *ticket, uint32_t index,
                           yz_span sealed, yz_span *plain);

#endif
