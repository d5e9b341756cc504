/*
 * The writer: a bounded queue and the one thread that touches the store.  It
 * takes all that is queued, applies it in order inside one batch, commits
 * once, and gives the exchanges back.  While it commits, the next ones queue.
 */
#ifndef YZ_DAEMON_WRITER_H
#define YZ_DAEMON_WRITER_H

#include "admin/daemon/ticks.h"
#include "admin/identity/desk.h"
#include <stdatomic.h>

typedef struct yz_writer yz_writer;

/* What one exchange wants of the store; x->route->alone decides whether it
   runs inside the batch or with none open.  Statuses as those of yz_step. */
typedef yz_status yz_writer_apply(void *context, yz_exchange *x);
/*
 * Its batch is on disk, or it has failed and x->status says so.  Called in
 * the writer's thread; must not wait.
 */
typedef void yz_writer_done(void *context, yz_exchange *x);

typedef struct {
    yz_desk *desk;
    unsigned queue_max;   /* exchanges that hold a place at a time */
    unsigned batch_max;   /* exchanges of one batch */
    const yz_tick *ticks; /* ended by run NULL; NULL for none */
    yz_writer_apply *apply;
    yz_writer_done *done;
    void *context;
} yz_writer_options;

#define YZ_WRITER_SIZES 10

/* For tests and for operators; read without a lock. */
typedef struct {
    atomic_ulong queued;   /* exchanges that were pushed */
    atomic_ulong batches;  /* commits that succeeded, of requests */
    atomic_ulong requests; /* exchanges in them */
    atomic_ulong largest;  /* batch */
    atomic_ulong redone;   /* batches that were done again one by one */
    atomic_ulong failed;   /* exchanges that a failure of the system cost */
    atomic_ulong refused;  /* exchanges that found no place in the queue */
    /* batches of 1, 2, up to 4, 8, 16, 32, 64, 128, 256, more */
    atomic_ulong sizes[YZ_WRITER_SIZES];
} yz_writer_counts;

/* YZ_OK, YZ_NOMEM or YZ_IO.  The desk's store is the writer's from now on. */
yz_status yz_writer_start(const yz_writer_options *options, yz_writer **writer);

/*
 * A place in the queue for one exchange, from before it is handed over until
 * it is answered; false: there is none.
 */
bool yz_writer_reserve(yz_writer *writer);
void yz_writer_release(yz_writer *writer);
unsigned yz_writer_held(const yz_writer *writer); /* how many are taken */

/* Queues an exchange that has a place.  Any thread. */
void yz_writer_push(yz_writer *writer, yz_exchange *x);

/* The number of the batch that is open or was last; of the writer's thread.
   Batches that are done again have numbers of their own. */
uint64_t yz_writer_batch(const yz_writer *writer);

const yz_writer_counts *yz_writer_counted(const yz_writer *writer);

/* Does what is queued, then ends the thread.  NULL is allowed in both. */
void yz_writer_stop(yz_writer *writer);
void yz_writer_free(yz_writer *writer); /* after it was stopped */

#endif
