/*
 * Protects the switch between generations and the healing of public data:
 * whatever is lost below public/ or keys/, opening the store brings it back,
 * numbers of generations are never used twice, a reader of the old generation
 * learns which one serves, and damaged pages, of which LMDB dies, are never
 * followed: without the look at every page, rebuild itself is killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t/unit/store_fixture.h"

static char dir[SCRATCH_SIZE];
static yz_store *store;
static const yz_batch_info load = {.kind = YZ_SPAN("load")};

static void
open_store(void)
{
    yz_store_error error;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fail_msg("%s", error.text);
    }
}

static void
close_store(void)
{
    yz_store_close(store);
    store = NULL;
}

/* Puts plain places first..last, all with this name, in one batch. */
static yz_status
put_plain(unsigned first, unsigned last, const char *name,
          yz_batch_result *result)
{
    yz_status status = yz_store_begin(store, &load);
    unsigned i;

    for (i = first; status == YZ_OK && i <= last; i++) {
        fixture_place made;

        fixture_plain(&made, i);
        made.place.name = yz_span_of(name);
        status = yz_store_place_put(store, &made.place);
    }
    return status == YZ_OK ? yz_store_commit(store, result, NULL, NULL)
                           : status;
}

static void
put_ten(const char *name)
{
    yz_batch_result result;

    if (put_plain(1, 10, name, &result) != YZ_OK) {
        fail_msg("%s", yz_store_why(store));
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
    put_ten("甲");
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
assert_verified(void)
{
    unsigned problems = 0;

    assert_int_equal(YZ_OK, yz_store_verify(store, fixture_problem, &problems));
    assert_int_equal(0, problems);
}

static void
shell(const char *format)
{
    char command[512];

    snprintf(command, sizeof(command), format, dir, dir, dir, dir);
    assert_int_equal(0, system(command));
}

static void
assert_current(const char *name)
{
    char path[128], target[64];
    ssize_t n;

    snprintf(path, sizeof(path), "%s/public/current", dir);
    n = readlink(path, target, sizeof(target) - 1);
    assert_true(n > 0);
    target[n] = '\0';
    assert_string_equal(name, target);
}

static bool
exists(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) == 0;
}

/* What the generation in directory `name` says supersedes it, 0 for none. */
static uint64_t
superseded_by(const char *name)
{
    MDB_val key = {13, "superseded_by"}, value;
    char path[128];
    uint64_t by = 0;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;

    snprintf(path, sizeof(path), "%s/public/%s", dir, name);
    assert_int_equal(0, mdb_env_create(&env));
    assert_int_equal(0, mdb_env_set_maxdbs(env, 32));
    assert_int_equal(0, mdb_env_open(env, path, MDB_RDONLY, 0));
    assert_int_equal(0, mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
    assert_int_equal(0, mdb_dbi_open(txn, "meta", 0, &dbi));
    if (mdb_get(txn, dbi, &key, &value) == 0) {
        memcpy(&by, value.mv_data, sizeof(by));
    }
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return by;
}

static void
a_rebuild_switches_and_tells_the_old_readers(void **state)
{
    (void)state;
    assert_current("gen-1");
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_current("gen-2");
    assert_int_equal(2, superseded_by("gen-1"));
    assert_int_equal(0, superseded_by("gen-2"));
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_current("gen-3");
    assert_int_equal(3, superseded_by("gen-2"));
    assert_false(exists("public/gen-1"));
    assert_true(exists("public/gen-2"));
    assert_verified();
}

static void
numbers_of_generations_are_never_used_twice(void **state)
{
    (void)state;
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    close_store();
    shell("rm -r %s/public");
    open_store();
    assert_current("gen-3");
    close_store();
    shell("mkdir %s/public/gen-17");
    open_store();
    assert_current("gen-3");
    assert_false(exists("public/gen-17")); /* half-built: no one's */
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_current("gen-4");
    assert_verified();
}

static void
a_switch_that_was_interrupted_is_finished(void **state)
{
    (void)state;
    close_store();
    shell("cp -a %s/public/gen-1 %s/kept");
    open_store();
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    close_store();
    /* As if the writer had died before the old generation heard of it. */
    shell("rm -r %s/public/gen-1 && mv %s/kept %s/public/gen-1");
    assert_int_equal(0, superseded_by("gen-1"));
    open_store();
    assert_int_equal(2, superseded_by("gen-1"));
    assert_verified();
}

static void
a_switch_that_current_has_not_heard_of_is_finished(void **state)
{
    (void)state;
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    close_store();
    /* As if the writer had died before `current` named the new one. */
    shell("ln -sfn gen-1 %s/public/current");
    open_store();
    assert_current("gen-2");
    assert_verified();
    close_store();
    /* What should serve is not there: the state has it all. */
    shell("ln -sfn gen-1 %s/public/current && rm -r %s/public/gen-2");
    open_store();
    assert_current("gen-3");
    assert_verified();
}

static void
a_projection_that_was_interrupted_is_caught_up(void **state)
{
    char *shown;

    (void)state;
    close_store();
    shell("cp -a %s/public %s/before");
    open_store();
    put_ten("乙");
    assert_int_equal(YZ_OK, yz_store_begin(store, &load));
    assert_int_equal(YZ_OK, yz_store_code_reissue(store, YZ_SPAN("p3")));
    yz_batch_result result;
    assert_int_equal(YZ_OK, yz_store_commit(store, &result, NULL, NULL));
    close_store();
    shown = fixture_dump(dir);
    shell("rm -r %s/public && mv %s/before %s/public");
    open_store();
    assert_current("gen-1");
    assert_verified();
    close_store();
    char *again = fixture_dump(dir);
    assert_non_null(shown);
    assert_non_null(again);
    assert_string_equal(shown, again);
    free(shown);
    free(again);
    open_store();
}

static void
damaged_public_data_is_built_again(void **state)
{
    static const char *const damages[] = {
        "truncate -s 5000 %s/public/gen-*/data.mdb",
        ("head -c 20000 /dev/urandom > "
         "%s/public/$(readlink %s/public/current)/data.mdb"),
        "rm %s/public/current",
        "ln -sfn nowhere %s/public/current",
        "rm -r %s/public/gen-*",
        "rm %s/public/current && touch %s/public/current",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        close_store();
        shell(damages[i]);
        open_store();
        assert_verified();
    }
}

/* Puts many places, in two batches, so that trees have branches, and lists of
   free pages are there. */
static void
put_many(void)
{
    yz_batch_result result;

    assert_int_equal(YZ_OK, put_plain(1, 600, "甲", &result));
    assert_int_equal(YZ_OK, put_plain(200, 300, "乙", &result));
}

/* Overwrites `size` bytes of the current generation's file. */
static void
damage(off_t offset, const void *bytes, size_t size)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/public/current/data.mdb", dir);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(size, pwrite(fd, bytes, size, offset));
    close(fd);
}

static off_t
size_of_data(void)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/public/current/data.mdb", dir);
    assert_int_equal(0, stat(path, &st));
    return st.st_size;
}

