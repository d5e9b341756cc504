/*
 * write_load: rates places over keep-alive connections, one request at a time
 * on each, and tells how many were acknowledged and how long each took.  Run
 * by scripts/bench, one process and one thread; starts in main().
 *
 *   write_load (--port P | --unix PATH) --tokens FILE --seconds S
 *              [--connections C] [--rate R] [--seed N]
 *
 * FILE has a line "place id TAB scan token" each.  Every request is by a
 * device of its own, with a key of its own, and rates a place drawn from
 * FILE.  --rate sends so many a second at most.  Prints
 *   WRITE requests N errors N seconds S per_second R p50_ms M p99_ms M
 * An error is an answer other than 201, or a connection that was closed.
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
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 512
#define ANSWER_MAX 16384
#define LATENCIES_MAX 4000000
#define PATIENCE_S 30

typedef struct {
    char id[80];
    char token[80];
} target;

typedef struct {
    int fd;
    bool busy;
    size_t filled;
    double sent_s;
    char buffer[ANSWER_MAX];
} connection;

typedef struct {
    const char *unix_path;
    int port;
    const char *tokens;
    double seconds;
    double rate; /* 0: as fast as answers come */
    int connections;
    uint64_t seed;
} options;

typedef struct {
    const options *o;
    target *targets;
    size_t target_count;
    connection *connections;
    int epoll;
    uint64_t random;
    uint64_t sent;
    uint64_t done;
    uint64_t errors;
    float *latencies_ms;
} client;

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "write_load: %s: %s\n", what, name);
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

static double
seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
targets_read(client *c)
{
    FILE *file = fopen(c->o->tokens, "r");
    target one;
    size_t room = 0;

    if (file == NULL) {
        die("cannot read", c->o->tokens);
    }
    while (fscanf(file, "%79s %79s", one.id, one.token) == 2) {
        if (c->target_count == room) {
            room = room == 0 ? 1024 : room * 2;
            c->targets = realloc(c->targets, room * sizeof(*c->targets));
        }
        if (c->targets == NULL) {
            die("no memory for", c->o->tokens);
        }
        c->targets[c->target_count++] = one;
    }
    fclose(file);
    if (c->target_count == 0) {
        die("nothing in", c->o->tokens);
    }
}

static int
connect_any(const options *o)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)o->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int one = 1;
    int fd = socket(o->unix_path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

    if (o->unix_path != NULL) {
        snprintf(un.sun_path, sizeof(un.sun_path), "%s", o->unix_path);
        if (connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0) {
            die("cannot connect to", o->unix_path);
        }
        return fd;
    }
    if (connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0) {
        die("cannot connect to", "the server");
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static void
connection_open(client *c, connection *con)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = con};

    con->fd = connect_any(c->o);
    con->busy = false;
    epoll_ctl(c->epoll, EPOLL_CTL_ADD, con->fd, &event);
}

static void
rate_one(client *c, connection *con)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const target *at = &c->targets[random_next(&c->random) % c->target_count];
    char device[23], body[256], text[1024];
    int body_size, size, i;

    for (i = 0; i < 21; i++) {
        device[i] = letters[random_next(&c->random) % 64];
    }
    device[21] = 'A'; /* the last of 22 characters has four bits to spare */
    device[22] = '\0';
    body_size =
        snprintf(body, sizeof(body), "{\"score\":%d,\"scan_token\":\"%s\"}",
                 1 + (int)(random_next(&c->random) % 5), at->token);
    size = snprintf(text, sizeof(text),
                    "POST /v1/places/%s/ratings HTTP/1.1\r\n"
                    "Host: localhost\r\nContent-Type: application/json\r\n"
                    "Cookie: yz_device=%s\r\nIdempotency-Key: %s\r\n"
                    "Content-Length: %d\r\n\r\n%s",
                    at->id, device, device, body_size, body);
    con->filled = 0;
    con->busy = true;
    con->sent_s = seconds_now();
    c->sent++;
    if (send(con->fd, text, (size_t)size, MSG_NOSIGNAL) != size) {
        die("cannot send to", "the server");
    }
}

