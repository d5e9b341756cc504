/*
 * Asks the daemon over its operators' socket, with libcurl.  Used by every
 * command that lets the daemon do the work.
 */
#include "admin/command/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "admin/command/commands.h"
#include "core/out.h"

#define RUN_DIR "run"
#define SOCKET_NAME "operator.sock"
#define SOCKET_PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)
#define TIMEOUT_S 60
#define TRIES 10
#define PAUSE_MS 500
#define KEY_BYTES 16
#define KEY_SIZE (2 * KEY_BYTES + 1)
#define HEADER_SIZE 512
#define ERRORS_TOLD 8

/* One request on its way. */
typedef struct {
    const yz_client_request *request;
    yz_client_answer *answer;
    yz_refusal *refusal;
    char socket[SOCKET_PATH_SIZE];
    char key[KEY_SIZE];
    int run_fd; /* of DIR/run */
    struct curl_slist *headers;
    bool no_memory;
} call;

/*
 * Names the socket by the descriptor of its directory: the path of a socket
 * has 107 bytes, that of a data directory may have more.
 */
static yz_status
find_socket(const char *dir, int *run_fd, char name[static SOCKET_PATH_SIZE])
{
    char path[4096];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/" RUN_DIR, dir);

    if (n < 0 || (size_t)n >= sizeof(path)) {
        return YZ_NOT_FOUND;
    }
    *run_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*run_fd < 0 || fstatat(*run_fd, SOCKET_NAME, &st, 0) != 0) {
        return errno == EACCES ? YZ_DENIED : YZ_NOT_FOUND;
    }
    snprintf(name, SOCKET_PATH_SIZE, "/proc/self/fd/%d/" SOCKET_NAME, *run_fd);
    return YZ_OK;
}

bool
yz_client_finds(const char *dir)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int run_fd = -1;
    int fd = -1;
    bool found = false;

    if (find_socket(dir, &run_fd, name.sun_path) == YZ_OK) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        /* EAGAIN: there is one, and many others ask it. */
        found = fd >= 0 &&
                (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0 ||
                 errno == EAGAIN);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (run_fd >= 0) {
        close(run_fd);
    }
    return found;
}

static yz_status
draw_key(call *c)
{
    uint8_t random[KEY_BYTES];
    yz_out out;

    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return YZ_IO;
    }
    yz_out_init(&out, c->key, sizeof(c->key));
    yz_out_hex(&out, random, sizeof(random));
    c->key[KEY_SIZE - 1] = '\0';
    return YZ_OK;
}

/* Appends a header; what would break its line is left out of the value. */
static void
add_header(call *c, const char *name, yz_span value)
{
    char line[HEADER_SIZE];
    struct curl_slist *grown;
    int n = snprintf(line, sizeof(line), "%s: ", name);

    for (size_t i = 0; i < value.n && (size_t)n + 1 < sizeof(line); i++) {
        if ((unsigned char)value.p[i] > ' ' && value.p[i] != 0x7f) {
            line[n++] = value.p[i];
        }
    }
    line[n] = '\0';
    grown = curl_slist_append(c->headers, line);
    c->no_memory = c->no_memory || grown == NULL;
    c->headers = grown == NULL ? c->headers : grown;
}

static void
add_headers(call *c)
{
    const yz_client_request *request = c->request;
    bool post = strcmp(request->method, "POST") == 0;

    add_header(c, "Yizhan-Operator", yz_command_actor());
    add_header(c, "Accept", YZ_SPAN("application/json"));
    if (post) {
        add_header(c, "Idempotency-Key",
                   yz_span_of(request->key != NULL ? request->key : c->key));
    }
    if (request->receipt != NULL) {
        add_header(c, "Yizhan-Receipt", yz_span_of(request->receipt));
    }
    if (request->body.n > 0) {
        add_header(c, "Content-Type", YZ_SPAN("application/json"));
    }
    /* A body goes out at once, without asking whether it may. */
    add_header(c, "Expect", YZ_SPAN(""));
}