/*
 * Opens the store as every command does, loads, checks, and builds anew, in a
 * process of its own: 0, or how it ended.
 */
static int
status_of_a_whole_life(void)
{
    yz_store_error error;
    unsigned problems = 0;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(yz_store_open(dir, 0, &store, &error) != YZ_OK              ? 1
              : yz_store_rebuild(store) != YZ_OK                          ? 2
              : put_plain(100, 120, "丙", &(yz_batch_result){0}) != YZ_OK ? 3
              : yz_store_verify(store, fixture_problem, &problems) != YZ_OK
                  ? 4
                  : 0);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    return status;
}

static void
no_damaged_page_kills_the_writer(void **state)
{
    static const uint8_t zeros[4096], ones[4] = {0xff, 0xff, 0xff, 0xff};

    (void)state;
    put_many();
    close_store();
    off_t pages = size_of_data() / 4096;
    for (off_t page = 2; page < pages; page += 1 + pages / 40) {
        shell("rm -rf %s/kept && cp -a %s/public %s/kept");
        damage(page * 4096, zeros, sizeof(zeros));
        assert_int_equal(0, status_of_a_whole_life());
        shell("rm -r %s/public && mv %s/kept %s/public");
        shell("cp -a %s/public %s/kept");
        /* The first nodes lie nowhere, and the page is full. */
        damage(page * 4096 + 12, ones, sizeof(ones));
        damage(page * 4096 + 16, ones, sizeof(ones));
        assert_int_equal(0, status_of_a_whole_life());
        shell("rm -r %s/public && mv %s/kept %s/public");
    }
    open_store();
    assert_verified();
}

