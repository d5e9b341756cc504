/*
 * Threads for steps that wait for another server (login hook, relay), so that
 * neither the server's thread nor the writer ever does.
 */
#ifndef YZ_DAEMON_HELPERS_H
#define YZ_DAEMON_HELPERS_H

#include "admin/http/exchange.h"

typedef struct yz_helpers yz_helpers;

/* `run` is called in one of `threads` threads with each exchange pushed.
   YZ_OK, YZ_NOMEM or YZ_IO. */
yz_status yz_helpers_start(unsigned threads,
                           void (*run)(void *context, yz_exchange *x),
                           void *context, yz_helpers **helpers);

/* Any thread.  What waits is bounded by the places of the writer's queue. */
void yz_helpers_push(yz_helpers *helpers, yz_exchange *x);

/* Does what waits, then ends the threads.  NULL is allowed. */
void yz_helpers_stop(yz_helpers *helpers);

#endif
