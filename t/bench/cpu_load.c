/*
 * cpu_load: sends requests over keep-alive connections and tells what CPU
 * time they cost the serving processes.  Run by scripts/bench, one process
 * and one thread, on another core than the server; starts in main().
 *
 *   cpu_load --port P --paths FILE --requests N [--warm N] [--seed S]
 *            [--connections C] [--accept TYPE] --pids PID,PID...
 *   cpu_load --port P --paths FILE --check N [--dump FILE] [--accept TYPE]
 *
 * The first form draws paths uniformly (one of FILE a line, without host),
 * sends --warm requests that do not count, then N that do, and prints
 *   LOAD requests N errors N bytes N seconds S cpu_seconds S busy B
 *        per_cpu_second R clock schedstat|ticks
 * busy is CPU seconds over seconds: near 1 when the server's core is full.
 * An error is an answer other than 200 or a connection closed before the
 * answer's end; an answer without Content-Length ends the run.
 *
 * The second form reads the first N paths once, in order, and prints
 *   CHECK paths N errors N bytes N least N most N checksum H
 * with a checksum over all bodies and the size of the smallest and largest.
 * --dump writes what was read, a line "path TAB ETag TAB body" each (JSON has
 * no raw tabs and line ends), for the peers that serve the same answers.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cpu_time.h"

#define CONNECTIONS_MAX 512
#define PIDS_MAX 64
#define ANSWER_MAX (1 << 20)
#define RECONNECTS_MAX 1000

typedef struct {
    char *text;
    size_t length;
    int path_length; /* the path starts at text + 4 */
} request;

typedef struct {
    int fd;
    size_t filled;   /* bytes of the answer in `buffer` */
    size_t expected; /* size of the whole answer; 0 until its head is there */
    size_t head;     /* size of its head */
    bool failed;     /* its status or its head is an error */
    char *buffer;
} connection;

typedef struct {
    const char *paths;
    const char *accept;
    const char *dump;
    int port;
    size_t requests;
    size_t warm;
    size_t check;
    int connections;
    uint64_t seed;
    int pids[PIDS_MAX];
    int pids_count;
} options;

typedef struct {
    request *requests;
    size_t requests_count;
    connection connections[CONNECTIONS_MAX];
    int connections_count;
    int port;
    int epoll;
    uint64_t random;
    size_t to_send;
    size_t done;
    size_t errors;
    size_t reconnects;
    uint64_t bytes;
} client;

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "cpu_load: %s: %s\n", what, name);
    exit(2);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
