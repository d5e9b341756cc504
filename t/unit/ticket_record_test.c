/*
 * Protects tickets and their history on disk: what was put comes back as it
 * was, a ticket's own record sorts before what happened to it, and bytes
 * that are none are refused without a step outside of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/ticket_record.h"
#include "t/unit/guard_page.h"

static uint8_t bytes[YZ_TICKET_ENCODED_MAX];

static const yz_ticket sample = {
    .kind = YZ_TICKET_APPEAL,
    .state = YZ_TICKET_DISPATCHED,
    .by_phone = true,
    .writer_kind = YZ_ACTOR_WORKER,
    .writer = {1, 2, 3},
    .receipt = {4, 5, 6},
    .place = 17,
    .region = 370202,
    .node = 5,
    .created_s = 1795800000,
    .changed_s = 1795800001,
    .due_s = 1796000000,
    .days = 7,
    .events = 2,
    .co_count = 2,
    .co_handlers = {8, 9},
    .category = {"wage", 4},
    .text = {"sealed text", 11},
    .contact = {"sealed contact", 14},
};

static const yz_ticket_event sample_event = {
    .kind = YZ_EVENT_ANSWERED,
    .role = YZ_ROLE_CHIEF,
    .at_node = 3,
    .node = 5,
    .at_s = 1795800000,
    .due_s = 1796000000,
    .text = {"sealed answer", 13},
};

static size_t
encode(const yz_ticket *ticket)
{
    size_t size = 0;

    assert_int_equal(yz_ticket_encode(ticket, bytes, sizeof(bytes), &size),
                     YZ_OK);
    return size;
}

static void
a_ticket_comes_back_as_it_was(void **state)
{
    size_t size = encode(&sample);
    uint8_t again[YZ_TICKET_ENCODED_MAX];
    size_t again_size;
    yz_ticket read;

    (void)state;
    assert_int_equal(size, YZ_TICKET_HEAD + 8 + 4 + 11 + 14);
    assert_int_equal(yz_ticket_decode((yz_span){(char *)bytes, size}, &read),
                     YZ_OK);
    assert_int_equal(read.co_handlers[1], 9);
    assert_true(yz_span_equal(read.category, sample.category));
    assert_true(yz_span_equal(read.contact, sample.contact));
    assert_int_equal(read.due_s, sample.due_s);
    assert_true(read.by_phone && !read.late);
    assert_int_equal(yz_ticket_encode(&read, again, sizeof(again), &again_size),
                     YZ_OK);
    assert_int_equal(again_size, size);
    assert_memory_equal(again, bytes, size);
}

static void
an_event_comes_back_as_it_was(void **state)
{
    size_t size;
    yz_ticket_event read;

    (void)state;
    assert_int_equal(
        yz_ticket_event_encode(&sample_event, bytes, sizeof(bytes), &size),
        YZ_OK);
    assert_int_equal(
        yz_ticket_event_decode((yz_span){(char *)bytes, size}, &read), YZ_OK);
    assert_int_equal(read.kind, YZ_EVENT_ANSWERED);
    assert_int_equal(read.role, YZ_ROLE_CHIEF);
    assert_int_equal(read.at_node, 3);
    assert_int_equal(read.node, 5);
    assert_int_equal(read.at_s, sample_event.at_s);
    assert_int_equal(read.due_s, sample_event.due_s);
    assert_true(yz_span_equal(read.text, sample_event.text));
}

static void
a_ticket_sorts_before_its_events(void **state)
{
    uint8_t ticket[YZ_TICKET_KEY_SIZE];
    uint8_t event[YZ_TICKET_EVENT_KEY_SIZE];
    uint8_t next[YZ_TICKET_KEY_SIZE];
    uint64_t number;
    uint32_t index;

    (void)state;
    yz_ticket_key_write(255, ticket);
    yz_ticket_event_key_write(255, 7, event);
    yz_ticket_key_write(256, next);
    assert_memory_equal(ticket, event, sizeof(ticket));
    assert_true(memcmp(event, next, sizeof(next)) < 0);
    assert_int_equal(yz_ticket_key_read((yz_span){(char *)event, sizeof(event)},
                                        &number, &index),
                     YZ_OK);
    assert_int_equal(number, 255);
    assert_int_equal(index, 7);
    assert_int_equal(
        yz_ticket_key_read((yz_span){(char *)ticket, sizeof(ticket)}, &number,
                           &index),
        YZ_OK);
    assert_int_equal(index, 0);
    assert_int_equal(
        yz_ticket_key_read((yz_span){(char *)event, 9}, &number, &index),
        YZ_CORRUPT);
    memset(event + 8, 0, 4);
    assert_int_equal(yz_ticket_key_read((yz_span){(char *)event, sizeof(event)},
                                        &number, &index),
                     YZ_CORRUPT);
}

static void
what_is_out_of_range_is_not_written(void **state)
{
    yz_ticket ticket = sample;
    yz_ticket_event event = sample_event;
    size_t size;

    (void)state;
    ticket.kind = YZ_TICKET_KIND_END;
    assert_int_equal(yz_ticket_encode(&ticket, bytes, sizeof(bytes), &size),
                     YZ_BAD_INPUT);
    ticket = sample;
    ticket.category.n = 0;
    assert_int_equal(yz_ticket_encode(&ticket, bytes, sizeof(bytes), &size),
                     YZ_BAD_INPUT);
    ticket = sample;
    ticket.co_count = YZ_TICKET_CO_HANDLERS_MAX + 1;
    assert_int_equal(yz_ticket_encode(&ticket, bytes, sizeof(bytes), &size),
                     YZ_BAD_INPUT);
    assert_int_equal(yz_ticket_encode(&sample, bytes, YZ_TICKET_HEAD, &size),
                     YZ_FULL);
    event.kind = 0;
    assert_int_equal(
        yz_ticket_event_encode(&event, bytes, sizeof(bytes), &size),
        YZ_BAD_INPUT);
    assert_int_equal(yz_ticket_event_encode(&sample_event, bytes,
                                            YZ_TICKET_EVENT_HEAD, &size),
                     YZ_FULL);
}

static void
refuse_cut_ticket(yz_span text, void *context)
{
    yz_ticket ticket;

    assert_int_equal(yz_ticket_decode(text, &ticket),
                     text.n == *(size_t *)context ? YZ_OK : YZ_CORRUPT);
}

static void
refuse_cut_event(yz_span text, void *context)
{
    yz_ticket_event event;

    assert_int_equal(yz_ticket_event_decode(text, &event),
                     text.n == *(size_t *)context ? YZ_OK : YZ_CORRUPT);
}

static void
bytes_that_are_none_are_refused(void **state)
{
    size_t size = encode(&sample);
    yz_span span = {(char *)bytes, size};
    yz_ticket ticket;
    yz_ticket_event event;

    (void)state;
    assert_int_equal(guard_truncations(span, refuse_cut_ticket, &size),
                     size + 1);
    bytes[45] = 255; /* co-handlers beyond the struct's room */
    assert_int_equal(yz_ticket_decode(span, &ticket), YZ_CORRUPT);
    size = encode(&sample);
    bytes[47] = 1;
    assert_int_equal(yz_ticket_decode(span, &ticket), YZ_CORRUPT);
    bytes[0] = 9;
    assert_int_equal(yz_ticket_decode(span, &ticket), YZ_FORMAT);
    assert_int_equal(
        yz_ticket_event_encode(&sample_event, bytes, sizeof(bytes), &size),
        YZ_OK);
    span.n = size;
    assert_int_equal(guard_truncations(span, refuse_cut_event, &size),
                     size + 1);
    bytes[2] = YZ_ROLE_COUNT;
    assert_int_equal(yz_ticket_event_decode(span, &event), YZ_CORRUPT);
}

