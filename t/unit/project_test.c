/*
 * Protects the promise that public data depends on the state alone: batches
 * projected one by one, and everything projected at once, give the same
 * logical dump, and verify finds no fault in either.  If an index were not
 * changed with its place, answers would depend on history.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "t/unit/post_fixture.h"

static char dir[SCRATCH_SIZE];

static int
make_dir(void **state)
{
    (void)state;
    return scratch_make(dir);
}

static int
remove_dir(void **state)
{
    (void)state;
    scratch_remove(dir);
    return 0;
}

static yz_store *
open_store(void)
{
    yz_store_error error;
    yz_store *store;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fail_msg("%s", error.text);
    }
    return store;
}

static void
assert_verified(yz_store *store)
{
    unsigned problems = 0;
    yz_status status = yz_store_verify(store, fixture_problem, &problems);

    assert_int_equal(0, problems);
    assert_int_equal(YZ_OK, status);
}

/* Rebuilds and compares with what the batches had made. */
static void
compare_with_rebuilt(void)
{
    char *touched = fixture_dump(dir), *all;
    yz_store *store = open_store();

    assert_non_null(touched);
    assert_verified(store);
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_verified(store);
    yz_store_close(store);
    all = fixture_dump(dir);
    assert_non_null(all);
    assert_string_equal(touched, all);
    free(touched);
    free(all);
}

/* Random batches of one size; closes the store now and then. */
static void
run_batches(uint64_t seed, unsigned places, unsigned most, unsigned batches)
{
    fixture_random random = {seed};
    yz_store *store = open_store();
    unsigned i;

    assert_int_equal(YZ_OK, yz_store_reference_put(store, YZ_SPAN("regions"),
                                                   YZ_SPAN(FIXTURE_REGIONS)));
    for (i = 0; i < batches; i++) {
        yz_batch_result result;

        if (fixture_posts(store, &random, places, most) != YZ_OK ||
            fixture_batch(store, &random, places, most, &result) != YZ_OK) {
            fail_msg("seed %llu batch %u: %s", (unsigned long long)seed, i,
                     yz_store_why(store));
        }
        if (fixture_draw(&random, 5) == 0) {
            yz_store_close(store);
            store = open_store();
        }
        if (fixture_draw(&random, 8) == 0) {
            yz_store_close(store);
            compare_with_rebuilt();
            store = open_store();
        }
    }
    yz_store_close(store);
    compare_with_rebuilt();
}

static void
small_batches_and_a_rebuild_give_the_same_data(void **state)
{
    (void)state;
    run_batches(1, 12, 4, 60);
    run_batches(2, 40, 30, 40);
}

static void
large_batches_and_a_rebuild_give_the_same_data(void **state)
{
    (void)state;
    run_batches(3, 2000, 1500, 12);
}

/* The lines of places and regions: without what is drawn by lot (codes) and
   without numbers of log entries. */
static char *
dump_of_places(void)
{
    char *all = fixture_dump(dir), *to = all, *line;

    assert_non_null(all);
    for (line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "{\"place\":", 9) == 0 ||
            strncmp(line, "{\"region\":", 10) == 0) {
            size_t n = strlen(line);

            memmove(to, line, n);
            to += n;
            *to++ = '\n';
        }
    }
    *to = '\0';
    return all;
}

/* The same 300 puts, committed `batch` at a time into a new store. */
static char *
put_in_batches(unsigned batch)
{
    const yz_batch_info info = {.kind = YZ_SPAN("load")};
    yz_store *store;
    unsigned i;

    scratch_remove(dir);
    store = open_store();
    for (i = 0; i < 300; i++) {
        fixture_random random = {i + 1};
        fixture_place made;
        yz_batch_result result;

        if (i % batch == 0) {
            assert_int_equal(YZ_OK, yz_store_begin(store, &info));
        }
        fixture_random_place(&random, &made, i % 50);
        assert_int_equal(YZ_OK, yz_store_place_put(store, &made.place));
        if (i % batch == batch - 1 || i == 299) {
            assert_int_equal(YZ_OK,
                             yz_store_commit(store, &result, NULL, NULL));
        }
    }
    assert_verified(store);
    yz_store_close(store);
    return dump_of_places();
}

static void
the_batching_does_not_show(void **state)
{
    static const unsigned sizes[] = {1, 7, 64};
    char *at_once = put_in_batches(300);
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        char *batched = put_in_batches(sizes[i]);

        assert_string_equal(at_once, batched);
        free(batched);
    }
    free(at_once);
}

/* Counts worked out by hand, because verify counts with the same code. */
static void
regions_count_what_is_in_service(void **state)
{
    static const struct {
        uint32_t region;
        const char *kind;
        uint8_t status;
    } all[] = {
        {370202, "station", YZ_PLACE_OPEN},
        {370202, "clinic", YZ_PLACE_SUSPENDED},
        {370202, "clinic", YZ_PLACE_CLOSED},
        {370203, "station", YZ_PLACE_OPEN},
        {810001, "station", YZ_PLACE_OPEN},
        {0, "station", YZ_PLACE_OPEN},
        {420502, "station", YZ_PLACE_DELISTED},
    };
    static const char *const lines[] = {
        "{\"region\":370000,\"name\":\"山东省\",\"places\":3,"
        "\"rating_count\":0,\"rating_sum\":0,\"kinds\":{\"clinic\":1,"
        "\"station\":2}}\n",
        "{\"region\":370202,\"name\":\"市南区\",\"places\":2,"
        "\"rating_count\":0,\"rating_sum\":0,\"kinds\":{\"clinic\":1,"
        "\"station\":1}}\n",
        "{\"region\":420500,\"name\":\"宜昌市\",\"places\":0,"
        "\"rating_count\":0,\"rating_sum\":0,\"kinds\":{}}\n",
        "{\"region\":810000,\"name\":\"香港特别行政区\",\"places\":1,"
        "\"rating_count\":0,\"rating_sum\":0,\"kinds\":{\"station\":1}}"
        "\n",
    };
    const yz_batch_info info = {.kind = YZ_SPAN("load")};
    yz_store *store = open_store();
    yz_batch_result result;
    char *dump;
    size_t i;

    (void)state;
    assert_int_equal(YZ_OK, yz_store_begin(store, &info));
    assert_int_equal(YZ_OK, yz_store_reference_put(store, YZ_SPAN("regions"),
                                                   YZ_SPAN(FIXTURE_REGIONS)));
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        fixture_place made;

        fixture_plain(&made, (unsigned)i);
        made.place.region = all[i].region;
        made.place.kind = yz_span_of(all[i].kind);
        made.place.status = all[i].status;
        assert_int_equal(YZ_OK, yz_store_place_put(store, &made.place));
    }
    assert_int_equal(YZ_OK, yz_store_commit(store, &result, NULL, NULL));
    yz_store_close(store);
    dump = fixture_dump(dir);
    assert_non_null(dump);
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_non_null(strstr(dump, lines[i]));
    }
    assert_null(strstr(dump, "{\"region\":420502,"));
    free(dump);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            small_batches_and_a_rebuild_give_the_same_data, make_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(
            large_batches_and_a_rebuild_give_the_same_data, make_dir,
            remove_dir),
        cmocka_unit_test_setup_teardown(regions_count_what_is_in_service,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(the_batching_does_not_show, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
