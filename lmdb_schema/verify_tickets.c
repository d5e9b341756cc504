/*
 * Checks tickets: each can be read, has all of its events and no other, and
 * is in the desk's index and behind its receipt exactly as it stands.  Runs
 * in the writer only; called by verify.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/ticket_index.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>

/* A walk over all tickets. */
typedef struct {
    yz_verification *check;
    uint64_t number; /* of the ticket at hand, 0 before the first */
    uint32_t events; /* that it says it has */
    uint32_t seen;   /* of them */
    uint64_t tickets;
    uint64_t entries; /* that the index should have */
} ticket_walk;

static void
close_ticket(const ticket_walk *at)
{
    if (at->seen != at->events) {
        yz_verify_tell(at->check,
                       "ticket %" PRIu64 ": it has %" PRIu32 " events and says "
                       "%" PRIu32,
                       at->number, at->seen, at->events);
    }
}

/* The record of a table that is not logged, if it is `wanted`. */
static yz_status
compare_record(const ticket_walk *at, yz_table table, yz_span key,
               yz_span wanted, const char *what)
{
    yz_span value;
    yz_status status = yz_state_record_get(
        &at->check->store->state, at->check->txn, table, key, &value, NULL);

    if (status == YZ_NOT_FOUND ||
        (status == YZ_OK && !yz_span_equal(value, wanted))) {
        yz_verify_tell(at->check, "ticket %" PRIu64 ": %s does not lead to it",
                       at->number, what);
        return YZ_OK;
    }
    return status;
}

/* The same entry earlier in the list: a co-handler that is the node. */
static bool
is_again(const yz_ticket_at *entries, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (entries[j].scope == entries[i].scope &&
            entries[j].of == entries[i].of) {
            return true;
        }
    }
    return false;
}

static yz_status
check_index(ticket_walk *at, const yz_ticket *ticket)
{
    yz_ticket_at entries[YZ_TICKET_AT_MAX];
    uint8_t value[YZ_TICKET_AT_VALUE_MAX];
    const size_t size = yz_ticket_at_value_write(ticket, value);
    const size_t count = yz_ticket_at_of(at->number, ticket, entries);
    yz_status status = YZ_OK;

    for (size_t i = 0; status == YZ_OK && i < count; i++) {
        uint8_t key[YZ_TICKET_AT_KEY_SIZE];

        at->entries += !is_again(entries, i);
        yz_ticket_at_key_write(&entries[i], key);
        status = compare_record(
            at, YZ_TABLE_TICKET_AT, (yz_span){(char *)key, sizeof(key)},
            (yz_span){(char *)value, size}, "the desk's index");
    }
    return status;
}

static yz_status
open_ticket(ticket_walk *at, yz_span key, yz_span value, uint64_t seq)
{
    yz_ticket ticket;
    yz_status status;

    if (yz_ticket_decode(value, &ticket) != YZ_OK) {
        yz_verify_tell(at->check, "log entry %" PRIu64 ": no ticket", seq);
        at->events = 0;
        return YZ_OK;
    }
    at->events = ticket.events;
    at->tickets++;
    status = compare_record(
        at, YZ_TABLE_RECEIPT,
        (yz_span){(const char *)ticket.receipt, sizeof(ticket.receipt)}, key,
        "its receipt");
    return status == YZ_OK ? check_index(at, &ticket) : status;
}

static yz_status
visit(void *context, yz_span key, yz_span value, uint64_t seq)
{
    ticket_walk *at = context;
    yz_ticket_event event;
    uint64_t number;
    uint32_t index;

    if (yz_ticket_key_read(key, &number, &index) != YZ_OK) {
        yz_verify_tell(at->check, "log entry %" PRIu64 ": no key of a ticket",
                       seq);
        return YZ_OK;
    }
    if (index == 0) {
        close_ticket(at);
        at->number = number;
        at->seen = 0;
        return open_ticket(at, key, value, seq);
    }
    if (number != at->number || index != at->seen + 1 ||
        yz_ticket_event_decode(value, &event) != YZ_OK) {
        yz_verify_tell(at->check,
                       "log entry %" PRIu64 ": no event of ticket %" PRIu64,
                       seq, number);
        return YZ_OK;
    }
    at->seen++;
    return YZ_OK;
}

static yz_status
compare_count(const ticket_walk *at, yz_table table, uint64_t wanted)
{
    MDB_stat kept;
    int rc =
        mdb_stat(at->check->txn, at->check->store->state.records[table], &kept);

    if (rc == 0 && kept.ms_entries != wanted) {
        yz_verify_tell(at->check,
                       "table '%s' has %zu records, tickets need %" PRIu64,
                       yz_table_name(table), kept.ms_entries, wanted);
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_verify_tickets(yz_verification *check)
{
    const yz_record_range all = {.table = YZ_TABLE_TICKET};
    ticket_walk at = {.check = check};
    yz_status status = yz_state_record_each(&check->store->state, check->txn,
                                            &all, visit, &at);

    close_ticket(&at);
    if (status == YZ_OK) {
        status = compare_count(&at, YZ_TABLE_RECEIPT, at.tickets);
    }
    return status == YZ_OK ? compare_count(&at, YZ_TABLE_TICKET_AT, at.entries)
                           : status;
}
