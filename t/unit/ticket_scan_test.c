/*
 * Protects the desk's list: whatever is asked, its pages together are exactly
 * the tickets that a look at each of them finds, in the order of deadlines and
 * each once, also where a page had to stop for the work it would have been.
 * And verify tells an index or a history that is not the tickets'.
 *
 * With TICKETS=1000000 it makes as many, looks at the first pages of each
 * list, and prints how long they take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "admin/identity/org.h"
#include "admin/load/regions.h"
#include "admin/rules/ticket_scan.h"
#include "admin/rules/ticket_store.h"
#include "t/unit/store_fixture.h"

#define NODES 12

static char dir[SCRATCH_SIZE];
static yz_desk desk;
static yz_exchange x;
static uint64_t total = 5000;
static yz_ticket *all; /* by number */
static uint32_t parents[NODES + 1];
static fixture_random rnd = {20261127};

static void
begin(void)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    assert_int_equal(yz_store_begin(desk.store, &info), YZ_OK);
}

static void
commit(void)
{
    yz_batch_result result;

    assert_int_equal(yz_store_commit(desk.store, &result, NULL, NULL), YZ_OK);
}

static void
make_nodes(void)
{
    begin();
    for (uint32_t i = 1; i <= NODES; i++) {
        yz_node node = {.parent = i == 1 ? 0 : 1 + fixture_draw(&rnd, i - 1),
                        .region = 0,
                        .kind = YZ_SPAN("department"),
                        .name = YZ_SPAN("部门")};

        assert_int_equal(yz_org_node_put(&desk, &node), YZ_OK);
        parents[i] = node.parent;
    }
    commit();
}

static void
random_ticket(uint64_t number, yz_ticket *ticket)
{
    static const uint32_t regions[] = {0, 370202, 370203, 370502, 420502};
    static const char *const categories[] = {"wage", "water", "heat"};
    const uint32_t rare = fixture_draw(&rnd, 500) == 0;

    memset(ticket, 0, sizeof(*ticket));
    ticket->kind = (uint8_t)(1 + fixture_draw(&rnd, 4));
    ticket->state = (uint8_t)(1 + fixture_draw(&rnd, 5));
    ticket->region = regions[fixture_draw(&rnd, 5)];
    ticket->category =
        yz_span_of(rare ? "rare" : categories[fixture_draw(&rnd, 3)]);
    ticket->created_s = ticket->changed_s = 1795800000;
    memcpy(ticket->receipt, &number, sizeof(number));
    if (ticket->state != YZ_TICKET_OPEN) {
        ticket->node = 1 + fixture_draw(&rnd, NODES);
        ticket->due_s = fixture_draw(&rnd, 10) == 0
                            ? 0
                            : 1796000000 + fixture_draw(&rnd, 900);
    }
    while (ticket->node != 0 && ticket->co_count < 2 &&
           fixture_draw(&rnd, 3) == 0) {
        const uint32_t node = 1 + (ticket->node + ticket->co_count) % NODES;

        ticket->co_handlers[ticket->co_count++] = node;
    }
}

