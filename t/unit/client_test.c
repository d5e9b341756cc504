/*
 * What this protects: commands that ask the daemon.  A missing daemon is told
 * apart from one that says no, a problem becomes one readable line, and a
 * daemon that goes away in the middle is asked again under the same key, so
 * that nothing is done twice and nothing is lost.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin/command/client.h"
#include "t/unit/scratch_dir.h"

#define REQUESTS_MAX 4
#define PATH_SIZE 512

/* A daemon of few words: each request gets the next of its answers. */
typedef struct {
    char dir[PATH_SIZE];
    int fd;
    pthread_t thread;
    const char *const *answers; /* NULL at the end; "" hangs up */
    char got[REQUESTS_MAX][4096];
    size_t count;
} talker;

static void
say(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Reads until the head and as much body as Content-Length says are there. */
static void
hear(int fd, char *into, size_t size)
{
    size_t used = 0;

    for (;;) {
        const char *end, *length;
        ssize_t n = read(fd, into + used, size - 1 - used);

        if (n <= 0) {
            return;
        }
        used += (size_t)n;
        into[used] = '\0';
        end = strstr(into, "\r\n\r\n");
        length = strstr(into, "Content-Length: ");
        if (end != NULL &&
            (length == NULL ||
             strlen(end + 4) >= strtoul(length + 16, NULL, 10))) {
            return;
        }
    }
}

static void *
talk(void *context)
{
    talker *t = context;

    for (t->count = 0; t->answers[t->count] != NULL; t->count++) {
        int fd = accept(t->fd, NULL, NULL);

        if (fd < 0) {
            return NULL;
        }
        hear(fd, t->got[t->count], sizeof(t->got[0]));
        say(fd, t->answers[t->count]);
        close(fd);
    }
    return NULL;
}

static void
start(talker *t, const char *dir, const char *const *answers)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char run[PATH_SIZE + 8];
    char back[PATH_SIZE];

    memset(t, 0, sizeof(*t));
    t->answers = answers;
    snprintf(t->dir, sizeof(t->dir), "%s", dir);
    assert_true(snprintf(run, sizeof(run), "%s/run", dir) > 0);
    assert_int_equal(mkdir(run, 0700), 0);
    t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(t->fd >= 0);
    assert_non_null(getcwd(back, sizeof(back)));
    assert_int_equal(chdir(run), 0);
    strcpy(name.sun_path, "operator.sock");
    assert_int_equal(bind(t->fd, (struct sockaddr *)&name, sizeof(name)), 0);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(listen(t->fd, 4), 0);
    if (answers != NULL) {
        assert_int_equal(pthread_create(&t->thread, NULL, talk, t), 0);
    }
}

static void
stop(talker *t)
{
    if (t->answers != NULL) {
        assert_int_equal(pthread_join(t->thread, NULL), 0);
    }
    close(t->fd);
}

static yz_status
ask(const char *dir, const char *method, const char *body,
    yz_client_answer *answer, yz_refusal *refusal)
{
    refusal->text[0] = '\0';
    return yz_client_ask(&(yz_client_request){.dir = dir,
                                              .method = method,
                                              .path = "/operator/x?a=%20b",
                                              .body = yz_span_of(body)},
                         answer, refusal);
}

static void
no_daemon_is_told_apart(void **state)
{
    char dir[PATH_SIZE];
    yz_client_answer answer;
    yz_refusal refusal;
    talker t;

    (void)state;
    assert_int_equal(scratch_make(dir), 0);
    assert_int_equal(ask(dir, "GET", "", &answer, &refusal), YZ_NOT_FOUND);
    assert_non_null(strstr(refusal.text, "no daemon"));
    yz_client_answer_free(&answer);
    /* A socket that nobody listens at any more. */
    start(&t, dir, NULL);
    stop(&t);
    assert_int_equal(ask(dir, "POST", "{}", &answer, &refusal), YZ_NOT_FOUND);
    yz_client_answer_free(&answer);
    scratch_remove(dir);
}

