/*
 * The server: libmicrohttpd with one thread and epoll.  A request lives in a
 * `request` from the first byte of its line to the last one of its answer.
 */
#include "admin/http/server.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <microhttpd.h>

#include "admin/http/route.h"

#define CONNECTION_MEMORY ((size_t)32 << 10) /* headers fit in it */
#define IDLE_S 75        /* of a connection; nginx closes its own after 60 */
#define ARENA_CHUNK 4096 /* most requests need one */
/* Of a body that is too large so much is read and dropped, because a client
   that is still sending would not see the answer. */
#define SWALLOWED_MAX ((size_t)1 << 20)

struct yz_server {
    yz_server_options options;
    struct MHD_Daemon *mhd;
    atomic_uint active;
};

typedef struct {
    yz_exchange x;
    yz_server *server;
    struct MHD_Connection *connection;
    char *uri;
    bool begun; /* headers are read */
    bool whole; /* and the body */
    bool too_large;
    bool hopeless; /* so large that nothing of it is read */
    size_t body_cap;
    size_t swallowed;
    int64_t begun_ms;
} request;

static int64_t
monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first that libmicrohttpd says of a request; NULL costs it a 500. */
static void *
on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    yz_server *server = context;
    request *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        return NULL;
    }
    r->server = server;
    r->connection = connection;
    r->x.arena = YZ_ARENA_OF(ARENA_CHUNK);
    r->x.from_operator = server->options.operators;
    r->uri = (char *)yz_arena_text(&r->x.arena, yz_span_of(uri));
    return r;
}

static void
on_completed(void *context, struct MHD_Connection *connection, void **own,
             enum MHD_RequestTerminationCode why)
{
    yz_server *server = context;
    request *r = *own;

    (void)connection;
    (void)why;
    if (r != NULL) {
        if (r->whole) {
            atomic_fetch_sub(&server->active, 1);
        }
        yz_arena_free(&r->x.arena);
        free(r);
        *own = NULL;
    }
}

/* Paths and queries are decoded by those who use them. */
static size_t
leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static const struct {
    const char *name;
    size_t at;
} headers[] = {
    {"Content-Type", offsetof(yz_exchange, content_type)},
    {"Accept", offsetof(yz_exchange, accept)},
    {"Authorization", offsetof(yz_exchange, authorization)},
    {"Cookie", offsetof(yz_exchange, cookie)},
    {"Idempotency-Key", offsetof(yz_exchange, idempotency_key)},
    {"Yizhan-Receipt", offsetof(yz_exchange, receipt)},
    {"Yizhan-Scan-Token", offsetof(yz_exchange, scan_token)},
    {"X-Real-IP", offsetof(yz_exchange, client)},
    {"Origin", offsetof(yz_exchange, origin)},
    {"Sec-Fetch-Site", offsetof(yz_exchange, fetch_site)},
    {"Host", offsetof(yz_exchange, host)},
    {"Yizhan-Operator", offsetof(yz_exchange, login)},
};

/* Values stay in the connection's memory until the answer is sent. */
static enum MHD_Result
on_header(void *context, enum MHD_ValueKind kind, const char *key,
          const char *value)
{
    request *r = context;

    (void)kind;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (strcasecmp(key, headers[i].name) == 0 && value != NULL) {
            yz_span *span = (yz_span *)((char *)&r->x + headers[i].at);

            *span = yz_span_of(value);
        }
    }
    return MHD_YES;
}

static unsigned
method_of(const char *text)
{
    static const struct {
        const char *text;
        yz_method method;
    } methods[] = {
        {"GET", YZ_METHOD_GET},     {"HEAD", YZ_METHOD_GET},
        {"POST", YZ_METHOD_POST},   {"PUT", YZ_METHOD_PUT},
        {"PATCH", YZ_METHOD_PATCH}, {"DELETE", YZ_METHOD_DELETE},
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(text, methods[i].text) == 0) {
            return methods[i].method;
        }
    }
    return 0;
}

/* Makes room for the body as its length is told; without one, for any. */
static bool
begin(request *r, const char *method)
{
    const char *length = MHD_lookup_connection_value(
        r->connection, MHD_HEADER_KIND, "Content-Length");
    const char *question = strchr(r->uri, '?');

    r->begun = true;
    r->begun_ms = monotonic_ms();
    r->x.method = method_of(method);
    r->x.path = yz_span_of(r->uri);
    if (question != NULL) {
        r->x.path.n = (size_t)(question - r->uri);
        r->x.query = yz_span_of(question + 1);
    }
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, on_header, r);
    if (!r->x.from_operator) {
        r->x.login = (yz_span){NULL, 0};
    }
    if (length != NULL) {
        unsigned long long n = strtoull(length, NULL, 10);

        r->too_large = n > YZ_BODY_MAX;
        r->hopeless = n > SWALLOWED_MAX;
        r->body_cap = r->too_large ? 0 : (size_t)n;
    } else if (MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                           "Transfer-Encoding") != NULL) {
        r->body_cap = YZ_BODY_MAX;
    }
    if (r->body_cap > 0) {
        r->x.body.p = yz_arena_alloc(&r->x.arena, r->body_cap);
    }
    return !r->x.arena.failed;
}

