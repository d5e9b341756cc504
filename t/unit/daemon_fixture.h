/*
 * A daemon in the test's own process: store, vault, writer and a server on a
 * unix socket, with routes of the test's own; and a client for it.
 */
#ifndef YZ_T_UNIT_DAEMON_FIXTURE_H
#define YZ_T_UNIT_DAEMON_FIXTURE_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/daemon/sockets.h"
#include "admin/daemon/work.h"
#include "admin/identity/settings.h"
#include "t/unit/scratch_dir.h"

#define REPLY_SIZE 16384

typedef struct {
    char dir[SCRATCH_SIZE];
    yz_settings *settings;
    yz_desk desk;
    yz_work *work;
    yz_server *server;
} fixture;

static inline void
fixture_start(fixture *f, const yz_routes *routes, const yz_tick *ticks,
              unsigned queue_max)
{
    yz_work_options work = {
        .desk = &f->desk,
        .routes = routes,
        .ticks = ticks,
        .queue_max = queue_max,
        .batch_max = 256,
    };
    yz_server_options server = {.most = 256, .body_s = 2, .step = yz_work_step};
    yz_settings_error settings_error;
    yz_store_error error;

    assert_int_equal(yz_store_open(f->dir, 0, &f->desk.store, &error), YZ_OK);
    assert_int_equal(yz_vault_open(f->dir, &f->desk.vault), YZ_OK);
    assert_int_equal(
        yz_settings_parse(YZ_SPAN(""), f->dir, &f->settings, &settings_error),
        YZ_OK);
    f->desk.settings = f->settings;
    f->desk.dir = f->dir;
    assert_int_equal(yz_work_start(&work, &f->work), YZ_OK);
    server.context = f->work;
    assert_int_equal(yz_socket_listen(f->dir, "t.sock", false, &server.fd),
                     YZ_OK);
    assert_int_equal(yz_server_start(&server, &f->server), YZ_OK);
}

static inline void
fixture_stop(fixture *f)
{
    yz_work_stop(f->work);
    while (yz_server_active(f->server) > 0) {
        usleep(1000);
    }
    yz_server_stop(f->server);
    yz_work_free(f->work);
    yz_vault_close(f->desk.vault);
    yz_store_close(f->desk.store);
    yz_settings_free(f->settings);
    f->work = NULL;
}

/* One request of a client, and what it got. */
typedef struct {
    const fixture *f;
    const char *method;
    const char *path;
    const char *headers; /* lines with \r\n, or "" */
    const char *body;    /* NULL: none */
    unsigned status;     /* 0: cut */
    char reply[REPLY_SIZE];
    pthread_t thread;
} asking;

static inline int
fixture_connect(const fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/t.sock",
             f->dir);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        return -1;
    }
    return fd;
}

static inline size_t
fixture_read_all(int fd, char *at, size_t cap)
{
    size_t n = 0;
    ssize_t got;

    while (n < cap - 1 && (got = read(fd, at + n, cap - 1 - n)) > 0) {
        n += (size_t)got;
    }
    at[n] = '\0';
    return n;
}

static inline void *
ask_thread(void *argument)
{
    asking *a = argument;
    size_t n = a->body == NULL ? 0 : strlen(a->body);
    int fd = fixture_connect(a->f);
    char *text = NULL;
    int size =
        asprintf(&text,
                 "%s %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n"
                 "%s%sContent-Length: %zu\r\n\r\n%s",
                 a->method, a->path, a->headers,
                 a->body == NULL ? "" : "Content-Type: application/json\r\n", n,
                 a->body == NULL ? "" : a->body);

    a->status = 0;
    a->reply[0] = '\0';
    if (fd >= 0 && size > 0 &&
        send(fd, text, (size_t)size, MSG_NOSIGNAL) == size) {
        fixture_read_all(fd, a->reply, sizeof(a->reply));
        if (sscanf(a->reply, "HTTP/1.1 %u", &a->status) != 1) {
            a->status = 0;
        }
    }
    free(text);
    if (fd >= 0) {
        close(fd);
    }
    return NULL;
}

static inline void
ask_start(asking *a, const fixture *f, const char *method, const char *path,
          const char *headers, const char *body)
{
    *a = (asking){.f = f,
                  .method = method,
                  .path = path,
                  .headers = headers,
                  .body = body};
    assert_int_equal(pthread_create(&a->thread, NULL, ask_thread, a), 0);
}

static inline unsigned
ask_end(asking *a)
{
    assert_int_equal(pthread_join(a->thread, NULL), 0);
    return a->status;
}

static inline unsigned
ask(asking *a, const fixture *f, const char *method, const char *path,
    const char *headers, const char *body)
{
    ask_start(a, f, method, path, headers, body);
    return ask_end(a);
}

#endif
