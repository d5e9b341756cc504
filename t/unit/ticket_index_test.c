/*
 * Protects the order of the desk: keys of its index sort by deadline within
 * each node, region and state, and every ticket is found by all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lmdb_schema/ticket_index.h"

static const yz_ticket sample = {
    .kind = YZ_TICKET_WISH,
    .state = YZ_TICKET_DISPATCHED,
    .region = 370202,
    .node = 5,
    .due_s = 1796000000,
    .co_count = 2,
    .co_handlers = {8, 9},
    .category = {"wage", 4},
};

static void
put(const yz_ticket_at *at, uint8_t key[static YZ_TICKET_AT_KEY_SIZE])
{
    yz_ticket_at read;

    yz_ticket_at_key_write(at, key);
    assert_int_equal(yz_ticket_at_key_read(
                         (yz_span){(char *)key, YZ_TICKET_AT_KEY_SIZE}, &read),
                     YZ_OK);
    assert_int_equal(read.scope, at->scope);
    assert_int_equal(read.of, at->of);
    assert_int_equal(read.state, at->state);
    assert_true(read.due_s == at->due_s && read.ticket == at->ticket);
}

static void
keys_sort_by_deadline_then_number(void **state)
{
    const yz_ticket_at order[] = {
        {YZ_DESK_NODE, YZ_TICKET_OPEN, 1, UINT64_MAX, 9},
        {YZ_DESK_NODE, YZ_TICKET_DISPATCHED, 1, 255, 700},
        {YZ_DESK_NODE, YZ_TICKET_DISPATCHED, 1, 256, 3},
        {YZ_DESK_NODE, YZ_TICKET_DISPATCHED, 1, 256, 4},
        {YZ_DESK_NODE, YZ_TICKET_DISPATCHED, 1, UINT64_MAX, 1},
        {YZ_DESK_NODE, YZ_TICKET_OPEN, 256, 1, 1},
        {YZ_DESK_REGION, YZ_TICKET_OPEN, 0, 1, 1},
    };
    uint8_t before[YZ_TICKET_AT_KEY_SIZE];
    uint8_t key[YZ_TICKET_AT_KEY_SIZE];

    (void)state;
    put(&order[0], before);
    for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++) {
        put(&order[i], key);
        assert_true(memcmp(before, key, sizeof(key)) < 0);
        memcpy(before, key, sizeof(key));
    }
}

static void
a_ticket_is_at_each_of_its_desks(void **state)
{
    yz_ticket_at entries[YZ_TICKET_AT_MAX];
    yz_ticket ticket = sample;

    (void)state;
    assert_int_equal(yz_ticket_at_of(17, &ticket, entries), 5);
    assert_int_equal(entries[0].scope, YZ_DESK_ALL);
    assert_int_equal(entries[0].of, 0);
    assert_int_equal(entries[1].of, 370202);
    assert_int_equal(entries[2].of, 5);
    assert_int_equal(entries[4].of, 9);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(entries[i].ticket, 17);
        assert_int_equal(entries[i].due_s, 1796000000);
        assert_int_equal(entries[i].state, YZ_TICKET_DISPATCHED);
    }
    ticket.due_s = 0;
    ticket.co_count = 0;
    assert_int_equal(yz_ticket_at_of(17, &ticket, entries), 3);
    assert_true(entries[2].due_s == UINT64_MAX);
}

static void
values_come_back_and_others_are_refused(void **state)
{
    uint8_t bytes[YZ_TICKET_AT_VALUE_MAX];
    const size_t size = yz_ticket_at_value_write(&sample, bytes);
    uint8_t key[YZ_TICKET_AT_KEY_SIZE] = {YZ_DESK_ALL};
    yz_ticket_at at;
    uint32_t region;
    yz_span category;

    (void)state;
    assert_int_equal(yz_ticket_at_value_read((yz_span){(char *)bytes, size},
                                             &region, &category),
                     YZ_OK);
    assert_int_equal(region, 370202);
    assert_true(yz_span_equal(category, sample.category));
    assert_int_equal(yz_ticket_at_value_read((yz_span){(char *)bytes, 4},
                                             &region, &category),
                     YZ_CORRUPT);
    /* A state that there is not; another size; another scope. */
    assert_int_equal(
        yz_ticket_at_key_read((yz_span){(char *)key, sizeof(key)}, &at),
        YZ_CORRUPT);
    assert_int_equal(yz_ticket_at_key_read((yz_span){(char *)key, 21}, &at),
                     YZ_CORRUPT);
    key[5] = YZ_TICKET_OPEN;
    key[0] = 4;
    assert_int_equal(
        yz_ticket_at_key_read((yz_span){(char *)key, sizeof(key)}, &at),
        YZ_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_sort_by_deadline_then_number),
        cmocka_unit_test(a_ticket_is_at_each_of_its_desks),
        cmocka_unit_test(values_come_back_and_others_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