static void
an_answer_is_read(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 201 Created\r\nLocation: /v1/x/7\r\nContent-Length: 62\r\n"
        "\r\n{\"text\":\"\xe5\xa5\xbd\",\"number\":12,\"yes\":true,"
        "\"list\":[{\"a\":1},{\"a\":2}]}",
        NULL};
    char dir[PATH_SIZE];
    yz_client_answer answer;
    yz_refusal refusal;
    const yz_reply *list;
    talker t;

    (void)state;
    assert_int_equal(scratch_make(dir), 0);
    start(&t, dir, answers);
    assert_int_equal(ask(dir, "POST", "{\"b\":1}", &answer, &refusal), YZ_OK);
    stop(&t);
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.location, "/v1/x/7");
    assert_string_equal(yz_reply_text(answer.json, "text"), "\xe5\xa5\xbd");
    assert_int_equal(yz_reply_integer(answer.json, "number", -1), 12);
    assert_int_equal(yz_reply_integer(answer.json, "none", -1), -1);
    assert_true(yz_reply_boolean(answer.json, "yes"));
    list = yz_reply_member(answer.json, "list");
    assert_int_equal(yz_reply_count(list), 2);
    assert_int_equal(yz_reply_integer(yz_reply_at(list, 1), "a", 0), 2);
    assert_null(yz_reply_at(list, 2));
    assert_string_equal(yz_reply_text(NULL, "x"), "");
    yz_client_answer_free(&answer);
    assert_non_null(strstr(t.got[0], "POST /operator/x?a=%20b HTTP/1.1\r\n"));
    assert_non_null(strstr(t.got[0], "\r\nYizhan-Operator: "));
    assert_non_null(strstr(t.got[0], "\r\nIdempotency-Key: "));
    assert_non_null(strstr(t.got[0], "\r\n\r\n{\"b\":1}"));
    scratch_remove(dir);
}

static void
a_problem_becomes_one_line(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 400 Bad Request\r\n"
        "Content-Type: application/problem+json\r\nConnection: close\r\n\r\n"
        "{\"code\":\"body-invalid\",\"detail\":\"\xe9\x94\x99\",\"errors\":["
        "{\"pointer\":\"/score\",\"code\":\"range\",\"detail\":\"1..5\"},"
        "{\"parameter\":\"limit\",\"code\":\"range\"}]}",
        NULL};
    char dir[PATH_SIZE];
    yz_client_answer answer;
    yz_refusal refusal;
    talker t;

    (void)state;
    assert_int_equal(scratch_make(dir), 0);
    start(&t, dir, answers);
    assert_int_equal(ask(dir, "GET", "", &answer, &refusal), YZ_BAD_INPUT);
    stop(&t);
    assert_int_equal(answer.status, 400);
    assert_string_equal(yz_client_problem_code(&answer), "body-invalid");
    assert_string_equal(refusal.text, "\xe9\x94\x99 (body-invalid); "
                                      "/score: 1..5; limit: range");
    assert_null(strstr(t.got[0], "Idempotency-Key"));
    yz_client_answer_free(&answer);
    scratch_remove(dir);
}

/* The value of the header with the request's key. */
static const char *
key_of(const char *request)
{
    const char *at = strstr(request, "Idempotency-Key: ");

    assert_non_null(at);
    return at + strlen("Idempotency-Key: ");
}

static void
a_lost_answer_is_asked_for_again_under_the_same_key(void **state)
{
    static const char *const answers[] = {
        "",
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
        "Content-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 3}", NULL};
    char dir[PATH_SIZE];
    yz_client_answer answer;
    yz_refusal refusal;
    talker t;

    (void)state;
    assert_int_equal(scratch_make(dir), 0);
    start(&t, dir, answers);
    assert_int_equal(ask(dir, "POST", "", &answer, &refusal), YZ_OK);
    stop(&t);
    assert_int_equal(t.count, 3);
    assert_int_equal(yz_reply_integer(answer.json, "a", 0), 3);
    assert_memory_equal(key_of(t.got[0]), key_of(t.got[1]), 32);
    assert_memory_equal(key_of(t.got[0]), key_of(t.got[2]), 32);
    yz_client_answer_free(&answer);
    scratch_remove(dir);
}

static void
a_directory_may_have_a_long_name(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 204 No Content\r\n\r\n",
                                          NULL};
    char scratch[SCRATCH_SIZE];
    char dir[PATH_SIZE];
    yz_client_answer answer;
    yz_refusal refusal;
    talker t;

    (void)state;
    assert_int_equal(scratch_make(scratch), 0);
    snprintf(dir, sizeof(dir), "%s/%0150d", scratch, 7);
    assert_int_equal(mkdir(dir, 0700), 0);
    start(&t, dir, answers);
    assert_int_equal(ask(dir, "DELETE", "", &answer, &refusal), YZ_OK);
    stop(&t);
    assert_int_equal(answer.status, 204);
    assert_null(answer.json);
    yz_client_answer_free(&answer);
    scratch_remove(scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_daemon_is_told_apart),
        cmocka_unit_test(an_answer_is_read),
        cmocka_unit_test(a_problem_becomes_one_line),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_under_the_same_key),
        cmocka_unit_test(a_directory_may_have_a_long_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
