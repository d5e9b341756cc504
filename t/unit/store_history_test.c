/*
 * Protects the history: what a batch changed is shown as it was before, as
 * the batch made it and as it is now, and a rollback names what it undoes.
 * Without it a bad load could not be taken back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "t/unit/store_fixture.h"

static char dir[SCRATCH_SIZE];
static yz_store *store;

static const yz_batch_info load = {.kind = YZ_SPAN("load"),
                                   .source = YZ_SPAN("a.csv"),
                                   .actor = YZ_SPAN("wang")};

static void
open_store(void)
{
    yz_store_error error;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fail_msg("%s", error.text);
    }
}

static int
set_up(void **state)
{
    (void)state;
    if (scratch_make(dir) != 0) {
        return -1;
    }
    open_store();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    yz_store_close(store);
    scratch_remove(dir);
    return 0;
}

static void
begin(void)
{
    if (yz_store_begin(store, &load) != YZ_OK) {
        fail_msg("%s", yz_store_why(store));
    }
}

static yz_batch_result
commit(void)
{
    yz_batch_result result;

    if (yz_store_commit(store, &result, NULL, NULL) != YZ_OK) {
        fail_msg("%s", yz_store_why(store));
    }
    return result;
}

static void
put(const yz_place *place)
{
    if (yz_store_place_put(store, place) != YZ_OK) {
        fail_msg("%s", yz_store_why(store));
    }
}

static void
assert_verified(void)
{
    unsigned problems = 0;

    assert_int_equal(YZ_OK, yz_store_verify(store, fixture_problem, &problems));
    assert_int_equal(0, problems);
}

/* What a change visit saw, for one place. */
typedef struct {
    unsigned visits;
    bool has_before;
    char before[32];
    char made[32];
    char now[32];
    yz_store *undo_into; /* NULL: only look */
} seen_change;

static void
keep_name(char out[static 32], yz_span name)
{
    snprintf(out, 32, "%.*s", (int)name.n, name.p);
}

static yz_status
see_change(void *context, const yz_place *before, const yz_place *made,
           const yz_place *now)
{
    seen_change *seen = context;

    seen->visits++;
    seen->has_before = before != NULL;
    if (before != NULL) {
        keep_name(seen->before, before->name);
    }
    keep_name(seen->made, made->name);
    keep_name(seen->now, now->name);
    if (seen->undo_into != NULL && before != NULL) {
        return yz_store_place_put(seen->undo_into, before);
    }
    return YZ_OK;
}

static void
put_named(const char *name)
{
    fixture_place made;

    fixture_plain(&made, 1);
    made.place.name = yz_span_of(name);
    put(&made.place);
}

static void
history_shows_before_made_and_now(void **state)
{
    seen_change seen = {0};

    (void)state;
    begin(), put_named("甲"), commit();
    begin(), put_named("乙"), put_named("丙"), commit();
    begin(), put_named("丁"), commit();
    assert_int_equal(YZ_OK, yz_store_each_change(store, 1, see_change, &seen));
    assert_int_equal(1, seen.visits);
    assert_false(seen.has_before);
    assert_string_equal("甲", seen.made);
    assert_string_equal("丁", seen.now);
    assert_int_equal(YZ_OK, yz_store_each_change(store, 2, see_change, &seen));
    assert_int_equal(2, seen.visits);
    assert_string_equal("甲", seen.before);
    assert_string_equal("丙", seen.made);
    assert_string_equal("丁", seen.now);
    assert_int_equal(YZ_NOT_FOUND,
                     yz_store_each_change(store, 9, see_change, &seen));
}

static yz_status
see_batch(void *context, const yz_batch *batch)
{
    char *text = context;
    size_t used = strlen(text);

    snprintf(text + used, 256 - used, "%llu:%.*s:%.*s:%llu:%llu ",
             (unsigned long long)batch->number, (int)batch->kind.n,
             batch->kind.p, (int)batch->actor.n, batch->actor.p,
             (unsigned long long)batch->undoes,
             (unsigned long long)batch->undone_by);
    return YZ_OK;
}

static void
a_rollback_is_a_batch_that_names_what_it_undoes(void **state)
{
    const yz_batch_info rollback = {.kind = YZ_SPAN("rollback"), .undoes = 2};
    seen_change seen = {.undo_into = NULL};
    char text[256] = "";
    yz_place place;

    (void)state;
    begin(), put_named("甲"), commit();
    begin(), put_named("乙"), commit();
    seen.undo_into = store;
    assert_int_equal(YZ_OK, yz_store_begin(store, &rollback));
    assert_int_equal(YZ_OK, yz_store_each_change(store, 2, see_change, &seen));
    assert_int_equal(1, commit().changed);
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_true(yz_span_equal(YZ_SPAN("甲"), place.name));
    assert_int_equal(YZ_OK, yz_store_each_batch(store, 3, see_batch, text));
    assert_string_equal("3:rollback::2:0 2:load:wang:0:3 1:load:wang:0:0 ",
                        text);
    assert_verified();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(history_shows_before_made_and_now),
        TEST(a_rollback_is_a_batch_that_names_what_it_undoes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
