/*
 * Who may what: a role counts at its node and below, or in the region that
 * its node names, and nowhere else; nobody without a role, and no device,
 * gets past.  Every right of staff hangs on these answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/identity/org.h"
#include "t/unit/scratch_dir.h"

#define HEAD YZ_ROLE_BIT(YZ_ROLE_HEAD)
#define CITY YZ_ROLE_BIT(YZ_ROLE_CITY)
#define AUDITOR YZ_ROLE_BIT(YZ_ROLE_AUDITOR)

static const uint8_t WANG[YZ_ACTOR_ID_SIZE] = {1, 'w'};

static char dir[SCRATCH_SIZE];
static yz_desk desk;
static yz_exchange x;

static uint32_t
add(uint32_t parent, uint32_t region, const char *kind, const char *name)
{
    yz_node node = {.parent = parent,
                    .region = region,
                    .kind = yz_span_of(kind),
                    .name = yz_span_of(name)};

    assert_int_equal(yz_org_node_put(&desk, &node), YZ_OK);
    return node.number;
}

/* 1 province 370000; 2 city 370200; 3 district 370202; 4 station without a
   region; 5 another city 370600. */
static int
setup(void **state)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};
    yz_store_error error;

    (void)state;
    memset(&x, 0, sizeof(x));
    if (scratch_make(dir) != 0 ||
        yz_store_open(dir, 0, &desk.store, &error) != YZ_OK ||
        yz_store_begin(desk.store, &info) != YZ_OK) {
        return -1;
    }
    assert_int_equal(add(0, 370000, "province", "山东"), 1);
    assert_int_equal(add(1, 370200, "city", "青岛"), 2);
    assert_int_equal(add(2, 370202, "district", "市南"), 3);
    assert_int_equal(add(3, 0, "sub_station", "站"), 4);
    assert_int_equal(add(1, 370600, "city", "烟台"), 5);
    x.actor.kind = YZ_ACTOR_WORKER;
    memcpy(x.actor.id, WANG, sizeof(WANG));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    yz_store_abort(desk.store);
    yz_store_close(desk.store);
    yz_arena_free(&x.arena);
    scratch_remove(dir);
    return 0;
}

static void
grant(yz_role role, uint32_t node)
{
    yz_holding holding = {.role = role, .node = node};
    bool changed;

    memcpy(holding.id, WANG, sizeof(WANG));
    assert_int_equal(yz_org_grant(&desk, &holding, &changed), YZ_OK);
    assert_true(changed);
}

static yz_status
may(unsigned roles, uint32_t region, uint32_t node)
{
    return yz_org_may(&desk, &x, roles, region, node);
}

static void
a_role_counts_at_its_node_and_below(void **state)
{
    (void)state;
    grant(YZ_ROLE_CITY, 2);
    assert_int_equal(may(CITY, 0, 0), YZ_OK);
    assert_int_equal(x.actor.role, YZ_ROLE_CITY);
    assert_int_equal(x.actor.node, 2);
    assert_int_equal(may(CITY, 0, 2), YZ_OK);
    assert_int_equal(may(CITY, 0, 4), YZ_OK);
    assert_int_equal(may(CITY, 0, 1), YZ_NOT_FOUND);
    assert_int_equal(may(CITY, 0, 5), YZ_NOT_FOUND);
    assert_int_equal(may(HEAD | AUDITOR, 0, 4), YZ_NOT_FOUND);
}

static void
or_in_the_region_that_its_node_names(void **state)
{
    (void)state;
    grant(YZ_ROLE_CITY, 2);
    assert_int_equal(may(CITY, 370202, 0), YZ_OK);
    assert_int_equal(may(CITY, 370200, 0), YZ_OK);
    assert_int_equal(may(CITY, 370000, 0), YZ_NOT_FOUND);
    assert_int_equal(may(CITY, 370602, 0), YZ_NOT_FOUND);
    assert_int_equal(may(CITY, 370602, 4), YZ_OK);
    assert_int_equal(may(CITY, 370202, 5), YZ_OK);
    assert_int_equal(may(CITY, 370602, 5), YZ_NOT_FOUND);
}

