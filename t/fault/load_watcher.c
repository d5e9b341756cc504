/*
 * load_watcher: reads answers while places are loaded, and checks that each
 * shows one load only and none an older one than an answer before it.  Run by
 * the tests of t/fault, one process and one thread; starts in main().
 *
 *   load_watcher SOCKET REQUESTS PLAN STOP ANSWERS CONNECTIONS DEPTH MODE
 *
 * SOCKET is nginx's Unix socket.  A line of REQUESTS is
 *   NAMES TAB ACCEPT TAB PATH
 * where the answer has the words "load N" NAMES times (0: at least once), all
 * with the same N.  PLAN lists the numbers in the order in which they come to
 * be served; some may never be seen.  An answer must not come from before what
 * any answer, read before it was asked for, came from.
 *
 * It ends when ANSWERS are read and the file STOP is there.  DEPTH requests
 * are on the way at once over each of CONNECTIONS connections.  MODE:
 *   keep    connections are kept; one that closes is a fault
 *   reopen  kept, but nginx may close one between two answers, as it does when
 *           a worker goes; what was not answered is asked again
 *   once    a connection for each request; DEPTH is 1
 *
 * Prints "answers A connections C numbers K" (K different places of PLAN were
 * seen) and exits 0, or "fault: ..." and exits 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS_MAX 256
#define CONNECTIONS_MAX 64
#define DEPTH_MAX 16
#define PLAN_MAX 65536
#define ANSWER_MAX (1 << 20)
#define LATE_S 240.0 /* of the whole run */
#define STALL_S 60   /* of one answer */

typedef enum { MODE_KEEP, MODE_REOPEN, MODE_ONCE } run_mode;

typedef struct {
    char text[512];
    size_t size;
    size_t names; /* 0: at least one */
} request;

typedef struct {
    int fd;
    size_t last;              /* place in the plan of its last answer */
    size_t asked[DEPTH_MAX];  /* requests on their way, by number */
    size_t floors[DEPTH_MAX]; /* what was seen when each was sent */
    size_t first, count;      /* of `asked`: not answered yet */
    size_t filled;            /* bytes in `buffer` */
    char *buffer;
} connection;

typedef struct {
    const char *socket_path;
    const char *stop_path;
    run_mode mode;
    request requests[REQUESTS_MAX];
    size_t request_count;
    unsigned long plan[PLAN_MAX];
    bool seen[PLAN_MAX];
    size_t plan_count;
    size_t newest; /* largest place in the plan that an answer came from */
    connection connections[CONNECTIONS_MAX];
    size_t connection_count, depth;
    size_t next; /* request to ask next */
    size_t wanted, answers, opened;
    double begin_s;
} watcher;

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((format(printf, 2, 3), noreturn)) static void
fault(const watcher *w, const char *format, ...)
{
    va_list arguments;

    printf("fault: after %zu answers: ", w->answers);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    exit(1);
}

static FILE *
open_list(const watcher *w, const char *path)
{
    FILE *in = fopen(path, "r");

    if (in == NULL) {
        fault(w, "%s: %s", path, strerror(errno));
    }
    return in;
}

static void
read_requests(watcher *w, const char *path)
{
    FILE *in = open_list(w, path);
    char line[512], accept[128], target[256];
    size_t names;

    while (w->request_count < REQUESTS_MAX && fgets(line, sizeof(line), in)) {
        request *made = &w->requests[w->request_count++];
        int n;

        if (sscanf(line, "%zu\t%127[^\t]\t%255[^\n]", &names, accept, target) !=
            3) {
            fault(w, "not a request: %s", line);
        }
        n = snprintf(made->text, sizeof(made->text),
                     "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n%s"
                     "\r\n",
                     target, accept,
                     w->mode == MODE_ONCE ? "Connection: close\r\n" : "");
        if (n < 0 || (size_t)n >= sizeof(made->text)) {
            fault(w, "a request is too long: %s", line);
        }
        made->size = (size_t)n;
        made->names = names;
    }
    fclose(in);
    if (w->request_count == 0) {
        fault(w, "no requests in %s", path);
    }
}

static void
read_plan(watcher *w, const char *path)
{
    FILE *in = open_list(w, path);

    while (w->plan_count < PLAN_MAX &&
           fscanf(in, "%lu", &w->plan[w->plan_count]) == 1) {
        w->plan_count++;
    }
    fclose(in);
}

