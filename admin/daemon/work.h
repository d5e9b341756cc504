/*
 * The way of an exchange through the daemon: route, checks and `prepare` in
 * the server's thread (or a helper's, where it is slow), `apply` in the
 * writer, `finish`, answer.
 */
#ifndef YZ_DAEMON_WORK_H
#define YZ_DAEMON_WORK_H

#include "admin/daemon/writer.h"
#include "admin/http/server.h"

typedef struct yz_work yz_work;

typedef struct {
    yz_desk *desk;
    const yz_routes *routes; /* lists, ended by NULL */
    const yz_tick *ticks;    /* ended by run NULL; NULL for none */
    unsigned queue_max;      /* as yz_writer_options */
    unsigned batch_max;
} yz_work_options;

/* Starts the writer and the helpers; desk->writer is set.  YZ_OK, YZ_NOMEM or
   YZ_IO. */
yz_status yz_work_start(const yz_work_options *options, yz_work **work);

/* For yz_server_options; the context is the yz_work. */
bool yz_work_step(void *context, yz_exchange *x);

/* From now on new requests get 503; those under way are finished. */
void yz_work_close(yz_work *work);

/*
 * Waits until nothing is under way, then ends helpers and writer.  Servers
 * still run and get 503; once they are stopped, yz_work_free().  NULL is
 * allowed in both.
 */
void yz_work_stop(yz_work *work);
void yz_work_free(yz_work *work);

#endif
