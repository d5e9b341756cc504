/*
 * What is due ends, in bounded pieces, and nothing else does.  If this goes
 * wrong, answers and sessions outlive what people were told, or the table
 * grows for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "admin/daemon/idempotency.h"
#include "admin/daemon/ticks.h"
#include "lmdb_schema/expiry.h"
#include "t/unit/scratch_dir.h"

#define MANY 300 /* more than one run takes */

static char dir[SCRATCH_SIZE];
static yz_desk desk;

static int
start(void **state)
{
    yz_store_error error;

    (void)state;
    return scratch_make(dir) == 0 &&
                   yz_store_open(dir, 0, &desk.store, &error) == YZ_OK &&
                   yz_vault_open(dir, &desk.vault) == YZ_OK
               ? 0
               : -1;
}

static int
stop(void **state)
{
    (void)state;
    yz_vault_close(desk.vault);
    yz_store_close(desk.store);
    scratch_remove(dir);
    return 0;
}

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

/* Keeps an answer under the key, as one of `age_s` ago. */
static void
keep(unsigned key, int64_t age_s)
{
    const yz_idempotency_moment now = {1, 1};
    yz_exchange x = {.arena = YZ_ARENA_OF(4096), .path = YZ_SPAN("/a")};
    yz_idempotency note;
    char text[16];

    snprintf(text, sizeof(text), "%u", key);
    x.idempotency_key = yz_span_of(text);
    assert_int_equal(yz_idempotency_find(&desk, &x, &now, &note), YZ_OK);
    assert_int_equal(x.status, 0);
    note.at_s -= age_s;
    assert_int_equal(yz_exchange_answer(&x, 204, 0), YZ_OK);
    assert_int_equal(yz_idempotency_keep(&desk, &x, &now, &note), YZ_OK);
    yz_arena_free(&x.arena);
}

/* Whether the key still has an answer. */
static bool
kept(unsigned key)
{
    const yz_idempotency_moment now = {1, 2};
    yz_exchange x = {.arena = YZ_ARENA_OF(4096), .path = YZ_SPAN("/a")};
    yz_idempotency note;
    char text[16];
    bool found;

    snprintf(text, sizeof(text), "%u", key);
    x.idempotency_key = yz_span_of(text);
    assert_int_equal(yz_idempotency_find(&desk, &x, &now, &note), YZ_OK);
    found = x.status == 204;
    yz_arena_free(&x.arena);
    return found;
}

static yz_status
count_one(void *context, yz_span key, yz_span value, uint64_t seq)
{
    (void)key;
    (void)value;
    (void)seq;
    ++*(unsigned *)context;
    return YZ_OK;
}

static unsigned
count(yz_table table)
{
    unsigned n = 0;

    assert_int_equal(yz_store_record_each(desk.store, table, YZ_SPAN(""),
                                          YZ_SPAN(""), false, count_one, &n),
                     YZ_OK);
    return n;
}

static bool
tick(void)
{
    bool more = false;

    begin();
    assert_int_equal(yz_ticks[0].run(&desk, yz_store_now_s(desk.store), &more),
                     YZ_OK);
    commit();
    return more;
}

static void
test_what_is_due_ends_and_the_rest_stays(void **state)
{
    (void)state;
    begin();
    for (unsigned i = 0; i < MANY; i++) {
        keep(i, YZ_IDEMPOTENCY_KEPT_S);
    }
    keep(MANY, YZ_IDEMPOTENCY_KEPT_S - 3600);
    commit();
    assert_int_equal(count(YZ_TABLE_IDEMPOTENCY), MANY + 1);
    begin();
    assert_false(kept(0)); /* due, though still there */
    assert_true(kept(MANY));
    yz_store_abort(desk.store);
    assert_true(tick());
    assert_false(tick());
    assert_int_equal(count(YZ_TABLE_IDEMPOTENCY), 1);
    assert_int_equal(count(YZ_TABLE_EXPIRY), 1);
    begin();
    assert_true(kept(MANY));
    yz_store_abort(desk.store);
}

static void
test_a_key_that_was_used_again_stays_for_its_own_time(void **state)
{
    (void)state;
    begin();
    keep(1, YZ_IDEMPOTENCY_KEPT_S);
    keep(1, 0);
    commit();
    assert_int_equal(count(YZ_TABLE_EXPIRY), 2);
    assert_false(tick());
    assert_int_equal(count(YZ_TABLE_EXPIRY), 1);
    begin();
    assert_true(kept(1));
    yz_store_abort(desk.store);
}

static void
test_what_nobody_ends_and_what_is_gone_hold_nothing_up(void **state)
{
    (void)state;
    begin();
    assert_int_equal(yz_expiry_put(desk.store, 1, YZ_TABLE_LIMIT, YZ_SPAN("a")),
                     YZ_OK);
    assert_int_equal(yz_expiry_put(desk.store, 2, YZ_TABLE_IDEMPOTENCY,
                                   YZ_SPAN("gone before its time")),
                     YZ_OK);
    keep(1, YZ_IDEMPOTENCY_KEPT_S);
    commit();
    assert_false(tick());
    assert_int_equal(count(YZ_TABLE_IDEMPOTENCY), 0);
    assert_int_equal(count(YZ_TABLE_EXPIRY), 1);
}

static void
test_keys_of_what_ends_are_read_back(void **state)
{
    static const char *const bad[] = {"", "12345678", "12345678\x26"};
    int64_t when_s;
    yz_table table;
    yz_span key;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            yz_expiry_read(yz_span_of(bad[i]), &when_s, &table, &key),
            YZ_CORRUPT);
    }
    assert_int_equal(
        yz_expiry_read(YZ_SPAN("\0\0\0\0\0\0\1\2\x24k"), &when_s, &table, &key),
        YZ_OK);
    assert_int_equal(when_s, 258);
    assert_int_equal(table, YZ_TABLE_IDEMPOTENCY);
    assert_true(yz_span_equal(key, YZ_SPAN("k")));
    assert_int_equal(
        yz_expiry_put(desk.store, -1, YZ_TABLE_SESSION, YZ_SPAN("k")),
        YZ_BAD_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_due_ends_and_the_rest_stays),
        TEST(test_a_key_that_was_used_again_stays_for_its_own_time),
        TEST(test_what_nobody_ends_and_what_is_gone_hold_nothing_up),
        TEST(test_keys_of_what_ends_are_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