static void
connection_open(watcher *w, connection *con)
{
    const struct timeval stall = {STALL_S, 0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(w->socket_path) >= sizeof(address.sun_path)) {
        fault(w, "the socket's path is too long");
    }
    memcpy(address.sun_path, w->socket_path, strlen(w->socket_path) + 1);
    con->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (con->fd < 0 ||
        connect(con->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        fault(w, "connect: %s", strerror(errno));
    }
    if (setsockopt(con->fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall)) !=
            0 ||
        setsockopt(con->fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof(stall)) !=
            0) {
        fault(w, "setsockopt: %s", strerror(errno));
    }
    con->filled = 0;
    w->opened++;
}

/* Sends all that is not answered; false when the connection has closed. */
static bool
send_asked(watcher *w, connection *con)
{
    char text[DEPTH_MAX * sizeof(w->requests[0].text)];
    size_t size = 0, done = 0;

    for (size_t i = 0; i < con->count; i++) {
        size_t at = (con->first + i) % DEPTH_MAX;
        const request *asked = &w->requests[con->asked[at]];

        con->floors[at] = w->newest;
        memcpy(text + size, asked->text, asked->size);
        size += asked->size;
    }
    while (done < size) {
        ssize_t n = write(con->fd, text + done, size - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            if (errno == EPIPE || errno == ECONNRESET) {
                return false;
            }
            fault(w, "write: %s", strerror(errno));
        }
        done += (size_t)n;
    }
    return true;
}

/* A connection that nginx has closed between two answers. */
static void
reopen(watcher *w, connection *con)
{
    int tries = 0;

    do {
        if (w->mode != MODE_REOPEN || tries++ == 10) {
            fault(w, "connection closed with %zu requests on the way",
                  con->count);
        }
        close(con->fd);
        connection_open(w, con);
    } while (!send_asked(w, con));
}

static void
ask(watcher *w, connection *con)
{
    if (w->mode == MODE_ONCE) {
        connection_open(w, con);
    }
    while (con->count < w->depth) {
        con->asked[(con->first + con->count) % DEPTH_MAX] = w->next;
        con->count++;
        w->next = (w->next + 1) % w->request_count;
    }
    if (!send_asked(w, con)) {
        reopen(w, con);
    }
}

/* Reads more of the answers; false when the connection has closed. */
static bool
read_more(watcher *w, connection *con)
{
    for (;;) {
        ssize_t n;

        if (con->filled == ANSWER_MAX) {
            fault(w, "an answer is too large");
        }
        n = read(con->fd, con->buffer + con->filled, ANSWER_MAX - con->filled);
        if (n > 0) {
            con->filled += (size_t)n;
            return true;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0 || errno == ECONNRESET) {
            return false;
        }
        fault(w, "read: %s", strerror(errno));
    }
}

/* The size of the whole answer in front of the buffer; 0: not known yet. */
static size_t
answer_size(const watcher *w, const connection *con, size_t *head_size)
{
    static const char length_name[] = "\r\nContent-Length: ";
    const char *end = memmem(con->buffer, con->filled, "\r\n\r\n", 4);
    const char *length;

    if (end == NULL) {
        return 0;
    }
    *head_size = (size_t)(end - con->buffer) + 4;
    if (memcmp(con->buffer, "HTTP/1.1 200 ", 13) != 0) {
        fault(w, "%.*s", (int)(con->filled < 1500 ? con->filled : (size_t)1500),
              con->buffer);
    }
    length =
        memmem(con->buffer, *head_size, length_name, sizeof(length_name) - 1);
    if (length == NULL) {
        fault(w, "no Content-Length: %.*s", (int)*head_size, con->buffer);
    }
    return *head_size + strtoul(length + sizeof(length_name) - 1, NULL, 10);
}

/* The one load that all names of the body are of. */
static unsigned long
number_of(const watcher *w, const request *asked, const char *body, size_t size)
{
    static const char mark[] = "load ";
    const char *end = body + size, *at = body;
    unsigned long number = 0;
    size_t names = 0;

    while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) !=
           NULL) {
        unsigned long found = 0;

        for (at += sizeof(mark) - 1; at < end && *at >= '0' && *at <= '9';
             at++) {
            found = found * 10 + (unsigned long)(*at - '0');
        }
        if (names++ > 0 && found != number) {
            fault(w, "loads %lu and %lu in one answer to %.*s", number, found,
                  (int)strcspn(asked->text, "\r"), asked->text);
        }
        number = found;
    }
    if (names == 0 || (asked->names != 0 && names != asked->names)) {
        fault(w, "%zu names instead of %zu in the answer to %.*s: %.*s", names,
              asked->names, (int)strcspn(asked->text, "\r"), asked->text,
              (int)(size < 500 ? size : (size_t)500), body);
    }
    return number;
}

