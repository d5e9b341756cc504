/*
 * An HTTP server on one unix socket: reads requests, hands each whole one to
 * the daemon, sends what it answers.  One thread of its own a server; it
 * waits for nothing but sockets, so a request that has to wait for the writer
 * is suspended.
 */
#ifndef YZ_HTTP_SERVER_H
#define YZ_HTTP_SERVER_H

#include "admin/http/exchange.h"

typedef struct yz_server yz_server;

typedef struct {
    int fd;          /* listening; the server closes it */
    bool operators;  /* from_operator of its requests */
    unsigned most;   /* connections at a time; others wait for one */
    unsigned body_s; /* a body that takes longer is cut */
    /*
     * Called in the server's thread with each whole request, and again after
     * each yz_server_resume() of it.  True: x has its answer (status not 0).
     * False: yz_server_suspend() was called, and whoever has x now will call
     * yz_server_resume().
     */
    bool (*step)(void *context, yz_exchange *x);
    void *context;
    /* A line for the error log; nothing personal in it. */
    void (*log)(const char *format, ...) __attribute__((format(printf, 1, 2)));
} yz_server_options;

/* YZ_OK, YZ_IO or YZ_NOMEM; on failure the socket is closed as well. */
yz_status yz_server_start(const yz_server_options *options, yz_server **server);

/* Before x is handed to another thread; and when it is given back. */
void yz_server_suspend(yz_exchange *x);
void yz_server_resume(yz_exchange *x);

/* Takes no more connections.  What is connected goes on. */
void yz_server_quiesce(yz_server *server);

/* Requests that were read whole and are worked on or answered. */
unsigned yz_server_active(const yz_server *server);

/* Ends it; the caller has waited for yz_server_active() as long as it likes,
   and no exchange is suspended.  NULL is allowed. */
void yz_server_stop(yz_server *server);

#endif