random_next(uint64_t *state)
{
    uint64_t z;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* FNV-1a, 64 bit. */
static uint64_t
checksum(uint64_t hash, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static double
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reads the paths and makes each into the bytes of a request. */
static void
requests_read(client *c, const options *o)
{
    FILE *file = fopen(o->paths, "r");
    char line[4096], text[8192];
    size_t room = 0;

    if (file == NULL) {
        die("cannot read", o->paths);
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t length;

        line[strcspn(line, "\r\n")] = '\0';
        length = (size_t)snprintf(text, sizeof(text),
                                  "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                                  "Accept: %s\r\n\r\n",
                                  line, o->port, o->accept);
        if (c->requests_count == room) {
            room = room == 0 ? 1024 : room * 2;
            c->requests = realloc(c->requests, room * sizeof(*c->requests));
        }
        if (c->requests == NULL) {
            die("no memory for", o->paths);
        }
        c->requests[c->requests_count++] =
            (request){strdup(text), length, (int)strlen(line)};
    }
    fclose(file);
    if (c->requests_count == 0) {
        die("no paths in", o->paths);
    }
}

static void
connection_open(client *c, connection *con)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)c->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = con};
    int one = 1;

    con->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (con->fd < 0 ||
        connect(con->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        die("cannot connect to", "the server");
    }
    setsockopt(con->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    epoll_ctl(c->epoll, EPOLL_CTL_ADD, con->fd, &event);
    if (con->buffer == NULL) {
        con->buffer = malloc(ANSWER_MAX);
    }
    if (con->buffer == NULL) {
        die("no memory for", "a connection");
    }
}

static void
request_send(connection *con, const request *req)
{
    con->filled = con->expected = con->head = 0;
    con->failed = false;

    /* A request is far smaller than a socket's buffer. */
    if (send(con->fd, req->text, req->length, MSG_NOSIGNAL) !=
        (ssize_t)req->length) {
        die("cannot send", req->text);
    }
}

static void
request_send_any(client *c, connection *con)
{
    size_t i =
        (size_t)(((random_next(&c->random) >> 32) * c->requests_count) >> 32);

    c->to_send--;
    request_send(con, &c->requests[i]);
}

/* Once the head is there: learns the answer's size and its status. */
static void
head_read(connection *con)
{
    static const char length_name[] = "\r\nContent-Length: ";
    const char *end = memmem(con->buffer, con->filled, "\r\n\r\n", 4);
    const char *length;

    if (end == NULL) {
        return;
    }
    con->head = (size_t)(end - con->buffer) + 4;
    length =
        memmem(con->buffer, con->head, length_name, sizeof(length_name) - 1);
    con->failed = memcmp(con->buffer + 9, "200", 3) != 0;
    con->expected = con->head;
    if (length == NULL) {
        die("an answer without Content-Length", "");
    }
    con->expected += strtoul(length + sizeof(length_name) - 1, NULL, 10);
    if (con->expected > ANSWER_MAX) {
        die("an answer is too large", "");
    }
}

/*
 * Reads what came.  True when the answer is whole; *closed says that the
 * connection ended first.
 */
static bool
answer_read(connection *con, bool *closed)
{
    ssize_t n =
        recv(con->fd, con->buffer + con->filled, ANSWER_MAX - con->filled, 0);

    *closed = n <= 0;
    if (n <= 0) {
        return false;
    }
    con->filled += (size_t)n;
    if (con->expected == 0) {
        head_read(con);
    }
    return con->expected != 0 && con->filled >= con->expected;
}

/* One event: counts a whole answer and sends the next request. */
static void
connection_event(client *c, connection *con)
{
    bool closed;

    if (answer_read(con, &closed)) {
        c->done++;
        c->errors += con->failed ? 1 : 0;
        c->bytes += con->filled - con->head;
    } else if (closed) {
        c->done++;
        c->errors++;
        if (++c->reconnects > RECONNECTS_MAX) {
            die("too many connections closed by", "the server");
        }
        close(con->fd);
        connection_open(c, con);
    } else {
        return;
    }
    if (c->to_send > 0) {
        request_send_any(c, con);
    }
}

/* Sends `count` requests and waits for all their answers. */
static void
load_run(client *c, size_t count)
{
    struct epoll_event events[CONNECTIONS_MAX];

    c->to_send = count;
    c->done = c->errors = 0;
    c->bytes = 0;
    for (int i = 0; i < c->connections_count && c->to_send > 0; i++) {
        request_send_any(c, &c->connections[i]);
    }
    time_t answered = time(NULL);
    while (c->done < count) {
        /* Never asleep: to wake a sleeper would be charged to the server, the
           more often the slower it is. */
        int n = epoll_wait(c->epoll, events, CONNECTIONS_MAX, 0);

        if (n < 0 || (n == 0 && time(NULL) - answered > 10)) {
            die("no answer in 10 seconds from", "the server");
        }
        answered = n > 0 ? time(NULL) : answered;
        for (int i = 0; i < n; i++) {
            connection_event(c, events[i].data.ptr);
        }
    }
}

static void
load_measure(client *c, const options *o)
{
    bool schedstat = true;
    double wall, cpu;

    load_run(c, o->warm);
    wall = seconds_now();
    cpu = cpu_time_of(o->pids, o->pids_count, &schedstat);
    load_run(c, o->requests);
    cpu = cpu_time_of(o->pids, o->pids_count, &schedstat) - cpu;
    wall = seconds_now() - wall;

    printf("LOAD requests %zu errors %zu bytes %llu seconds %.3f "
           "cpu_seconds %.3f busy %.2f per_cpu_second %.0f clock %s\n",
           c->done, c->errors, (unsigned long long)c->bytes, wall, cpu,
           cpu / wall, cpu > 0 ? (double)c->done / cpu : 0.0,
           schedstat ? "schedstat" : "ticks");
}

/* Reads one answer whole over a blocking connection. */
static void
check_one(client *c, connection *con, const request *req)
{
    bool closed = false;

    request_send(con, req);
    while (!answer_read(con, &closed)) {
        if (closed) {
            con->failed = true;
            con->filled = con->head = 0;
            close(con->fd);
            connection_open(c, con);
            return;
        }
    }
}

static void
dump_one(FILE *dump, const connection *con, const request *req)
{
    static const char etag_name[] = "\r\nETag: ";
    const char *etag =
        memmem(con->buffer, con->head, etag_name, sizeof(etag_name) - 1);
    int etag_length = 0;

    if (etag != NULL) {
        etag += sizeof(etag_name) - 1;
        etag_length = (int)strcspn(etag, "\r");
    }
    fprintf(dump, "%.*s\t%.*s\t", req->path_length, req->text + 4, etag_length,
            etag == NULL ? "" : etag);
    fwrite(con->buffer + con->head, 1, con->filled - con->head, dump);
    fputc('\n', dump);
}

static void
check_run(client *c, const options *o)
{
    connection *con = &c->connections[0];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t count = o->check < c->requests_count ? o->check : c->requests_count;
    size_t least = SIZE_MAX, most = 0;
    FILE *dump = o->dump == NULL ? NULL : fopen(o->dump, "w");

    if (o->dump != NULL && dump == NULL) {
        die("cannot write", o->dump);
    }
    for (size_t i = 0; i < count; i++) {
        size_t size;

        check_one(c, con, &c->requests[i]);
        size = con->filled - con->head;
        c->errors += con->failed ? 1 : 0;
        c->bytes += size;
        least = size < least ? size : least;
        most = size > most ? size : most;
        hash = checksum(hash, con->buffer + con->head, size);
        if (dump != NULL && !con->failed) {
            dump_one(dump, con, &c->requests[i]);
        }
    }
    if (dump != NULL && fclose(dump) != 0) {
        die("cannot write", o->dump);
    }
    printf("CHECK paths %zu errors %zu bytes %llu least %zu most %zu "
           "checksum %016llx\n",
           count, c->errors, (unsigned long long)c->bytes, least, most,
           (unsigned long long)hash);
}

static void
pids_read(options *o, const char *list)
{
    while (*list != '\0') {
        char *end;

        if (o->pids_count == PIDS_MAX) {
            die("too many processes", list);
        }
        o->pids[o->pids_count++] = (int)strtol(list, &end, 10);
        list = *end == ',' ? end + 1 : "";
    }
}

static void
options_read(options *o, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];

        if (strcmp(name, "--port") == 0) {
            o->port = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--paths") == 0) {
            o->paths = value;
        } else if (strcmp(name, "--accept") == 0) {
            o->accept = value;
        } else if (strcmp(name, "--dump") == 0) {
            o->dump = value;
        } else if (strcmp(name, "--requests") == 0) {
            o->requests = strtoul(value, NULL, 10);
        } else if (strcmp(name, "--warm") == 0) {
            o->warm = strtoul(value, NULL, 10);
        } else if (strcmp(name, "--check") == 0) {
            o->check = strtoul(value, NULL, 10);
        } else if (strcmp(name, "--seed") == 0) {
            o->seed = strtoull(value, NULL, 10);
        } else if (strcmp(name, "--connections") == 0) {
            o->connections = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--pids") == 0) {
            pids_read(o, value);
        } else {
            die("no such option", name);
        }
    }
    if (argc % 2 == 0 || o->port == 0 || o->paths == NULL ||
        (o->check == 0 && (o->requests == 0 || o->pids_count == 0)) ||
        o->connections < 1 || o->connections > CONNECTIONS_MAX) {
        die("usage", "see the top of t/bench/cpu_load.c");
    }
}

int
main(int argc, char **argv)
{
    static client c;
    options o = {
        .accept = "application/geo+json", .connections = 64, .seed = 1};

    options_read(&o, argc, argv);
    c.port = o.port;
    c.random = o.seed;
    c.connections_count = o.check > 0 ? 1 : o.connections;
    c.epoll = epoll_create1(0);
    requests_read(&c, &o);
    for (int i = 0; i < c.connections_count; i++) {
        connection_open(&c, &c.connections[i]);
    }
    if (o.check > 0) {
        check_run(&c, &o);
    } else {
        load_measure(&c, &o);
    }
    return c.errors == 0 ? 0 : 1;
}