/* Finds the number in the plan, at `floor` or later. */
static size_t
place_in_plan(const watcher *w, unsigned long number, size_t floor)
{
    for (size_t i = floor; i < w->plan_count; i++) {
        if (w->plan[i] == number) {
            return i;
        }
    }
    fault(w, "load %lu after load %lu", number, w->plan[floor]);
}

static void
check_answer(watcher *w, connection *con, size_t head_size, size_t size)
{
    const request *asked = &w->requests[con->asked[con->first]];
    size_t floor = con->floors[con->first];
    unsigned long number =
        number_of(w, asked, con->buffer + head_size, size - head_size);

    floor = con->last > floor ? con->last : floor;
    con->last = place_in_plan(w, number, floor);
    w->seen[con->last] = true;
    w->newest = con->last > w->newest ? con->last : w->newest;
    con->first = (con->first + 1) % DEPTH_MAX;
    con->count--;
    w->answers++;
    memmove(con->buffer, con->buffer + size, con->filled - size);
    con->filled -= size;
}

/* Reads the answers to all that is on its way. */
static void
read_answers(watcher *w, connection *con)
{
    while (con->count > 0) {
        size_t head_size = 0;
        size_t size = answer_size(w, con, &head_size);

        if (size > 0 && size <= con->filled) {
            check_answer(w, con, head_size, size);
        } else if (!read_more(w, con)) {
            if (con->filled > 0) {
                fault(w,
                      "connection closed within an answer, after %zu "
                      "bytes of %zu",
                      con->filled, size);
            }
            reopen(w, con);
        }
    }
    if (w->mode == MODE_ONCE) {
        if (con->filled > 0 || read_more(w, con)) {
            fault(w, "more bytes than an answer");
        }
        close(con->fd);
    }
}

static void
run(watcher *w)
{
    while (w->answers < w->wanted || access(w->stop_path, F_OK) != 0) {
        for (size_t i = 0; i < w->connection_count; i++) {
            ask(w, &w->connections[i]);
        }
        for (size_t i = 0; i < w->connection_count; i++) {
            read_answers(w, &w->connections[i]);
        }
        if (now_s() - w->begin_s > LATE_S) {
            fault(w, "%zu answers take too long", w->wanted);
        }
    }
}

static size_t
number_argument(const watcher *w, const char *text, size_t most)
{
    unsigned long number = strtoul(text, NULL, 10);

    if (number < 1 || number > most) {
        fault(w, "%s is not from 1 to %zu", text, most);
    }
    return number;
}

static void
prepare(watcher *w, char **arguments)
{
    w->begin_s = now_s();
    w->socket_path = arguments[0];
    w->stop_path = arguments[3];
    w->wanted = number_argument(w, arguments[4], 100000000);
    w->connection_count = number_argument(w, arguments[5], CONNECTIONS_MAX);
    w->depth = number_argument(w, arguments[6], DEPTH_MAX);
    w->mode = strcmp(arguments[7], "once") == 0     ? MODE_ONCE
              : strcmp(arguments[7], "reopen") == 0 ? MODE_REOPEN
                                                    : MODE_KEEP;
    if (w->mode == MODE_ONCE && w->depth != 1) {
        fault(w, "one request for each connection means a depth of 1");
    }
    read_requests(w, arguments[1]);
    read_plan(w, arguments[2]);
    for (size_t i = 0; i < w->connection_count; i++) {
        w->connections[i].buffer = malloc(ANSWER_MAX);
        if (w->connections[i].buffer == NULL) {
            fault(w, "no memory");
        }
        if (w->mode != MODE_ONCE) {
            connection_open(w, &w->connections[i]);
        }
    }
}

int
main(int argc, char **argv)
{
    static watcher w;
    size_t numbers = 0;

    if (argc != 9) {
        fputs("usage: load_watcher SOCKET REQUESTS PLAN STOP ANSWERS "
              "CONNECTIONS DEPTH keep|reopen|once\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prepare(&w, argv + 1);
    run(&w);
    for (size_t i = 0; i < w.plan_count; i++) {
        numbers += w.seen[i];
    }
    printf("answers %zu connections %zu numbers %zu\n", w.answers, w.opened,
           numbers);
    for (size_t i = 0; i < w.connection_count; i++) {
        free(w.connections[i].buffer);
    }
    return 0;
}
