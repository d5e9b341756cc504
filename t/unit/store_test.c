/*
 * Protects the writer's door: what a batch promises (all or nothing, numbers
 * and codes for ever, no entry for what does not change), one writer at a time, and limits that are told before anything
 * is committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "core/limits.h"
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

static void
reopen_store(void)
{
    yz_store_close(store);
    open_store();
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

/* Puts plain places first..last in a batch of their own. */
static yz_batch_result
put_plain(unsigned first, unsigned last)
{
    unsigned i;

    begin();
    for (i = first; i <= last; i++) {
        fixture_place made;

        fixture_plain(&made, i);
        put(&made.place);
    }
    return commit();
}

static void
assert_verified(void)
{
    unsigned problems = 0;

    assert_int_equal(YZ_OK, yz_store_verify(store, fixture_problem, &problems));
    assert_int_equal(0, problems);
}

static void
assert_mode(const char *name, mode_t mode)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(mode, st.st_mode & 0777);
}

static void
modes_do_not_depend_on_the_umask(void **state)
{
    mode_t old = umask(0077);
    yz_batch_result result;

    (void)state;
    yz_store_close(store);
    scratch_remove(dir);
    open_store();
    result = put_plain(1, 3);
    umask(old);
    assert_int_equal(3, result.added);
    assert_mode("private", 0700);
    assert_mode("private/data.mdb", 0600);
    assert_mode("private/lock.mdb", 0600);
    assert_mode("private/keys", 0600);
    assert_mode("keys", 0750);
    assert_mode("keys/read.keys", 0640);
    assert_mode("public", 0750);
    assert_mode("public/gen-1", 0750);
    assert_mode("public/gen-1/data.mdb", 0640);
    assert_mode("public/gen-1/lock.mdb", 0660);
}

static void
a_second_writer_is_told_who_the_first_is(void **state)
{
    yz_store_error error;
    yz_store *second;
    char pid[32];

    (void)state;
    assert_int_equal(YZ_BUSY, yz_store_open(dir, 0, &second, &error));
    assert_null(second);
    snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_non_null(strstr(error.text, pid));
}

static void
a_batch_says_what_it_did(void **state)
{
    fixture_place made;
    yz_batch_result result = put_plain(1, 5);

    (void)state;
    assert_int_equal(1, result.batch);
    assert_int_equal(1, result.first_seq);
    assert_int_equal(6, result.last_seq);
    assert_int_equal(5, result.added);
    begin();
    fixture_plain(&made, 1);
    made.place.name = YZ_SPAN("另一个名字");
    put(&made.place);
    fixture_plain(&made, 2);
    made.place.status = YZ_PLACE_CLOSED;
    put(&made.place);
    fixture_plain(&made, 3);
    put(&made.place);
    result = commit();
    assert_int_equal(2, result.batch);
    assert_int_equal(0, result.added);
    assert_int_equal(1, result.changed);
    assert_int_equal(1, result.closed);
    assert_int_equal(9, result.last_seq);
    assert_verified();
}

static void
what_changes_nothing_leaves_no_trace(void **state)
{
    yz_batch_result result = put_plain(1, 5);

    (void)state;
    result = put_plain(1, 5);
    assert_int_equal(0, result.batch);
    assert_int_equal(0, result.last_seq);
    begin();
    result = commit();
    assert_int_equal(0, result.batch);
}

static void
an_aborted_batch_leaves_no_trace(void **state)
{
    fixture_place made;
    yz_place place;

    (void)state;
    put_plain(1, 5);
    begin();
    fixture_plain(&made, 9);
    put(&made.place);
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p9"), &place));
    yz_store_abort(store);
    assert_int_equal(YZ_NOT_FOUND,
                     yz_store_place_get(store, YZ_SPAN("p9"), &place));
    assert_verified();
}

static void
after_an_error_a_batch_commits_nothing(void **state)
{
    fixture_place made;
    yz_batch_result result;
    yz_place place;

    (void)state;
    begin();
    fixture_plain(&made, 1);
    put(&made.place);
    fixture_plain(&made, 2);
    made.place.region = 12;
    assert_int_equal(YZ_BAD_INPUT, yz_store_place_put(store, &made.place));
    assert_non_null(strstr(yz_store_why(store), "'p2'"));
    fixture_plain(&made, 3);
    assert_int_equal(YZ_BAD_INPUT, yz_store_place_put(store, &made.place));
    assert_int_equal(YZ_BAD_INPUT, yz_store_commit(store, &result, NULL, NULL));
    assert_int_equal(YZ_NOT_FOUND,
                     yz_store_place_get(store, YZ_SPAN("p1"), &place));
}

static void
numbers_and_codes_stay_with_their_place(void **state)
{
    char codes[20][YZ_CODE_SIZE];
    fixture_place made;
    yz_place place;
    unsigned i, j;

    (void)state;
    put_plain(0, 19);
    for (i = 0; i < 20; i++) {
        fixture_plain(&made, i);
        assert_int_equal(YZ_OK,
                         yz_store_place_get(store, made.place.id, &place));
        assert_int_equal(i + 1, place.number);
        memcpy(codes[i], place.code, YZ_CODE_SIZE);
        for (j = 0; j < i; j++) {
            assert_string_not_equal(codes[i], codes[j]);
        }
    }
    begin();
    fixture_plain(&made, 7);
    made.place.name = YZ_SPAN("x");
    made.place.number = 500; /* ignored, like the code */
    memset(made.place.code, 'Z', YZ_CODE_LENGTH);
    put(&made.place);
    commit();
    reopen_store();
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p7"), &place));
    assert_int_equal(8, place.number);
    assert_string_equal(codes[7], place.code);
}