/* Takes a piece of the body; false cuts the connection. */
static bool
take_body(request *r, const char *bytes, size_t n)
{
    if (monotonic_ms() - r->begun_ms >
        (int64_t)r->server->options.body_s * 1000) {
        return false;
    }
    if (r->too_large || n > r->body_cap - r->x.body.n) {
        r->too_large = true;
        r->swallowed += n;
        return r->swallowed <= SWALLOWED_MAX;
    }
    memcpy((char *)r->x.body.p + r->x.body.n, bytes, n);
    r->x.body.n += n;
    return true;
}

static void
add_header(struct MHD_Response *response, const char *name, yz_exchange *x,
           yz_span value)
{
    if (value.n > 0) {
        MHD_add_response_header(response, name,
                                yz_arena_text(&x->arena, value));
    }
}

static void
add_allow(struct MHD_Response *response, unsigned allowed)
{
    char text[64];
    yz_out out;

    yz_out_init(&out, text, sizeof(text) - 1);
    yz_out_text(&out, allowed & YZ_METHOD_GET ? ", GET, HEAD" : "");
    yz_out_text(&out, allowed & YZ_METHOD_POST ? ", POST" : "");
    yz_out_text(&out, allowed & YZ_METHOD_PUT ? ", PUT" : "");
    yz_out_text(&out, allowed & YZ_METHOD_PATCH ? ", PATCH" : "");
    yz_out_text(&out, allowed & YZ_METHOD_DELETE ? ", DELETE" : "");
    text[out.n] = '\0';
    MHD_add_response_header(response, "Allow", text + 2);
}

static void
add_headers(struct MHD_Response *response, yz_exchange *x)
{
    char seconds[16];

    MHD_add_response_header(response, "Content-Type",
                            x->media == NULL ? "application/json" : x->media);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    add_header(response, "Location", x, x->location);
    add_header(response, "Set-Cookie", x, x->set_cookie[0]);
    add_header(response, "Set-Cookie", x, x->set_cookie[1]);
    if (x->retry_after_s > 0) {
        snprintf(seconds, sizeof(seconds), "%u", x->retry_after_s);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (x->status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, "WWW-Authenticate",
                                "Bearer realm=\"yizhan\"");
    }
    if (x->allowed != 0) {
        add_allow(response, x->allowed);
    }
}

/* The body lies in the exchange, which outlives the response. */
static enum MHD_Result
send_answer(request *r)
{
    yz_exchange *x = &r->x;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        x->out.n, x->out.p, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued;

    if (response == NULL) {
        return MHD_NO;
    }
    add_headers(response, x);
    queued = MHD_queue_response(r->connection, x->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result
send_problem(request *r, yz_problem_code code)
{
    return yz_exchange_problem(&r->x, code, NULL) == YZ_OK ? send_answer(r)
                                                           : MHD_NO;
}

/*
 * libmicrohttpd calls this when the headers are read, with each piece of the
 * body, when all is read, and after each resume.
 */
static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *url,
           const char *method, const char *version, const char *upload,
           size_t *upload_n, void **own)
{
    yz_server *server = context;
    request *r = *own;

    (void)connection;
    (void)url;
    (void)version;
    if (r == NULL || r->x.arena.failed) {
        return MHD_NO;
    }
    if (!r->begun) {
        if (!begin(r, method)) {
            return MHD_NO;
        }
        return r->hopeless ? send_problem(r, YZ_PROBLEM_BODY_TOO_LARGE)
                           : MHD_YES;
    }
    if (*upload_n > 0) {
        size_t n = *upload_n;

        *upload_n = 0;
        return take_body(r, upload, n) ? MHD_YES : MHD_NO;
    }
    if (r->too_large) {
        return send_problem(r, YZ_PROBLEM_BODY_TOO_LARGE);
    }
    if (!r->whole) {
        r->whole = true;
        atomic_fetch_add(&server->active, 1);
        r->x.now_s = (int64_t)time(NULL);
    }
    if (!server->options.step(server->options.context, &r->x)) {
        return MHD_YES; /* suspended; comes again */
    }
    return send_answer(r);
}

static void
on_log(void *context, const char *format, va_list arguments)
{
    /* Its texts may quote requests, so none of them is passed on. */
    (void)context;
    (void)format;
    (void)arguments;
}

yz_status
yz_server_start(const yz_server_options *options, yz_server **server)
{
    yz_server *s = calloc(1, sizeof(*s));

    *server = NULL;
    if (s == NULL) {
        close(options->fd);
        return YZ_NOMEM;
    }
    s->options = *options;
    s->mhd = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, options->fd,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_URI_LOG_CALLBACK,
        on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, options->most,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
    if (s->mhd == NULL) {
        close(options->fd);
        free(s);
        return YZ_IO;
    }
    *server = s;
    return YZ_OK;
}

static request *
request_of(yz_exchange *x)
{
    return (request *)((char *)x - offsetof(request, x));
}

void
yz_server_suspend(yz_exchange *x)
{
    MHD_suspend_connection(request_of(x)->connection);
}

void
yz_server_resume(yz_exchange *x)
{
    MHD_resume_connection(request_of(x)->connection);
}

void
yz_server_quiesce(yz_server *server)
{
    MHD_socket fd = MHD_quiesce_daemon(server->mhd);

    if (fd != MHD_INVALID_SOCKET) {
        close(fd);
    }
}

unsigned
yz_server_active(const yz_server *server)
{
    return atomic_load(&server->active);
}

void
yz_server_stop(yz_server *server)
{
    if (server != NULL) {
        MHD_stop_daemon(server->mhd);
        free(server);
    }
}