static size_t
take_body(char *bytes, size_t unit, size_t count, void *context)
{
    call *c = context;
    yz_client_answer *answer = c->answer;
    size_t n = unit * count;
    char *grown;

    if (n > YZ_CLIENT_ANSWER_MAX - answer->size) {
        return 0;
    }
    grown = realloc(answer->body, answer->size + n + 1);
    if (grown == NULL) {
        c->no_memory = true;
        return 0;
    }
    answer->body = grown;
    memcpy(grown + answer->size, bytes, n);
    answer->size += n;
    grown[answer->size] = '\0';
    return n;
}

static size_t
take_header(char *bytes, size_t unit, size_t count, void *context)
{
    static const char name[] = "location:";
    yz_client_answer *answer = ((call *)context)->answer;
    size_t n = unit * count;
    size_t at = sizeof(name) - 1;
    size_t used = 0;

    if (n > at && strncasecmp(bytes, name, at) == 0) {
        for (; at < n && used + 1 < sizeof(answer->location); at++) {
            if ((unsigned char)bytes[at] > ' ') {
                answer->location[used++] = bytes[at];
            }
        }
        answer->location[used] = '\0';
    }
    return n;
}

void
yz_client_answer_free(yz_client_answer *answer)
{
    yz_reply_free(answer->json);
    free(answer->body);
    *answer = (yz_client_answer){0};
}

static void
set_options(call *c, CURL *curl, const char *url)
{
    const yz_client_request *request = c->request;
    long timeout_s = request->timeout_s > 0 ? request->timeout_s : TIMEOUT_S;

    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->socket);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, c);
    if (request->body.n > 0 || strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)request->body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         request->body.n > 0 ? request->body.p : "");
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* What one attempt came to; *again: another one may go better. */
static yz_status
judge(call *c, CURL *curl, CURLcode code, bool *again)
{
    long error = 0;
    long status = 0;

    *again = false;
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (c->no_memory || code == CURLE_OUT_OF_MEMORY) {
        return YZ_NOMEM;
    }
    switch (code) {
    case CURLE_OK:
        c->answer->status = (unsigned)status;
        *again = status == 503;
        return YZ_OK;
    case CURLE_COULDNT_CONNECT:
        *again = error == EAGAIN;
        return error == EACCES ? YZ_DENIED : *again ? YZ_BUSY : YZ_NOT_FOUND;
    case CURLE_OPERATION_TIMEDOUT:
        return YZ_BUSY;
    default:
        /* It went away in between; who knows whether it has done it. */
        *again = true;
        return YZ_IO;
    }
}

static yz_status
ask_once(call *c, CURL *curl, const char *url, bool *again)
{
    yz_client_answer_free(c->answer);
    set_options(c, curl, url);
    return judge(c, curl, curl_easy_perform(curl), again);
}

/*
 * A daemon that was met once is waited for, as it is started again: its socket
 * may be missing for a moment then.
 */
static yz_status
ask_until(call *c, CURL *curl, const char *url)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    yz_status status = YZ_BUSY;
    bool met = false;
    bool again = true;

    for (int i = 0; again && i < TRIES; i++) {
        if (i > 0) {
            nanosleep(&pause, NULL);
        }
        status = ask_once(c, curl, url, &again);
        again = again || (met && status == YZ_NOT_FOUND);
        met = met || status != YZ_NOT_FOUND;
    }
    return met && status == YZ_NOT_FOUND ? YZ_IO : status;
}

const char *
yz_client_problem_code(const yz_client_answer *answer)
{
    return answer->status < 400 ? "" : yz_reply_text(answer->json, "code");
}

