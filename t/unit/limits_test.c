/*
 * Protects stations from floods, and workers from each other: one phone or
 * one address runs out without costing the next one anything, places and
 * subjects are counted apart, room comes back when the answer says so, and
 * neither a clock that steps back nor a full table locks anyone out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/rules/limits.h"

static const yz_limit_rule rule = {.person = 3, .address = 5, .window_s = 600};
static const yz_span home = {"198.51.100.7", 12};
static yz_limits *limits;

static yz_status
take(unsigned person, yz_span address, uint32_t place, int64_t now_s,
     unsigned *wait)
{
    yz_actor actor = {.kind = YZ_ACTOR_DEVICE};

    memcpy(actor.id, &person, sizeof(person));
    return yz_limits_take(limits, YZ_LIMIT_RATING, &rule, &actor, address,
                          place, now_s, wait);
}

static int
set_up(void **state)
{
    (void)state;
    return yz_limits_new(&limits) == YZ_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    yz_limits_free(limits);
    return 0;
}

static void
a_phone_runs_out_alone(void **state)
{
    unsigned wait = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take(1, (yz_span){0}, 7, 1000 + i, &wait), YZ_OK);
    }
    assert_int_equal(take(1, (yz_span){0}, 7, 1100, &wait), YZ_BUSY);
    assert_int_equal(wait, 500);
    assert_int_equal(take(2, (yz_span){0}, 7, 1100, &wait), YZ_OK);
    assert_int_equal(take(1, (yz_span){0}, 8, 1100, &wait), YZ_OK);
    assert_int_equal(take(1, (yz_span){0}, 7, 1599, &wait), YZ_BUSY);
    assert_int_equal(wait, 1);
    assert_int_equal(take(1, (yz_span){0}, 7, 1600, &wait), YZ_OK);
}

static void
an_address_runs_out_whoever_asks(void **state)
{
    unsigned wait = 0;

    (void)state;
    for (unsigned person = 1; person <= 5; person++) {
        assert_int_equal(take(person, home, 7, 1000, &wait), YZ_OK);
    }
    assert_int_equal(take(6, home, 7, 1000, &wait), YZ_BUSY);
    assert_int_equal(wait, 600);
    assert_int_equal(take(6, YZ_SPAN("198.51.100.8"), 7, 1000, &wait), YZ_OK);
    assert_int_equal(take(6, home, 8, 1000, &wait), YZ_OK);
}

static void
what_is_refused_is_not_counted(void **state)
{
    unsigned wait = 0;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(take(1, home, 7, 1000, &wait), YZ_OK);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(take(1, home, 7, 1000, &wait), YZ_BUSY);
    }
    assert_int_equal(take(2, home, 7, 1000, &wait), YZ_OK);
    assert_int_equal(take(3, home, 7, 1000, &wait), YZ_OK);
    assert_int_equal(take(4, home, 7, 1000, &wait), YZ_BUSY);
}

static void
subjects_are_counted_apart(void **state)
{
    yz_actor actor = {.kind = YZ_ACTOR_DEVICE};
    unsigned wait;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take(0, home, 7, 1000, &wait), YZ_OK);
    }
    assert_int_equal(yz_limits_take(limits, YZ_LIMIT_TICKET, &rule, &actor,
                                    home, 7, 1000, &wait),
                     YZ_OK);
}

static void
a_clock_that_steps_back_locks_nobody_out(void **state)
{
    unsigned wait = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take(1, home, 7, 1000000, &wait), YZ_OK);
    }
    assert_int_equal(take(1, home, 7, 1000, &wait), YZ_OK);
}

static void
a_full_table_lets_everybody_in(void **state)
{
    unsigned wait = 0;

    (void)state;
    for (unsigned person = 1; person < 300000; person++) {
        assert_int_equal(take(person, (yz_span){0}, 7, 1000, &wait), YZ_OK);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_phone_runs_out_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_address_runs_out_whoever_asks,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_refused_is_not_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(subjects_are_counted_apart, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_clock_that_steps_back_locks_nobody_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_table_lets_everybody_in, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
