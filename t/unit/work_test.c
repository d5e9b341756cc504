/*
 * The daemon's way of a request: what is wrong is refused before the queue,
 * what is queued together is committed together, a fault costs only its own
 * request, a full queue says so, nothing accepted is left unanswered.  If
 * this goes wrong, writes get lost, or one broken request takes others along.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "t/unit/daemon_fixture.h"

#define PARALLEL 64

/* A gate that an apply waits at until the test opens it. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    bool reached;
    bool open;
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};

static atomic_uint ticked;

static void
gate_wait(void)
{
    pthread_mutex_lock(&gate.mutex);
    gate.reached = true;
    pthread_cond_broadcast(&gate.moved);
    while (!gate.open) {
        pthread_cond_wait(&gate.moved, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
}

static void
gate_close(void)
{
    gate.reached = gate.open = false;
}

static void
gate_await(void)
{
    pthread_mutex_lock(&gate.mutex);
    while (!gate.reached) {
        pthread_cond_wait(&gate.moved, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
}

static void
gate_open(void)
{
    pthread_mutex_lock(&gate.mutex);
    gate.open = true;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.mutex);
}

static yz_status
answer_number(yz_exchange *x, unsigned code, uint64_t number)
{
    yz_status status = yz_exchange_answer(x, code, 64);

    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"number\":");
        yz_out_u64(&x->out, number);
        yz_out_char(&x->out, '}');
    }
    return status;
}

/* Counts itself in the store: what committed is in the count. */
static yz_status
count_up(yz_desk *desk, uint64_t *number)
{
    yz_span value;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_POLICY,
                                           YZ_SPAN("count"), &value, NULL);

    *number = 0;
    if (status == YZ_OK) {
        memcpy(number, value.p, sizeof(*number));
    } else if (status != YZ_NOT_FOUND) {
        return status;
    }
    ++*number;
    return yz_store_record_put(desk->store, YZ_TABLE_POLICY, YZ_SPAN("count"),
                               (yz_span){(const char *)number, 8});
}

static yz_status
apply_count(yz_desk *desk, yz_exchange *x)
{
    uint64_t number;
    yz_status status = count_up(desk, &number);

    if (status == YZ_OK) {
        status = answer_number(x, 201, number);
        x->location = YZ_SPAN("/count/1");
    }
    return status;
}

static yz_status
apply_hold(yz_desk *desk, yz_exchange *x)
{
    (void)desk;
    gate_wait();
    return answer_number(x, 200, 0);
}

static yz_status
apply_fault(yz_desk *desk, yz_exchange *x)
{
    uint64_t number;
    yz_status status = count_up(desk, &number);

    if (status != YZ_OK) {
        return status;
    }
    return yz_span_equal(x->part[0], YZ_SPAN("full"))   ? YZ_FULL
           : yz_span_equal(x->part[0], YZ_SPAN("busy")) ? YZ_BUSY
                                                        : YZ_IO;
}

static yz_status
apply_alone(yz_desk *desk, yz_exchange *x)
{
    const yz_batch_info info = {.kind = YZ_SPAN("load")};
    yz_batch_result result;
    uint64_t number = 0;
    yz_status status = yz_store_begin(desk->store, &info);

    if (status == YZ_OK) {
        status = count_up(desk, &number);
    }
    if (status == YZ_OK) {
        status = yz_store_commit(desk->store, &result, NULL, NULL);
    }
    return status == YZ_OK ? answer_number(x, 201, number) : status;
}

/* Commits, then answers from a helper's thread. */
static yz_status
apply_later(yz_desk *desk, yz_exchange *x)
{
    uint64_t number;

    (void)x;
    return count_up(desk, &number);
}

static yz_status
finish_later(yz_desk *desk, yz_exchange *x)
{
    (void)desk;
    gate_wait();
    return yz_span_equal(x->part[0], YZ_SPAN("away"))
               ? yz_exchange_problem(x, YZ_PROBLEM_UPSTREAM_UNAVAILABLE, NULL)
               : answer_number(x, 201, 7);
}

static yz_status
prepare_slow(yz_desk *desk, yz_exchange *x)
{
    (void)desk;
    return answer_number(x, 200, 3);
}

static yz_status
prepare_limit(yz_desk *desk, yz_exchange *x)
{
    yz_span limit = yz_exchange_parameter(x, "limit");

    (void)desk;
    return answer_number(x, 200, limit.n);
}

static yz_status
tick(yz_desk *desk, int64_t now_s, bool *more)
{
    (void)desk;
    assert_true(now_s > 0);
    *more = atomic_fetch_add(&ticked, 1) < 2;
    return YZ_OK;
}