/* "; /score: 应为 1 到 5" for the first few members that are wrong. */
static void
tell_errors(const yz_reply *errors, char *line, size_t size)
{
    size_t used = 0;

    line[0] = '\0';
    for (size_t i = 0; i < yz_reply_count(errors) && i < ERRORS_TOLD; i++) {
        const yz_reply *error = yz_reply_at(errors, i);
        const char *where = yz_reply_text(error, "pointer");
        const char *what = yz_reply_text(error, "detail");
        int n;

        where = *where != '\0' ? where : yz_reply_text(error, "parameter");
        what = *what != '\0' ? what : yz_reply_text(error, "code");
        n = snprintf(line + used, size - used, "; %s: %s", where, what);
        if (n < 0 || (size_t)n >= size - used) {
            line[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}

static yz_status
tell_problem(call *c)
{
    const yz_client_answer *answer = c->answer;
    const char *code = yz_client_problem_code(answer);
    const char *detail = yz_reply_text(answer->json, "detail");
    char errors[YZ_REFUSAL_SIZE];

    tell_errors(yz_reply_member(answer->json, "errors"), errors,
                sizeof(errors));
    detail = *detail != '\0' ? detail : yz_reply_text(answer->json, "title");
    if (*code == '\0') {
        yz_refuse(c->refusal, "the daemon answered %u", answer->status);
    } else {
        yz_refuse(c->refusal, "%s (%s)%s", detail, code, errors);
    }
    return answer->status == 503 ? YZ_BUSY : YZ_BAD_INPUT;
}

/* The line for a request that got no answer. */
static yz_status
tell_failure(call *c, yz_status status)
{
    switch (status) {
    case YZ_NOT_FOUND:
        yz_refuse(c->refusal, "no daemon serves %s (scripts/run starts it)",
                  c->request->dir);
        break;
    case YZ_DENIED:
        yz_refuse(c->refusal, "this user may not speak to the daemon of %s",
                  c->request->dir);
        break;
    case YZ_BUSY:
        yz_refuse(c->refusal, "the daemon of %s does not answer",
                  c->request->dir);
        break;
    case YZ_IO:
        yz_refuse(c->refusal,
                  "the daemon of %s went away; whether it has done this is "
                  "not known",
                  c->request->dir);
        break;
    default:
        yz_refuse(c->refusal, "asking the daemon: %s", yz_status_text(status));
    }
    return status;
}

static yz_status
run_call(call *c)
{
    char url[4096];
    CURL *curl = NULL;
    yz_status status = find_socket(c->request->dir, &c->run_fd, c->socket);
    int n = snprintf(url, sizeof(url), "http://yizhan%s", c->request->path);

    if (status == YZ_OK) {
        status = n < 0 || (size_t)n >= sizeof(url) ? YZ_FULL : draw_key(c);
    }
    if (status == YZ_OK) {
        add_headers(c);
        curl = c->no_memory ? NULL : curl_easy_init();
        status = curl == NULL ? YZ_NOMEM : ask_until(c, curl, url);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(c->headers);
    if (c->run_fd >= 0) {
        close(c->run_fd);
    }
    return status;
}

yz_status
yz_client_ask(const yz_client_request *request, yz_client_answer *answer,
              yz_refusal *refusal)
{
    call c = {
        .request = request, .answer = answer, .refusal = refusal, .run_fd = -1};
    yz_status status;

    *answer = (yz_client_answer){0};
    status = run_call(&c);
    if (status != YZ_OK) {
        return tell_failure(&c, status);
    }
    answer->json = answer->body == NULL ? NULL : yz_reply_parse(answer->body);
    return answer->status >= 200 && answer->status < 300 ? YZ_OK
                                                         : tell_problem(&c);
}

bool
yz_client_is_shown(const yz_client_answer *answer)
{
    const char *why = yz_reply_text(answer->json, "why");

    if (*why == '\0') {
        return true;
    }
    fprintf(stderr,
            "yizhan: batch %lld is stored; readers see it after the next "
            "command that writes\n"
            "yizhan: cannot show the batch: %s\n",
            (long long)yz_reply_integer(answer->json, "batch", 0), why);
    return false;
}

void
yz_client_nothing_changed(const yz_client_answer *answer, yz_status status,
                          const yz_refusal *refusal)
{
    const char *why = yz_reply_text(answer->json, "detail");

    if (status != YZ_BAD_INPUT || *why == '\0') {
        fprintf(stderr, "yizhan: %s\n", refusal->text);
        return;
    }
    fprintf(stderr, "yizhan: nothing was changed: %s\n", why);
    if (answer->status == 507) {
        fputs("yizhan: there is no room; the data from before keeps "
              "serving\n",
              stderr);
    }
}

int
yz_client_failed(const yz_refusal *refusal)
{
    fprintf(stderr, "yizhan: %s\n", refusal->text);
    return YZ_EXIT_REFUSED;
}
