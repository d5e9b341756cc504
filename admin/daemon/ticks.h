/*
 * Work of the writer that no request asks for: what expires, what is purged.
 */
#ifndef YZ_DAEMON_TICKS_H
#define YZ_DAEMON_TICKS_H

#include "admin/identity/desk.h"

typedef struct {
    const char *name; /* for the error log */
    unsigned every_s; /* from one run to the next */
    /*
     * Runs inside a batch of its own, which is committed after it.  It does
     * a bounded piece of work (some hundred records) and sets *more when
     * there is more: then it runs again soon, after the requests that wait.
     * now_s is the batch's clock.
     */
    yz_status (*run)(yz_desk *desk, int64_t now_s, bool *more);
} yz_tick;

/* All of the daemon's; ended by run NULL. */
extern const yz_tick yz_ticks[];

#endif