static const yz_json_member members[] = {
    {.name = "text", .kind = YZ_JSON_TEXT, .required = true, .max = 10},
    {.name = NULL},
};
static const char *const parameters[] = {"limit", NULL};

static const yz_route routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/count/{name}",
     .members = members,
     .apply = apply_count,
     .idempotent = true},
    {.method = YZ_METHOD_POST, .path = "/hold", .apply = apply_hold},
    {.method = YZ_METHOD_POST, .path = "/plain", .apply = apply_count},
    {.method = YZ_METHOD_POST, .path = "/fault/{how}", .apply = apply_fault},
    {.method = YZ_METHOD_POST,
     .path = "/alone",
     .apply = apply_alone,
     .idempotent = true,
     .alone = true},
    {.method = YZ_METHOD_POST,
     .path = "/later/{how}",
     .apply = apply_later,
     .finish = finish_later,
     .slow = true,
     .idempotent = true},
    {.method = YZ_METHOD_GET,
     .path = "/slow",
     .prepare = prepare_slow,
     .slow = true},
    {.method = YZ_METHOD_GET,
     .path = "/limit",
     .prepare = prepare_limit,
     .parameters = parameters},
    {.method = YZ_METHOD_GET, .path = "/mine", .signed_in = true},
    {.method = YZ_METHOD_GET,
     .path = "/secret",
     .prepare = prepare_slow,
     .operator_only = true},
    {.path = NULL},
};
static const yz_routes lists[] = {routes, NULL};
static const yz_tick ticks[] = {
    {.name = "test", .every_s = 3600, .run = tick},
    {.run = NULL},
};

static fixture f;

static int
start(void **state)
{
    (void)state;
    memset(&f, 0, sizeof(f));
    atomic_store(&ticked, 0);
    gate_close();
    if (scratch_make(f.dir) != 0) {
        return -1;
    }
    fixture_start(&f, lists, ticks, 8 + PARALLEL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    fixture_stop(&f);
    scratch_remove(f.dir);
    return 0;
}

static const yz_writer_counts *
counts(void)
{
    return yz_writer_counted(f.desk.writer);
}

/* Waits until so many exchanges were queued in all. */
static void
await_queued(unsigned long n)
{
    while (atomic_load(&counts()->queued) < n) {
        usleep(1000);
    }
}

static bool
has(const asking *a, const char *text)
{
    return strstr(a->reply, text) != NULL;
}

static void
test_requests_that_are_wrong_are_refused_before_the_queue(void **state)
{
    static const struct {
        const char *method, *path, *headers, *body;
        unsigned status;
        const char *says;
    } cases[] = {
        {"GET", "/nothing", "", NULL, 404, "path-unknown"},
        {"GET", "/count/%zz", "", NULL, 404, "path-unknown"},
        {"GET", "/secret", "", NULL, 404, "path-unknown"},
        {"GET", "/hold", "", NULL, 405, "Allow: POST\r\n"},
        {"PROPFIND", "/slow", "", NULL, 405, "Allow: GET, HEAD\r\n"},
        {"GET", "/limit?limit=1&limit=2", "", NULL, 400, "parameter-repeated"},
        {"GET", "/limit?other=1", "", NULL, 400, "parameter-unknown"},
        {"GET", "/limit?limit=%f", "", NULL, 400, "parameter-malformed"},
        {"GET", "/limit?limit=123", "", NULL, 200, "\"number\":3"},
        {"GET", "/slow", "", NULL, 200, "\"number\":3"},
        {"GET", "/mine", "", NULL, 401, "unauthenticated"},
        {"POST", "/hold", "", "{}", 400, "body-malformed"},
        {"POST", "/count/a", "", "{\"text\":\"a\"}", 400, "key-missing"},
        {"POST", "/count/a", "Idempotency-Key: a b\r\n", "{}", 400,
         "key-missing"},
        {"POST", "/count/a", "Idempotency-Key: a\r\n", "{", 400,
         "body-malformed"},
        {"POST", "/count/a", "Idempotency-Key: a\r\n", "{\"x\":1}", 400,
         "\"pointer\":\"/x\",\"code\":\"member-unknown\""},
        {"POST", "/count/a", "Idempotency-Key: a\r\n", "", 400,
         "body-malformed"},
    };
    asking a;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ask(&a, &f, cases[i].method, cases[i].path,
                             cases[i].headers, cases[i].body),
                         cases[i].status);
        assert_true(has(&a, cases[i].says));
        assert_true(has(&a, "Cache-Control: no-store\r\n"));
    }
    assert_int_equal(atomic_load(&counts()->queued), 1); /* /mine */
}