static void
a_reissued_code_revokes_the_one_before(void **state)
{
    char old[YZ_CODE_SIZE];
    yz_place place;

    (void)state;
    put_plain(1, 2);
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    memcpy(old, place.code, sizeof(old));
    begin();
    assert_int_equal(YZ_NOT_FOUND,
                     yz_store_code_reissue(store, YZ_SPAN("nobody")));
    assert_int_equal(YZ_OK, yz_store_code_reissue(store, YZ_SPAN("p1")));
    assert_int_equal(1, commit().changed);
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_string_not_equal(old, place.code);
    assert_verified();
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_verified();
}

/* Puts a place whose services are s<first>..s<last>. */
static yz_status
put_services(unsigned i, unsigned first, unsigned last)
{
    char services[1024] = "";
    fixture_place made;
    unsigned n;

    for (n = first; n <= last; n++) {
        size_t used = strlen(services);

        snprintf(services + used, sizeof(services) - used, "%ss%03u",
                 n > first ? "," : "", n);
    }
    fixture_plain(&made, i);
    made.place.services = yz_span_of(services);
    return yz_store_place_put(store, &made.place);
}

static void
a_65th_service_is_refused_before_anything_changes(void **state)
{
    yz_batch_result result;
    yz_place place;

    (void)state;
    begin();
    assert_int_equal(YZ_OK, put_services(1, 1, YZ_SERVICES_MAX));
    commit();
    begin();
    assert_int_equal(YZ_FULL, put_services(2, 65, 65));
    assert_non_null(strstr(yz_store_why(store), "'s065'"));
    assert_int_equal(YZ_FULL, yz_store_commit(store, &result, NULL, NULL));
    assert_int_equal(0, result.batch);
    assert_int_equal(YZ_NOT_FOUND,
                     yz_store_place_get(store, YZ_SPAN("p2"), &place));
    assert_verified();
}

static void
services_that_are_used_no_more_make_room(void **state)
{
    (void)state;
    begin();
    assert_int_equal(YZ_OK, put_services(1, 1, YZ_SERVICES_MAX));
    commit();
    begin();
    assert_int_equal(YZ_OK, put_services(1, 1, 10));
    assert_int_equal(YZ_OK, put_services(2, 65, 118));
    commit();
    assert_verified();
    begin();
    assert_int_equal(YZ_FULL, put_services(3, 200, 200));
    yz_store_abort(store);
}

static void
reference_data_is_checked_and_logged_once(void **state)
{
    yz_span bytes;
    yz_place place;

    (void)state;
    assert_int_equal(YZ_BAD_INPUT,
                     yz_store_reference_put(store, YZ_SPAN("regions"),
                                            YZ_SPAN("37020,x\n")));
    assert_int_equal(YZ_BAD_INPUT,
                     yz_store_reference_put(store, YZ_SPAN("holidays"),
                                            YZ_SPAN("2026-02-30,off\n")));
    assert_int_equal(YZ_BAD_INPUT, yz_store_reference_put(
                                       store, YZ_SPAN("else"), YZ_SPAN("x")));
    assert_int_equal(YZ_OK, yz_store_reference_put(store, YZ_SPAN("regions"),
                                                   YZ_SPAN(FIXTURE_REGIONS)));
    assert_int_equal(YZ_OK, yz_store_reference_put(store, YZ_SPAN("regions"),
                                                   YZ_SPAN(FIXTURE_REGIONS)));
    assert_int_equal(YZ_OK,
                     yz_store_reference_get(store, YZ_SPAN("regions"), &bytes));
    assert_true(yz_span_equal(YZ_SPAN(FIXTURE_REGIONS), bytes));
    assert_int_equal(2, put_plain(1, 1).batch);
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_verified();
}

static unsigned told;

static void
see_progress(void *context, uint64_t done, uint64_t total)
{
    uint64_t *last = context;

    assert_true(done >= *last && done <= total);
    *last = done;
    told++;
}

static void
progress_runs_to_the_end(void **state)
{
    yz_batch_result result;
    uint64_t last = 0;
    unsigned i;

    (void)state;
    begin();
    for (i = 0; i < 3000; i++) {
        fixture_place made;

        fixture_plain(&made, i);
        put(&made.place);
    }
    assert_int_equal(YZ_OK,
                     yz_store_commit(store, &result, see_progress, &last));
    assert_int_equal(3000, last);
    assert_int_equal(3, told);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(modes_do_not_depend_on_the_umask),
        TEST(a_second_writer_is_told_who_the_first_is),
        TEST(a_batch_says_what_it_did),
        TEST(what_changes_nothing_leaves_no_trace),
        TEST(an_aborted_batch_leaves_no_trace),
        TEST(after_an_error_a_batch_commits_nothing),
        TEST(numbers_and_codes_stay_with_their_place),
        TEST(a_reissued_code_revokes_the_one_before),
        TEST(a_65th_service_is_refused_before_anything_changes),
        TEST(services_that_are_used_no_more_make_room),
        TEST(reference_data_is_checked_and_logged_once),
        TEST(progress_runs_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