static void
a_node_without_a_region_has_none(void **state)
{
    (void)state;
    grant(YZ_ROLE_HEAD, 4);
    assert_int_equal(may(HEAD, 370202, 0), YZ_NOT_FOUND);
    assert_int_equal(may(HEAD, 0, 4), YZ_OK);
    assert_int_equal(may(HEAD, 0, 3), YZ_NOT_FOUND);
    assert_false(yz_region_holds(0, 0));
    assert_true(yz_region_holds(370000, 370202));
    assert_false(yz_region_holds(370202, 370200));
    assert_false(yz_region_holds(370202, 370203));
}

static void
a_role_of_a_login_counts_while_its_node_is_there(void **state)
{
    (void)state;
    x.grant_count = 2;
    x.grant[0] = (yz_grant){99, YZ_ROLE_CITY};
    x.grant[1] = (yz_grant){5, YZ_ROLE_CITY};
    assert_int_equal(may(CITY, 0, 5), YZ_OK);
    assert_int_equal(may(CITY, 0, 2), YZ_NOT_FOUND);
    assert_int_equal(yz_org_node_delete(&desk, 5), YZ_OK);
    assert_int_equal(may(CITY, 0, 0), YZ_NOT_FOUND);
    assert_int_equal(add(1, 0, "city", "威海"), 6);
}

static void
nobody_names_themselves_the_operator(void **state)
{
    (void)state;
    x.grant_count = 1;
    x.grant[0] = (yz_grant){1, YZ_ROLE_OPERATOR};
    assert_int_equal(may(~0u, 0, 1), YZ_NOT_FOUND);
}

static void
devices_and_nobody_get_401_and_workers_403(void **state)
{
    (void)state;
    grant(YZ_ROLE_CITY, 1);
    x.actor.kind = YZ_ACTOR_DEVICE;
    assert_int_equal(yz_org_require(&desk, &x, CITY, 0, 1), YZ_DENIED);
    assert_int_equal(x.status, 401);
    x.actor.kind = YZ_ACTOR_SYSTEM;
    assert_int_equal(yz_org_require(&desk, &x, CITY, 0, 1), YZ_DENIED);
    assert_int_equal(x.status, 401);
    x.actor.kind = YZ_ACTOR_WORKER;
    assert_int_equal(yz_org_require(&desk, &x, HEAD, 0, 1), YZ_DENIED);
    assert_int_equal(x.status, 403);
    x.actor.kind = YZ_ACTOR_OPERATOR;
    x.status = 0;
    assert_int_equal(yz_org_require(&desk, &x, HEAD, 0, 1), YZ_OK);
    assert_int_equal(x.status, 0);
}

static void
what_is_taken_is_gone(void **state)
{
    yz_holding holding = {.role = YZ_ROLE_CITY, .node = 2};
    bool changed;

    (void)state;
    grant(YZ_ROLE_CITY, 2);
    memcpy(holding.id, WANG, sizeof(WANG));
    assert_int_equal(yz_org_revoke(&desk, &holding, &changed), YZ_OK);
    assert_true(changed);
    assert_int_equal(may(CITY, 0, 2), YZ_NOT_FOUND);
    assert_int_equal(yz_org_revoke(&desk, &holding, &changed), YZ_OK);
    assert_false(changed);
}

int
main(void)
{
#define ORG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        ORG_TEST(a_role_counts_at_its_node_and_below),
        ORG_TEST(or_in_the_region_that_its_node_names),
        ORG_TEST(a_node_without_a_region_has_none),
        ORG_TEST(a_role_of_a_login_counts_while_its_node_is_there),
        ORG_TEST(nobody_names_themselves_the_operator),
        ORG_TEST(devices_and_nobody_get_401_and_workers_403),
        ORG_TEST(what_is_taken_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
