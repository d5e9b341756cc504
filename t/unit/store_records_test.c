/*
 * Protects records: what is put comes back, in order and in ranges, with the
 * log entry that made it; what is logged is verified and what is damaged is
 * told; a rating shows in public data with its commit.  Without it the log
 * could say one thing and the state another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lmdb.h>

#include "t/unit/store_fixture.h"

static char dir[SCRATCH_SIZE];
static yz_store *store;

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
begin_requests(void)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    assert_int_equal(YZ_OK, yz_store_begin(store, &info));
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
put_text(yz_table table, const char *key, const char *value)
{
    assert_int_equal(YZ_OK, yz_store_record_put(store, table, yz_span_of(key),
                                                yz_span_of(value)));
}

static void
add_place(unsigned i)
{
    const yz_batch_info info = {.kind = YZ_SPAN("load")};
    fixture_place made;

    fixture_plain(&made, i);
    assert_int_equal(YZ_OK, yz_store_begin(store, &info));
    assert_int_equal(YZ_OK, yz_store_place_put(store, &made.place));
    commit();
}

static unsigned
faults(void)
{
    unsigned problems = 0;

    (void)yz_store_verify(store, fixture_problem, &problems);
    return problems;
}

static void
what_is_put_comes_back_with_its_log_entry(void **state)
{
    yz_batch_result result;
    yz_span value;
    uint64_t seq, first;

    (void)state;
    begin_requests();
    put_text(YZ_TABLE_POLICY, "routing", "one");
    assert_int_equal(YZ_OK,
                     yz_store_record_get(store, YZ_TABLE_POLICY,
                                         YZ_SPAN("routing"), &value, &first));
    assert_true(yz_span_equal(value, YZ_SPAN("one")));
    put_text(YZ_TABLE_SESSION, "cookie", "kept");
    result = commit();
    assert_int_equal(0, result.batch);
    assert_int_equal(first, result.last_seq);

    begin_requests();
    put_text(YZ_TABLE_POLICY, "routing", "one");
    assert_int_equal(0, commit().last_seq);
    begin_requests();
    put_text(YZ_TABLE_POLICY, "routing", "two");
    assert_int_equal(YZ_OK,
                     yz_store_record_get(store, YZ_TABLE_POLICY,
                                         YZ_SPAN("routing"), &value, &seq));
    assert_int_equal(first + 1, seq);
    commit();
    assert_int_equal(YZ_OK,
                     yz_store_record_get(store, YZ_TABLE_SESSION,
                                         YZ_SPAN("cookie"), &value, &seq));
    assert_int_equal(0, seq);
    assert_true(yz_span_equal(value, YZ_SPAN("kept")));
    assert_int_equal(0, faults());
}

static void
what_is_deleted_is_gone_and_can_come_again(void **state)
{
    yz_span value;

    (void)state;
    begin_requests();
    put_text(YZ_TABLE_NODE, "n", "1");
    put_text(YZ_TABLE_LIMIT, "l", "1");
    commit();
    begin_requests();
    assert_int_equal(
        YZ_OK, yz_store_record_delete(store, YZ_TABLE_NODE, YZ_SPAN("n")));
    assert_int_equal(
        YZ_OK, yz_store_record_delete(store, YZ_TABLE_LIMIT, YZ_SPAN("l")));
    assert_int_equal(YZ_NOT_FOUND, yz_store_record_delete(store, YZ_TABLE_NODE,
                                                          YZ_SPAN("n")));
    commit();
    assert_int_equal(
        YZ_NOT_FOUND,
        yz_store_record_get(store, YZ_TABLE_NODE, YZ_SPAN("n"), &value, NULL));
    begin_requests();
    put_text(YZ_TABLE_NODE, "n", "2");
    commit();
    assert_int_equal(0, faults());
}

static yz_status
collect(void *context, yz_span key, yz_span value, uint64_t seq)
{
    char *all = context;

    (void)value;
    (void)seq;
    strncat(all, key.p, key.n);
    strncat(all, " ", 2);
    return YZ_OK;
}

static void
assert_walk(const char *prefix, const char *from, bool newest_first,
            const char *wanted)
{
    char all[256] = "";

    assert_int_equal(YZ_OK, yz_store_record_each(
                                store, YZ_TABLE_POLICY, yz_span_of(prefix),
                                yz_span_of(from), newest_first, collect, all));
    assert_string_equal(wanted, all);
}

static void
walks_keep_to_their_prefix_both_ways(void **state)
{
    (void)state;
    begin_requests();
    put_text(YZ_TABLE_POLICY, "a1", "");
    put_text(YZ_TABLE_POLICY, "a2", "");
    put_text(YZ_TABLE_POLICY, "a3", "");
    put_text(YZ_TABLE_POLICY, "b1", "");
    put_text(YZ_TABLE_POLICY, "\xff", "");
    assert_walk("", "", false, "a1 a2 a3 b1 \xff ");
    assert_walk("", "", true, "\xff b1 a3 a2 a1 ");
    assert_walk("a", "", false, "a1 a2 a3 ");
    assert_walk("a", "", true, "a3 a2 a1 ");
    assert_walk("a", "a2", false, "a2 a3 ");
    assert_walk("a", "a2", true, "a2 a1 ");
    assert_walk("a", "a25", true, "a2 a1 ");
    assert_walk("b", "", true, "b1 ");
    assert_walk("c", "", false, "");
    assert_walk("c", "", true, "");
    assert_walk("\xff", "", true, "\xff ");
    yz_store_abort(store);
}

static void
numbers_follow_the_largest(void **state)
{
    uint8_t key[8];
    uint64_t number;

    (void)state;
    begin_requests();
    assert_int_equal(
        YZ_OK, yz_store_record_next(store, YZ_TABLE_TICKET, false, &number));
    assert_int_equal(1, number);
    yz_put_u64_be(key, 0x1ffffffffu);
    assert_int_equal(YZ_OK, yz_store_record_put(store, YZ_TABLE_TICKET,
                                                (yz_span){(char *)key, 8},
                                                YZ_SPAN("t")));
    assert_int_equal(
        YZ_OK, yz_store_record_next(store, YZ_TABLE_TICKET, false, &number));
    assert_int_equal(0x200000000u, number);
    yz_put_u32_be(key, UINT32_MAX);
    assert_int_equal(YZ_OK, yz_store_record_put(store, YZ_TABLE_POST,
                                                (yz_span){(char *)key, 4},
                                                YZ_SPAN("p")));
    assert_int_equal(YZ_FULL,
                     yz_store_record_next(store, YZ_TABLE_POST, true, &number));
    yz_store_abort(store);
}

static void
what_breaks_a_rule_is_refused_and_the_batch_goes_on(void **state)
{
    char long_key[YZ_RECORD_KEY_MAX + 1];

    (void)state;
    memset(long_key, 'k', sizeof(long_key));
    begin_requests();
    assert_int_equal(
        YZ_BAD_INPUT,
        yz_store_record_put(store, YZ_TABLE_END, YZ_SPAN("k"), YZ_SPAN("")));
    assert_int_equal(
        YZ_BAD_INPUT,
        yz_store_record_put(store, YZ_TABLE_POLICY, YZ_SPAN(""), YZ_SPAN("")));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_store_record_put(store, YZ_TABLE_POLICY,
                                         (yz_span){long_key, sizeof(long_key)},
                                         YZ_SPAN("")));
    assert_int_equal(
        YZ_BAD_INPUT,
        yz_store_record_put(store, YZ_TABLE_POLICY, YZ_SPAN("k"),
                            (yz_span){long_key, YZ_RECORD_VALUE_MAX + 1}));
    assert_int_equal(YZ_NOT_FOUND, yz_store_tally_add(store, 77, 1, 5));
    put_text(YZ_TABLE_POLICY, "k", "v");
    assert_int_not_equal(0, commit().last_seq);
}

/* The ratings that the public dump shows for place p1. */
static void
assert_shown(unsigned count, unsigned sum)
{
    char wanted[64];
    char *dump = fixture_dump(dir);

    assert_non_null(dump);
    snprintf(wanted, sizeof(wanted), "\"rating_count\":%u,\"rating_sum\":%u",
             count, sum);
    assert_non_null(strstr(dump, wanted));
    free(dump);
}