static void
test_what_is_queued_together_is_one_batch(void **state)
{
    static asking hold, a[PARALLEL];
    bool seen[PARALLEL + 1] = {false};

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    for (unsigned i = 0; i < PARALLEL; i++) {
        ask_start(&a[i], &f, "POST", "/plain", "", NULL);
    }
    await_queued(1 + PARALLEL);
    gate_open();
    assert_int_equal(ask_end(&hold), 200);
    for (unsigned i = 0; i < PARALLEL; i++) {
        unsigned number = 0;

        assert_int_equal(ask_end(&a[i]), 201);
        sscanf(strstr(a[i].reply, "\r\n\r\n"), "\r\n\r\n{\"number\":%u",
               &number);
        assert_in_range(number, 1, PARALLEL);
        assert_false(seen[number]);
        seen[number] = true;
    }
    assert_int_equal(atomic_load(&counts()->largest), PARALLEL);
    assert_int_equal(atomic_load(&counts()->batches), 2);
}

static void
test_a_fault_costs_only_its_own_request(void **state)
{
    static const struct {
        const char *path;
        unsigned status;
    } cases[] = {
        {"/plain", 201},      {"/fault/io", 500}, {"/plain", 201},
        {"/fault/full", 507}, {"/plain", 201},    {"/fault/busy", 503},
    };
    static asking hold, a[6];

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    for (unsigned i = 0; i < 6; i++) {
        ask_start(&a[i], &f, "POST", cases[i].path, "", NULL);
        await_queued(2 + i);
    }
    gate_open();
    assert_int_equal(ask_end(&hold), 200);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(ask_end(&a[i]), cases[i].status);
    }
    assert_true(has(&a[5], "Retry-After: "));
    assert_int_equal(atomic_load(&counts()->redone), 1);
    assert_int_equal(atomic_load(&counts()->failed), 3);
    /* Three succeeded before; what failed counted nothing. */
    assert_int_equal(ask(&a[0], &f, "POST", "/plain", "", NULL), 201);
    assert_true(has(&a[0], "{\"number\":4}"));
}

static void
test_a_full_queue_says_so(void **state)
{
    static asking hold, a[7 + PARALLEL], more;

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    for (unsigned i = 0; i < 7 + PARALLEL; i++) {
        ask_start(&a[i], &f, "POST", "/plain", "", NULL);
    }
    await_queued(8 + PARALLEL);
    assert_int_equal(ask(&more, &f, "POST", "/plain", "", NULL), 503);
    assert_true(has(&more, "writes-unavailable"));
    assert_true(has(&more, "Retry-After: 1\r\n"));
    /* What needs no store is answered all the same. */
    assert_int_equal(ask(&more, &f, "GET", "/limit", "", NULL), 200);
    gate_open();
    for (unsigned i = 0; i < 7 + PARALLEL; i++) {
        assert_int_equal(ask_end(&a[i]), 201);
    }
    assert_int_equal(ask_end(&hold), 200);
    assert_int_equal(ask(&more, &f, "POST", "/plain", "", NULL), 201);
    assert_int_equal(atomic_load(&counts()->refused), 1);
}

static void
test_one_that_runs_alone_stands_between_batches(void **state)
{
    static asking hold, a[5];
    static const char *const paths[] = {"/plain", "/plain", "/alone", "/plain",
                                        "/plain"};

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    for (unsigned i = 0; i < 5; i++) {
        ask_start(&a[i], &f, "POST", paths[i], "Idempotency-Key: k\r\n", NULL);
        await_queued(2 + i);
    }
    gate_open();
    assert_int_equal(ask_end(&hold), 200);
    for (unsigned i = 0; i < 5; i++) {
        char number[32];

        assert_int_equal(ask_end(&a[i]), 201);
        snprintf(number, sizeof(number), "{\"number\":%u}", i + 1);
        assert_true(has(&a[i], number));
    }
    assert_int_equal(
        ask(&a[0], &f, "POST", "/alone", "Idempotency-Key: k\r\n", NULL), 201);
    assert_true(has(&a[0], "{\"number\":3}"));
}

static void
test_what_was_accepted_is_answered_when_the_door_closes(void **state)
{
    static asking hold, a, late;

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    ask_start(&a, &f, "POST", "/plain", "", NULL);
    await_queued(2);
    yz_work_close(f.work);
    assert_int_equal(ask(&late, &f, "POST", "/plain", "", NULL), 503);
    gate_open();
    assert_int_equal(ask_end(&hold), 200);
    assert_int_equal(ask_end(&a), 201);
}