/* The size of the whole answer; 0 until its head is there. */
static size_t
answer_size(connection *con)
{
    const char *end, *length;

    con->buffer[con->filled] = '\0';
    end = strstr(con->buffer, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    length = strcasestr(con->buffer, "\r\nContent-Length: ");
    if (length == NULL || length > end) {
        die("an answer without", "Content-Length");
    }
    return (size_t)(end + 4 - con->buffer) + strtoul(length + 18, NULL, 10);
}

static void
count(client *c, const connection *con)
{
    if (c->done < LATENCIES_MAX) {
        c->latencies_ms[c->done] = (float)((seconds_now() - con->sent_s) * 1e3);
    }
    c->done++;
    if (strncmp(con->buffer + 9, "201", 3) != 0 && c->errors++ == 0) {
        fprintf(stderr, "write_load: %s\n", con->buffer);
    }
}

static void
connection_event(client *c, connection *con)
{
    ssize_t n = recv(con->fd, con->buffer + con->filled,
                     ANSWER_MAX - 1 - con->filled, 0);
    size_t whole;

    if (n <= 0) {
        c->done += con->busy;
        c->errors += con->busy;
        close(con->fd);
        connection_open(c, con);
        return;
    }
    con->filled += (size_t)n;
    whole = answer_size(con);
    if (whole != 0 && con->filled >= whole) {
        count(c, con);
        con->busy = false;
    }
}

/* How many may be sent by now. */
static uint64_t
allowed(const client *c, double elapsed_s)
{
    return c->o->rate > 0 ? (uint64_t)(elapsed_s * c->o->rate) : UINT64_MAX;
}

static double
load_run(client *c)
{
    struct epoll_event events[CONNECTIONS_MAX];
    double begin_s = seconds_now(), elapsed_s = 0, answered_s = begin_s;

    while (elapsed_s < c->o->seconds || c->done < c->sent) {
        int i, n;

        for (i = 0; i < c->o->connections && elapsed_s < c->o->seconds; i++) {
            if (!c->connections[i].busy && c->sent < allowed(c, elapsed_s)) {
                rate_one(c, &c->connections[i]);
            }
        }
        n = epoll_wait(c->epoll, events, CONNECTIONS_MAX, 1);
        for (i = 0; i < n; i++) {
            connection_event(c, events[i].data.ptr);
        }
        answered_s = n > 0 ? seconds_now() : answered_s;
        elapsed_s = seconds_now() - begin_s;
        if (c->done < c->sent && seconds_now() - answered_s > PATIENCE_S) {
            die("no answer from", "the server");
        }
    }
    return elapsed_s;
}

static int
compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

static void
options_read(options *o, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];

        if (strcmp(name, "--port") == 0) {
            o->port = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--unix") == 0) {
            o->unix_path = value;
        } else if (strcmp(name, "--tokens") == 0) {
            o->tokens = value;
        } else if (strcmp(name, "--seconds") == 0) {
            o->seconds = strtod(value, NULL);
        } else if (strcmp(name, "--rate") == 0) {
            o->rate = strtod(value, NULL);
        } else if (strcmp(name, "--connections") == 0) {
            o->connections = (int)strtol(value, NULL, 10);
        } else if (strcmp(name, "--seed") == 0) {
            o->seed = strtoull(value, NULL, 10);
        } else {
            die("no such option", name);
        }
    }
    if (argc % 2 == 0 || o->tokens == NULL || o->seconds <= 0 ||
        (o->port == 0) == (o->unix_path == NULL) || o->connections < 1 ||
        o->connections > CONNECTIONS_MAX) {
        die("usage", "see the top of t/bench/write_load.c");
    }
}

int
main(int argc, char **argv)
{
    static client c;
    options o = {.connections = 64, .seed = 1};
    size_t measured;
    double elapsed_s;

    options_read(&o, argc, argv);
    c.o = &o;
    c.random = o.seed * 0x9e3779b9u + (uint64_t)getpid();
    c.epoll = epoll_create1(0);
    c.latencies_ms = malloc(LATENCIES_MAX * sizeof(float));
    c.connections = calloc((size_t)o.connections, sizeof(*c.connections));
    if (c.latencies_ms == NULL || c.connections == NULL) {
        die("no memory for", "the connections");
    }
    targets_read(&c);
    for (int i = 0; i < o.connections; i++) {
        connection_open(&c, &c.connections[i]);
    }
    elapsed_s = load_run(&c);
    measured = c.done < LATENCIES_MAX ? c.done : LATENCIES_MAX;
    qsort(c.latencies_ms, measured, sizeof(float), compare_floats);
    printf("WRITE requests %llu errors %llu seconds %.3f per_second %.0f "
           "p50_ms %.2f p99_ms %.2f\n",
           (unsigned long long)c.done, (unsigned long long)c.errors, elapsed_s,
           (double)(c.done - c.errors) / elapsed_s,
           measured > 0 ? (double)c.latencies_ms[measured / 2] : 0.0,
           measured > 0 ? (double)c.latencies_ms[measured * 99 / 100] : 0.0);
    return c.errors == 0 ? 0 : 1;
}
