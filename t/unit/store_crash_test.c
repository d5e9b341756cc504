/*
 * Protects what was acknowledged: a child writes random batches and is
 * killed with SIGKILL at random moments, many times.  After each death the
 * store opens, verify finds no fault, every batch that commit had returned
 * is there, and a rebuild shows the same as what the batches had made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "t/unit/store_fixture.h"

#define DEATHS 40
#define PLACES 400
#define LONGEST_LIFE_US 60000

/* What the child tells through shared memory: the last acknowledged batch. */
typedef struct {
    volatile uint64_t batch;
    volatile uint64_t last_seq;
} acknowledged;

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

/* Opens, writes batches, rebuilds now and then, until it is killed. */
static void
live(uint64_t seed, acknowledged *last)
{
    fixture_random random = {seed};
    yz_store_error error;
    yz_store *store;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fprintf(stderr, "child: %s\n", error.text);
        _exit(1);
    }
    for (;;) {
        yz_batch_result result;

        if (fixture_batch(store, &random, PLACES, 60, &result) != YZ_OK) {
            fprintf(stderr, "child: %s\n", yz_store_why(store));
            _exit(1);
        }
        if (result.batch != 0) {
            last->batch = result.batch;
            last->last_seq = result.last_seq;
        }
        if (fixture_draw(&random, 12) == 0 &&
            yz_store_rebuild(store) != YZ_OK) {
            _exit(1);
        }
    }
}

static void
sleep_us(uint32_t us)
{
    const struct timespec pause = {0, (long)us * 1000};

    nanosleep(&pause, NULL);
}

static yz_status
newest_batch(void *context, const yz_batch *batch)
{
    yz_batch *newest = context;

    *newest = *batch;
    return YZ_OK;
}

/* Opens what the dead child left and looks at all of it. */
static void
check_survivor(const acknowledged *last, bool compare)
{
    yz_store_error error;
    yz_batch newest = {0};
    unsigned problems = 0;
    yz_store *store;
    char *touched, *all;

    if (yz_store_open(dir, 0, &store, &error) != YZ_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(YZ_OK,
                     yz_store_each_batch(store, 1, newest_batch, &newest));
    assert_true(newest.number >= last->batch);
    assert_true(newest.last_seq >= last->last_seq);
    assert_int_equal(YZ_OK, yz_store_verify(store, fixture_problem, &problems));
    yz_store_close(store);
    if (!compare || newest.number == 0) {
        return;
    }
    touched = fixture_dump(dir);
    assert_int_equal(YZ_OK, yz_store_open(dir, 0, &store, &error));
    assert_int_equal(YZ_OK, yz_store_rebuild(store));
    yz_store_close(store);
    all = fixture_dump(dir);
    assert_non_null(touched);
    assert_non_null(all);
    assert_string_equal(touched, all);
    free(touched);
    free(all);
}

/* On a busy machine few lives would reach a commit: some are given the time. */
static void
wait_for_batch(const acknowledged *last)
{
    uint64_t before = last->batch;
    int tries;

    for (tries = 0; tries < 10000 && last->batch == before; tries++) {
        sleep_us(1000);
    }
}

static void
nothing_acknowledged_is_lost(void **state)
{
    acknowledged *last = mmap(NULL, sizeof(*last), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fixture_random random = {4711};
    unsigned deaths;

    (void)state;
    assert_true(last != MAP_FAILED);
    for (deaths = 0; deaths < DEATHS; deaths++) {
        uint64_t seed = 1 + fixture_draw(&random, 1000000);
        int how = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
            live(seed, last);
        }
        sleep_us(fixture_draw(&random, LONGEST_LIFE_US));
        if (deaths % 8 == 7) {
            wait_for_batch(last);
        }
        kill(child, SIGKILL);
        assert_int_equal(child, waitpid(child, &how, 0));
        assert_true(WIFSIGNALED(how));
        check_survivor(last, deaths % 4 == 3);
    }
    assert_true(last->batch > 0);
    munmap(last, sizeof(*last));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_acknowledged_is_lost, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
