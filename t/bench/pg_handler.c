/*
 * pg_handler: the least that can stand behind the same HTTP as yizhan's
 * daemon with PostgreSQL as its store.  A rating is one INSERT in a
 * transaction of its own, prepared, on a connection that the thread keeps;
 * no token is checked and no answer kept.  Run by scripts/bench:
 *
 *   pg_handler SOCKET CONNINFO
 *
 * One thread for each connection of nginx's (libmicrohttpd), as many
 * connections to PostgreSQL.  Starts in main(), ends by SIGTERM.
 */
#include <libpq-fe.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BODY_MAX 1024

typedef struct {
    char body[BODY_MAX + 1];
    size_t n;
} request;

static const char *conninfo;

static PGconn *
connection(void)
{
    static _Thread_local PGconn *kept;
    PGresult *result;

    if (kept != NULL) {
        return kept;
    }
    kept = PQconnectdb(conninfo);
    result = PQprepare(kept, "rate",
                       "INSERT INTO ratings (place, device, day, score) "
                       "VALUES ($1, $2, 20000, $3::int)",
                       3, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        fprintf(stderr, "pg_handler: %s", PQerrorMessage(kept));
        exit(1);
    }
    PQclear(result);
    return kept;
}

/* True when the rating is committed. */
static int
insert(const char *url, const char *device, const request *r)
{
    char place[80] = "", score[2] = "";
    const char *at = strstr(r->body, "\"score\":");
    const char *values[] = {place, device, score};
    PGresult *result;
    int done;

    if (at == NULL || device == NULL ||
        sscanf(url, "/v1/places/%79[^/]", place) != 1) {
        return 0;
    }
    score[0] = at[8];
    result = PQexecPrepared(connection(), "rate", 3, values, NULL, NULL, 0);
    done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return done;
}

static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status)
{
    static char body[] = "{\"status\":\"done\"}";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        sizeof(body) - 1, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued;

    MHD_add_response_header(response, "Content-Type", "application/json");
    queued = MHD_queue_response(c, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result
handle(void *context, struct MHD_Connection *c, const char *url,
       const char *method, const char *version, const char *data, size_t *size,
       void **own)
{
    request *r = *own;
    const char *device;

    (void)context;
    (void)method;
    (void)version;
    if (r == NULL) {
        *own = calloc(1, sizeof(*r));
        return *own == NULL ? MHD_NO : MHD_YES;
    }
    if (*size > 0) {
        if (r->n + *size > BODY_MAX) {
            return MHD_NO;
        }
        memcpy(r->body + r->n, data, *size);
        r->n += *size;
        *size = 0;
        return MHD_YES;
    }
    device = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Idempotency-Key");
    return answer(c, insert(url, device, r) ? 201 : 500);
}

static void
forget(void *context, struct MHD_Connection *c, void **own,
       enum MHD_RequestTerminationCode why)
{
    (void)context;
    (void)c;
    (void)why;
    free(*own);
    *own = NULL;
}

static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(path, 0666) != 0 || listen(fd, 512) != 0) {
        perror("pg_handler");
        exit(1);
    }
    return fd;
}

int
main(int argc, char **argv)
{
    struct MHD_Daemon *daemon;
    sigset_t ends;
    int signal_number;

    if (argc != 3) {
        fputs("usage: pg_handler SOCKET CONNINFO\n", stderr);
        return 2;
    }
    conninfo = argv[2];
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
                                  MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL,
                              0, NULL, NULL, handle, NULL,
                              MHD_OPTION_LISTEN_SOCKET, listen_at(argv[1]),
                              MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
                              MHD_OPTION_CONNECTION_LIMIT, 512, MHD_OPTION_END);
    if (daemon == NULL) {
        fputs("pg_handler: cannot start\n", stderr);
        return 1;
    }
    sigwait(&ends, &signal_number);
    _exit(0);
}