static void
random_damage_never_kills_the_writer(void **state)
{
    fixture_random random = {20261122};
    unsigned round, i;

    (void)state;
    put_many();
    close_store();
    for (round = 0; round < 20; round++) {
        for (i = 0; i < 8 + round; i++) {
            uint8_t byte = (uint8_t)fixture_draw(&random, 256);
            off_t page =
                fixture_draw(&random, (uint32_t)(size_of_data() / 4096));
            uint32_t at = fixture_draw(&random, 2) == 0
                              ? fixture_draw(&random, 64)
                              : fixture_draw(&random, 4096);

            damage(page * 4096 + at, &byte, 1);
        }
        assert_int_equal(0, status_of_a_whole_life());
    }
    open_store();
    assert_verified();
}

static void
damage_is_told(void **state)
{
    static const uint8_t zeros[4096];

    (void)state;
    put_many();
    assert_null(
        strstr(yz_store_notice(store) != NULL ? yz_store_notice(store) : "",
               "damaged"));
    close_store();
    for (off_t page = 2; page < 12; page++) {
        damage(page * 4096, zeros, sizeof(zeros));
    }
    open_store();
    assert_non_null(yz_store_notice(store));
    assert_non_null(strstr(yz_store_notice(store), "damaged"));
    assert_verified();
}

static void
what_was_mended_is_told_and_only_damage_is_called_so(void **state)
{
    (void)state;
    close_store();
    shell("cp -a %s/public %s/before");
    open_store();
    assert_null(yz_store_notice(store));
    put_ten("乙");
    close_store();
    shell("rm -r %s/public && mv %s/before %s/public && rm %s/keys/read.keys");
    open_store();
    assert_non_null(strstr(yz_store_notice(store), "read.keys was missing"));
    assert_non_null(strstr(yz_store_notice(store), "public data was behind"));
    assert_false(yz_store_public_mended(store));
    close_store();
    shell("rm -r %s/public");
    open_store();
    assert_non_null(strstr(yz_store_notice(store), "public data was lost"));
    assert_true(yz_store_public_mended(store));
    close_store();
    open_store();
    assert_null(yz_store_notice(store));
    assert_false(yz_store_public_mended(store));
}