static void
words_name_kinds_and_states(void **state)
{
    (void)state;
    for (unsigned i = 1; i < YZ_TICKET_KIND_END; i++) {
        assert_int_equal(yz_ticket_kind_of(yz_span_of(yz_ticket_kind_word(i))),
                         i);
    }
    for (unsigned i = 1; i < YZ_TICKET_STATE_END; i++) {
        assert_int_equal(
            yz_ticket_state_of(yz_span_of(yz_ticket_state_word(i))), i);
    }
    for (unsigned i = 1; i < YZ_EVENT_END; i++) {
        assert_string_not_equal(yz_ticket_event_word(i), "unknown");
    }
    assert_string_equal(yz_ticket_state_word(0), "unknown");
    assert_string_equal(yz_ticket_kind_word(99), "unknown");
    assert_string_equal(yz_ticket_event_word(YZ_EVENT_END), "unknown");
    assert_int_equal(yz_ticket_state_of(YZ_SPAN("gone")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_comes_back_as_it_was),
        cmocka_unit_test(an_event_comes_back_as_it_was),
        cmocka_unit_test(a_ticket_sorts_before_its_events),
        cmocka_unit_test(what_is_out_of_range_is_not_written),
        cmocka_unit_test(bytes_that_are_none_are_refused),
        cmocka_unit_test(words_name_kinds_and_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