static int
set_up(void **state)
{
    yz_store_error error;

    (void)state;
    if (getenv("TICKETS") != NULL) {
        total = strtoull(getenv("TICKETS"), NULL, 10);
    }
    all = calloc(total + 1, sizeof(*all));
    if (all == NULL || scratch_make(dir) != 0 ||
        yz_store_open(dir, 0, &desk.store, &error) != YZ_OK) {
        return -1;
    }
    x.arena = YZ_ARENA_INIT;
    make_nodes();
    for (uint64_t i = 1; i <= total; i++) {
        if (i % 20000 == 1) {
            begin();
        }
        random_ticket(i, &all[i]);
        assert_int_equal(yz_ticket_add(&desk, i, &all[i], NULL, 0), YZ_OK);
        if (i % 20000 == 0 || i == total) {
            commit();
        }
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    yz_store_close(desk.store);
    scratch_remove(dir);
    free(all);
    yz_arena_free(&x.arena);
    return 0;
}

/* What a look at the ticket itself says. */

static bool
is_below(uint32_t node, uint32_t above)
{
    if (above == 0) {
        return node == 0; /* the city's own desk, not all below it */
    }
    while (node != 0 && node != above) {
        node = parents[node];
    }
    return node == above;
}

static bool
is_within(const yz_ticket *ticket, const yz_ticket_reach *reach)
{
    uint32_t low, high;

    if (reach->all) {
        return true;
    }
    if (reach->by_node && is_below(ticket->node, reach->node)) {
        return true;
    }
    for (uint8_t i = 0; reach->by_node && i < ticket->co_count; i++) {
        if (is_below(ticket->co_handlers[i], reach->node)) {
            return true;
        }
    }
    yz_region_range(reach->region, &low, &high);
    return reach->by_region && ticket->region >= low && ticket->region <= high;
}

static bool
is_wanted(const yz_ticket *ticket, const yz_ticket_query *query)
{
    const uint64_t due =
        ticket->due_s > 0 ? (uint64_t)ticket->due_s : UINT64_MAX;

    return is_within(ticket, &query->reach) &&
           (query->states & 1u << ticket->state) != 0 &&
           (query->category.n == 0 ||
            yz_span_equal(query->category, ticket->category)) &&
           (query->region_high == 0 ||
            (ticket->region >= query->region_low &&
             ticket->region <= query->region_high)) &&
           (query->due_before_s == UINT64_MAX || due < query->due_before_s);
}

static void
random_query(yz_ticket_query *query)
{
    static const char *const categories[] = {"", "", "wage", "rare"};
    static const uint32_t regions[] = {370202, 370200, 370000, 420502, 990000};

    memset(query, 0, sizeof(*query));
    switch (fixture_draw(&rnd, 4)) {
    case 0:
        query->reach.all = true;
        break;
    case 1:
        query->reach.by_region = true;
        break;
    case 2:
        query->reach.by_region = true;
        query->reach.by_node = true;
        query->reach.node = 1 + fixture_draw(&rnd, NODES);
        break;
    default:
        query->reach.by_node = true;
        query->reach.node = fixture_draw(&rnd, NODES + 1);
    }
    query->reach.region = regions[fixture_draw(&rnd, 5)];
    query->states = fixture_draw(&rnd, 32) << 1;
    query->category = yz_span_of(categories[fixture_draw(&rnd, 4)]);
    query->due_before_s = fixture_draw(&rnd, 2) == 0
                              ? UINT64_MAX
                              : 1796000000 + fixture_draw(&rnd, 900);
    if (fixture_draw(&rnd, 4) == 0) {
        yz_region_range(regions[fixture_draw(&rnd, 4)], &query->region_low,
                        &query->region_high);
    }
    query->limit = 1 + fixture_draw(&rnd, YZ_TICKET_PAGE_MAX);
}

static double
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double longest_ms;

/* Goes through all pages, or `most`; each ticket that comes is marked. */
static void
read_pages(yz_ticket_query *query, uint8_t *seen, unsigned most)
{
    yz_ticket_position last = {0, 0};
    yz_ticket_page page;

    do {
        const double start = now_ms();

        assert_int_equal(yz_ticket_scan(&desk, &x, query, &page), YZ_OK);
        if (now_ms() - start > longest_ms) {
            longest_ms = now_ms() - start;
        }
        assert_true(page.count <= query->limit);
        for (size_t i = 0; i < page.count; i++) {
            const yz_ticket_position at = page.found[i];

            assert_true(at.due_s > last.due_s ||
                        (at.due_s == last.due_s && at.ticket > last.ticket));
            last = at;
            assert_int_equal(seen[at.ticket]++, 0);
        }
        if (page.more) {
            assert_true(page.end.due_s > query->after.due_s ||
                        page.end.ticket > query->after.ticket);
            query->after = page.end;
        }
    } while (page.more && --most > 0);
    yz_arena_free(&x.arena);
}

static void
pages_are_what_a_look_at_each_ticket_finds(void **state)
{
    uint8_t *seen = malloc(total + 1);
    const bool large = total > 100000;

    (void)state;
    assert_non_null(seen);
    for (int i = 0; i < 300; i++) {
        yz_ticket_query query;

        random_query(&query);
        memset(seen, 0, total + 1);
        read_pages(&query, seen, large ? 10 : UINT32_MAX);
        for (uint64_t n = 1; n <= total && !large; n++) {
            assert_int_equal(seen[n], is_wanted(&all[n], &query));
        }
    }
    free(seen);
    if (getenv("TICKETS") != NULL) {
        print_message("longest page: %.1f ms of CPU\n", longest_ms);
    }
}

static void
changes_move_a_ticket_on_its_desks(void **state)
{
    uint8_t *seen = calloc(1, total + 1);
    yz_ticket_query query = {.reach = {.by_node = true, .node = NODES},
                             .states = 1u << YZ_TICKET_ANSWERED,
                             .due_before_s = UINT64_MAX,
                             .limit = 100};
    const yz_ticket_event event = {.kind = YZ_EVENT_ANSWERED, .at_s = 5};

    (void)state;
    assert_non_null(seen);
    begin();
    for (uint64_t n = 1; n <= 200; n++) {
        yz_ticket now = all[n];

        now.state = YZ_TICKET_ANSWERED;
        now.node = NODES;
        now.co_count = 0;
        assert_int_equal(yz_ticket_change(&desk, n, &all[n], &now, &event),
                         YZ_OK);
        all[n] = now;
        assert_int_equal(now.events, 1);
        assert_int_equal(now.changed_s, 5);
    }
    commit();
    read_pages(&query, seen, UINT32_MAX);
    for (uint64_t n = 1; n <= total; n++) {
        assert_int_equal(seen[n], is_wanted(&all[n], &query));
    }
    free(seen);
}

static void
verify_tells_what_is_not_the_tickets(void **state)
{
    const uint8_t hash[YZ_TICKET_RECEIPT_HASH] = {[15] = 1};
    uint8_t key[YZ_TICKET_EVENT_KEY_SIZE];
    uint8_t bytes[YZ_TICKET_EVENT_ENCODED_MAX];
    const yz_ticket_event event = {.kind = YZ_EVENT_CLOSED, .at_s = 5};
    unsigned faults = 0;
    size_t size;

    (void)state;
    assert_int_equal(yz_store_verify(desk.store, fixture_problem, &faults),
                     YZ_OK);
    begin();
    yz_ticket_event_key_write(3, 7, key);
    assert_int_equal(
        yz_ticket_event_encode(&event, bytes, sizeof(bytes), &size), YZ_OK);
    assert_int_equal(yz_store_record_put(desk.store, YZ_TABLE_TICKET,
                                         (yz_span){(char *)key, sizeof(key)},
                                         (yz_span){(char *)bytes, size}),
                     YZ_OK);
    assert_int_equal(yz_store_record_delete(desk.store, YZ_TABLE_RECEIPT,
                                            (yz_span){(char *)all[4].receipt,
                                                      sizeof(all[4].receipt)}),
                     YZ_OK);
    assert_int_equal(yz_store_record_put(desk.store, YZ_TABLE_RECEIPT,
                                         (yz_span){(char *)hash, sizeof(hash)},
                                         (yz_span){(char *)key, 8}),
                     YZ_OK);
    assert_int_equal(yz_store_record_put(desk.store, YZ_TABLE_TICKET_AT,
                                         YZ_SPAN("lost"), YZ_SPAN("")),
                     YZ_OK);
    commit();
    assert_int_equal(yz_store_verify(desk.store, fixture_problem, &faults),
                     YZ_CORRUPT);
    /* The event, the receipt, one entry too many. */
    assert_int_equal(faults, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_what_a_look_at_each_ticket_finds),
        cmocka_unit_test(changes_move_a_ticket_on_its_desks),
        cmocka_unit_test(verify_tells_what_is_not_the_tickets),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
