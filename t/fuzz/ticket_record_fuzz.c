/*
 * Tickets, their events and ratings on disk: no bytes make a decoder step
 * outside of them, and what it accepts encodes to the same bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/ticket_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again[YZ_TICKET_ENCODED_MAX];

static void
require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
require_same(yz_span bytes, yz_status status, size_t size)
{
    require(status == YZ_OK && size == bytes.n &&
            memcmp(again, bytes.p, size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yz_span bytes = {(const char *)data, size};
    yz_ticket ticket;
    yz_ticket_event event;
    yz_rating rating;
    size_t n = 0;

    if (yz_ticket_decode(bytes, &ticket) == YZ_OK) {
        require_same(bytes, yz_ticket_encode(&ticket, again, sizeof(again), &n),
                     n);
    }
    if (yz_ticket_event_decode(bytes, &event) == YZ_OK) {
        require_same(
            bytes, yz_ticket_event_encode(&event, again, sizeof(again), &n), n);
    }
    if (yz_rating_decode(bytes, &rating) == YZ_OK) {
        require_same(bytes, yz_rating_encode(&rating, again, sizeof(again), &n),
                     n);
    }
    return 0;
}