static void
test_a_body_that_comes_too_slowly_is_cut(void **state)
{
    static const char head[] = "POST /plain HTTP/1.1\r\nHost: t\r\n"
                               "Content-Length: 1000\r\n\r\n";
    int fd = fixture_connect(&f);
    unsigned sent = 0;

    (void)state;
    assert_int_equal(send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL),
                     sizeof(head) - 1);
    /* A byte now and then keeps no connection for ever: body_s is 2. */
    while (send(fd, "x", 1, MSG_NOSIGNAL) == 1 && sent < 600) {
        usleep(50000);
        sent++;
    }
    close(fd);
    assert_in_range(sent, 10, 599);
}

static void
test_ticks_run_until_there_is_no_more(void **state)
{
    (void)state;
    while (atomic_load(&ticked) < 3) {
        usleep(1000);
    }
}

static void
test_a_key_gets_its_first_answer(void **state)
{
    static const char key[] = "Idempotency-Key: k1\r\n";
    static asking first, a;

    (void)state;
    assert_int_equal(
        ask(&first, &f, "POST", "/count/a", key, "{\"text\":\"a\"}"), 201);
    assert_true(has(&first, "{\"number\":1}"));
    assert_int_equal(ask(&a, &f, "POST", "/count/a", key, "{\"text\":\"a\"}"),
                     201);
    assert_true(has(&a, "{\"number\":1}"));
    assert_true(has(&a, "Location: /count/1\r\n"));
    assert_int_equal(ask(&a, &f, "POST", "/count/a", key, "{\"text\":\"b\"}"),
                     422);
    assert_true(has(&a, "idempotency-key-reused"));
    /* Another path, another key. */
    assert_int_equal(ask(&a, &f, "POST", "/count/b", key, "{\"text\":\"a\"}"),
                     201);
    assert_true(has(&a, "{\"number\":2}"));
    assert_int_equal(ask(&a, &f, "POST", "/count/a", "Idempotency-Key: K1\r\n",
                         "{\"text\":\"a\"}"),
                     201);
    assert_true(has(&a, "{\"number\":3}"));
    /* It outlives the daemon. */
    fixture_stop(&f);
    fixture_start(&f, lists, ticks, 8);
    assert_int_equal(ask(&a, &f, "POST", "/count/a", key, "{\"text\":\"a\"}"),
                     201);
    assert_true(has(&a, "{\"number\":1}"));
}

static void
test_the_same_key_twice_at_once_is_done_once(void **state)
{
    static asking hold, a[PARALLEL];
    unsigned done = 0, running = 0;

    (void)state;
    ask_start(&hold, &f, "POST", "/hold", "", NULL);
    gate_await();
    for (unsigned i = 0; i < PARALLEL; i++) {
        ask_start(&a[i], &f, "POST", "/count/a", "Idempotency-Key: k\r\n",
                  "{\"text\":\"a\"}");
    }
    await_queued(1 + PARALLEL);
    gate_open();
    ask_end(&hold);
    for (unsigned i = 0; i < PARALLEL; i++) {
        unsigned status = ask_end(&a[i]);

        done += status == 201;
        running += status == 409 && has(&a[i], "Retry-After: 1\r\n");
    }
    assert_int_equal(done, 1);
    assert_int_equal(running, PARALLEL - 1);
}

static void
test_an_answer_after_the_commit_is_kept_too(void **state)
{
    static const char key[] = "Idempotency-Key: k\r\n";
    static asking first, a;

    (void)state;
    ask_start(&first, &f, "POST", "/later/here", key, NULL);
    gate_await();
    assert_int_equal(ask(&a, &f, "POST", "/later/here", key, NULL), 409);
    assert_true(has(&a, "request-running"));
    gate_open();
    assert_int_equal(ask_end(&first), 201);
    gate_close();
    assert_int_equal(ask(&a, &f, "POST", "/later/here", key, NULL), 201);
    assert_true(has(&a, "{\"number\":7}"));
    /* One that failed after the commit may be tried again. */
    gate_open();
    assert_int_equal(ask(&a, &f, "POST", "/later/away", key, NULL), 503);
    gate_close();
    ask_start(&first, &f, "POST", "/later/away", key, NULL);
    gate_await();
    gate_open();
    assert_int_equal(ask_end(&first), 503);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_requests_that_are_wrong_are_refused_before_the_queue),
        TEST(test_what_is_queued_together_is_one_batch),
        TEST(test_a_fault_costs_only_its_own_request),
        TEST(test_a_full_queue_says_so),
        TEST(test_one_that_runs_alone_stands_between_batches),
        TEST(test_what_was_accepted_is_answered_when_the_door_closes),
        TEST(test_a_body_that_comes_too_slowly_is_cut),
        TEST(test_ticks_run_until_there_is_no_more),
        TEST(test_a_key_gets_its_first_answer),
        TEST(test_the_same_key_twice_at_once_is_done_once),
        TEST(test_an_answer_after_the_commit_is_kept_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