static void
a_rating_shows_with_its_commit_and_after_a_rebuild(void **state)
{
    uint8_t key[24] = {0};
    const uint8_t value[YZ_RATING_HEAD] = {1, 4};
    yz_place place;

    (void)state;
    add_place(1);
    begin_requests();
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    yz_put_u32_be(key, place.number);
    assert_int_equal(
        YZ_OK, yz_store_record_put(store, YZ_TABLE_RATING,
                                   (yz_span){(char *)key, sizeof(key)},
                                   (yz_span){(char *)value, sizeof(value)}));
    assert_int_equal(YZ_OK, yz_store_tally_add(store, place.number, 1, 4));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_store_tally_add(store, place.number, -2, -4));
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_int_equal(4, place.rating_sum);
    commit();
    assert_shown(1, 4);
    assert_int_equal(0, faults());

    add_place(2);
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_shown(1, 4);
    assert_int_equal(0, faults());
}

static void
verify_tells_a_tally_that_is_not_its_ratings(void **state)
{
    yz_place place;

    (void)state;
    add_place(1);
    begin_requests();
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_int_equal(YZ_OK, yz_store_tally_add(store, place.number, 1, 4));
    commit();
    assert_int_not_equal(0, faults());
}

/* Changes a record behind the log's back. */
static void
tamper(const char *table, const char *key, const char *value)
{
    char path[SCRATCH_SIZE + 16];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val at = {strlen(key), (void *)key};
    MDB_val bytes = {strlen(value), (void *)value};

    snprintf(path, sizeof(path), "%s/private", dir);
    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 64));
    assert_int_equal(0, mdb_env_set_mapsize(env, (size_t)1 << 30));
    assert_int_equal(0, mdb_env_set_maxreaders(env, 4096));
    assert_int_equal(0, mdb_env_open(env, path, MDB_NOTLS, 0600));
    assert_int_equal(0, mdb_txn_begin(env, NULL, 0, &txn));
    assert_int_equal(0, mdb_dbi_open(txn, table, 0, &dbi));
    assert_int_equal(0, mdb_put(txn, dbi, &at, &bytes, 0));
    assert_int_equal(0, mdb_txn_commit(txn));
    mdb_env_close(env);
}

static void
verify_tells_a_record_that_the_log_does_not_know(void **state)
{
    (void)state;
    begin_requests();
    put_text(YZ_TABLE_POLICY, "routing", "one");
    commit();
    yz_store_close(store);
    tamper("policy", "other", "12345678x");
    open_store();
    assert_int_not_equal(0, faults());
}

static void
a_batch_keeps_its_clock(void **state)
{
    int64_t before, inside;

    (void)state;
    before = yz_store_now_s(store);
    begin_requests();
    inside = yz_store_now_s(store);
    assert_true(inside >= before);
    yz_store_abort(store);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_put_comes_back_with_its_log_entry),
        TEST(what_is_deleted_is_gone_and_can_come_again),
        TEST(walks_keep_to_their_prefix_both_ways),
        TEST(numbers_follow_the_largest),
        TEST(what_breaks_a_rule_is_refused_and_the_batch_goes_on),
        TEST(a_rating_shows_with_its_commit_and_after_a_rebuild),
        TEST(verify_tells_a_tally_that_is_not_its_ratings),
        TEST(verify_tells_a_record_that_the_log_does_not_know),
        TEST(a_batch_keeps_its_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