/* The command must refuse, and change nothing of what is served. */
static void
assert_older_is_refused(void)
{
    yz_store_error error;
    char *before = fixture_dump(dir), *after;

    assert_int_equal(YZ_CORRUPT, yz_store_open(dir, 0, &store, &error));
    assert_null(store);
    assert_non_null(strstr(error.text, "is older than what is served (log "));
    after = fixture_dump(dir);
    assert_non_null(before);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void
a_state_older_than_what_is_served_is_refused(void **state)
{
    yz_store_error error;

    (void)state;
    close_store();
    shell("cp -a %s/private %s/backup");
    open_store();
    put_ten("乙");
    close_store();
    shell("mv %s/private %s/newest && cp -a %s/backup %s/private");
    assert_older_is_refused();
    /* Nor is one that is gone altogether. */
    shell("rm -r %s/private");
    assert_older_is_refused();
    shell("rm -r %s/private && mv %s/newest %s/private");
    open_store();
    assert_null(yz_store_notice(store));
    assert_verified();
    close_store();
    shell("rm -r %s/private && mv %s/backup %s/private");
    assert_int_equal(YZ_OK, yz_store_open_for_rebuild(dir, 0, &store, &error));
    assert_current("gen-1");
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    assert_current("gen-2");
    assert_verified();
    close_store();
    open_store();
    assert_null(yz_store_notice(store));
}

static void
lost_keys_are_made_again(void **state)
{
    char *before, *after;

    (void)state;
    close_store();
    before = fixture_dump(dir);
    shell("rm %s/keys/read.keys");
    open_store();
    assert_verified();
    close_store();
    after = fixture_dump(dir);
    assert_string_equal(before, after);
    free(after);
    /* Without the masters every hash of a code is another one. */
    shell("rm %s/private/keys");
    open_store();
    assert_verified();
    close_store();
    after = fixture_dump(dir);
    assert_string_not_equal(before, after);
    free(before);
    free(after);
    open_store();
}

static void
read_keys_has_a_line_for_each_region(void **state)
{
    fixture_place made;
    yz_batch_result result;

    (void)state;
    assert_int_equal(YZ_OK, yz_store_begin(store, &load));
    fixture_plain(&made, 50);
    made.place.region = 420502;
    assert_int_equal(YZ_OK, yz_store_place_put(store, &made.place));
    fixture_plain(&made, 51);
    made.place.region = 0;
    assert_int_equal(YZ_OK, yz_store_place_put(store, &made.place));
    assert_int_equal(YZ_OK, yz_store_commit(store, &result, NULL, NULL));
    shell("test $(grep -c '^scan 1 hs256 [0-9]* [0-9a-f]*$' "
          "%s/keys/read.keys) = 3");
    shell("grep -q '^scan 1 hs256 4205 ' %s/keys/read.keys");
    shell("grep -q '^scan 1 hs256 0000 ' %s/keys/read.keys");
}

/* A disk that takes no more, as a limit on the size of files. */
static void
a_batch_that_does_not_fit_on_disk_changes_nothing(void **state)
{
    struct rlimit old, low;
    yz_batch_result result;
    yz_place place;
    char *before, *after;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &old));
    low = old;
    low.rlim_cur = 400 * 1024;
    close_store();
    before = fixture_dump(dir);
    open_store();
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &low));
    assert_int_not_equal(YZ_OK, put_plain(1, 5000, "丙", &result));
    assert_int_equal(0, result.batch);
    assert_true(strlen(yz_store_why(store)) > 0);
    yz_store_abort(store);
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &old));
    close_store();
    after = fixture_dump(dir);
    assert_string_equal(before, after);
    free(before);
    free(after);
    open_store();
    assert_int_equal(YZ_OK, yz_store_place_get(store, YZ_SPAN("p1"), &place));
    assert_true(yz_span_equal(YZ_SPAN("甲"), place.name));
    assert_verified();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_rebuild_switches_and_tells_the_old_readers),
        TEST(numbers_of_generations_are_never_used_twice),
        TEST(a_switch_that_was_interrupted_is_finished),
        TEST(a_switch_that_current_has_not_heard_of_is_finished),
        TEST(a_projection_that_was_interrupted_is_caught_up),
        TEST(damaged_public_data_is_built_again),
        TEST(no_damaged_page_kills_the_writer),
        TEST(random_damage_never_kills_the_writer),
        TEST(damage_is_told),
        TEST(what_was_mended_is_told_and_only_damage_is_called_so),
        TEST(a_state_older_than_what_is_served_is_refused),
        TEST(lost_keys_are_made_again),
        TEST(read_keys_has_a_line_for_each_region),
        TEST(a_batch_that_does_not_fit_on_disk_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
