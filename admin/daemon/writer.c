/*
 * The writer's thread: batches, what is done again after a failure, ticks.
 * The server's threads queue; yizhan_admind.c starts and stops it.
 */
#include "admin/daemon/writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "admin/daemon/journal.h"

#define TICKS_MAX 32
#define BUSY_RETRY_S 2 /* told to clients */

struct yz_writer {
    yz_writer_options options;
    yz_writer_counts counts;
    atomic_uint held; /* places taken */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    /* Under the mutex. */
    yz_exchange *first;
    yz_exchange **last;
    bool stopping;
    bool waiting;
    /* Of the thread. */
    uint64_t batch;
    int64_t due_ms[TICKS_MAX]; /* monotonic */
};

/* Exchanges that go together, taken from the queue. */
typedef struct {
    yz_exchange *first;
    unsigned count;
} run;

static int64_t
monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
fail(yz_writer *w, yz_exchange *x, yz_status status)
{
    yz_problem_code code = YZ_PROBLEM_INTERNAL;

    atomic_fetch_add(&w->counts.failed, 1);
    if (status == YZ_FULL) {
        code = YZ_PROBLEM_DISK_FULL;
    } else if (status == YZ_BUSY) {
        code = YZ_PROBLEM_WRITES_UNAVAILABLE;
    }
    x->set_cookie[0] = x->set_cookie[1] = (yz_span){NULL, 0};
    x->status = 0;
    if (yz_exchange_problem(x, code, NULL) == YZ_OK && status == YZ_BUSY) {
        x->retry_after_s = BUSY_RETRY_S;
    }
}

/* An apply that is done again must see nothing of the first time. */
static void
restore(yz_exchange *x, const yz_exchange *before)
{
    yz_arena arena = x->arena;
    yz_exchange *next = x->next;

    *x = *before;
    x->arena = arena;
    x->next = next;
}

static void
count_batch(yz_writer *w, unsigned n)
{
    unsigned size = 0;

    while (size < YZ_WRITER_SIZES - 1 && 1u << size < n) {
        size++;
    }
    atomic_fetch_add(&w->counts.batches, 1);
    atomic_fetch_add(&w->counts.requests, n);
    atomic_fetch_add(&w->counts.sizes[size], 1);
    if (n > atomic_load(&w->counts.largest)) {
        atomic_store(&w->counts.largest, n);
    }
}

static yz_status
begin(yz_writer *w)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    w->batch++;
    return yz_store_begin(w->options.desk->store, &info);
}

/*
 * Ends the open batch.  What is in the log is done, also where readers do not
 * see it yet: the next batch, or the next start, shows it.
 */
static yz_status
commit(yz_writer *w)
{
    yz_store *store = w->options.desk->store;
    yz_batch_result result;
    yz_status status = yz_store_commit(store, &result, NULL, NULL);

    if (status != YZ_OK && result.last_seq != 0) {
        yz_journal("accepted up to %" PRIu64 ", shown later: %s",
                   result.last_seq, yz_store_why(store));
        status = YZ_OK;
    }
    return status;
}

/* One batch of the whole run; on failure nothing of it is in the store. */
static yz_status
try_run(yz_writer *w, const run *r)
{
    yz_status status = begin(w);

    if (status != YZ_OK) {
        return status;
    }
    for (yz_exchange *x = r->first; x != NULL; x = x->next) {
        status = w->options.apply(w->options.context, x);
        if (status != YZ_OK) {
            yz_store_abort(w->options.desk->store);
            return status;
        }
    }
    return commit(w);
}

static void
report_failure(yz_writer *w, yz_status status)
{
    const char *why = yz_store_why(w->options.desk->store);

    yz_journal("a request failed: %s%s%s", yz_status_text(status),
               why[0] != '\0' ? ": " : "", why);
}

/* Each with a batch of its own, so that a fault costs only its own. */
static void
do_one_by_one(yz_writer *w, const run *r, const yz_exchange *before)
{
    yz_exchange *x = r->first;

    for (unsigned i = 0; i < r->count; i++) {
        yz_exchange *next = x->next;
        const run one = {x, 1};
        yz_status status;

        x->next = NULL;
        restore(x, &before[i]);
        status = try_run(w, &one);
        if (status == YZ_OK) {
            count_batch(w, 1);
        } else {
            report_failure(w, status);
            restore(x, &before[i]);
            fail(w, x, status);
        }
        w->options.done(w->options.context, x);
        x = next;
    }
}

static void
do_run(yz_writer *w, const run *r, yz_exchange *before)
{
    unsigned i = 0;

    for (const yz_exchange *x = r->first; x != NULL; x = x->next) {
        before[i++] = *x;
    }
    if (try_run(w, r) != YZ_OK) {
        atomic_fetch_add(&w->counts.redone, 1);
        do_one_by_one(w, r, before);
        return;
    }
    count_batch(w, r->count);
    for (yz_exchange *x = r->first, *next; x != NULL; x = next) {
        next = x->next; /* after done() x is another thread's */
        w->options.done(w->options.context, x);
    }
}

/* Begins and commits for itself. */
static void
do_alone(yz_writer *w, yz_exchange *x)
{
    yz_status status;

    w->batch++;
    status = w->options.apply(w->options.context, x);
    if (status != YZ_OK) {
        report_failure(w, status);
        fail(w, x, status);
    }
    yz_store_abort(w->options.desk->store);
    w->options.done(w->options.context, x);
}

static void
do_tick(yz_writer *w, const yz_tick *tick, int64_t *due_ms)
{
    yz_store *store = w->options.desk->store;
    bool more = false;
    yz_status status = begin(w);

    if (status == YZ_OK) {
        status = tick->run(w->options.desk, yz_store_now_s(store), &more);
        if (status == YZ_OK) {
            status = commit(w);
        } else {
            yz_store_abort(store);
        }
    }
    if (status != YZ_OK) {
        yz_journal("%s: %s: %s", tick->name, yz_status_text(status),
                   yz_store_why(store));
        more = false;
    }
    *due_ms = monotonic_ms() + (more ? 0 : (int64_t)tick->every_s * 1000);
}

/* Runs what is due; returns when the next is, or -1 for never. */
static int64_t
do_ticks(yz_writer *w)
{
    const yz_tick *ticks = w->options.ticks;
    int64_t next_ms = -1;

    for (unsigned i = 0; ticks != NULL && i < TICKS_MAX; i++) {
        if (ticks[i].run == NULL) {
            break;
        }
        if (w->due_ms[i] <= monotonic_ms()) {
            do_tick(w, &ticks[i], &w->due_ms[i]);
        }
        if (next_ms < 0 || w->due_ms[i] < next_ms) {
            next_ms = w->due_ms[i];
        }
    }
    return next_ms;
}

/* Cuts the run off the queue; what wants to be alone gets a run of its own. */
static void
cut(yz_writer *w, run *r)
{
    yz_exchange **end = &r->first;

    r->first = w->first;
    r->count = 0;
    while (*end != NULL && r->count < w->options.batch_max) {
        bool alone = (*end)->route->alone;

        if (alone && r->count > 0) {
            break;
        }
        r->count++;
        end = &(*end)->next;
        if (alone) {
            break;
        }
    }
    w->first = *end;
    *end = NULL;
    if (w->first == NULL) {
        w->last = &w->first;
    }
}

/* Waits for work until then (-1: for ever); false: there will be none. */
static bool
take(yz_writer *w, int64_t until_ms, run *r)
{
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000L};
    int waited = 0;
    bool go_on;

    pthread_mutex_lock(&w->mutex);
    while (w->first == NULL && !w->stopping && waited == 0) {
        w->waiting = true;
        waited = until_ms < 0
                     ? pthread_cond_wait(&w->wake, &w->mutex)
                     : pthread_cond_timedwait(&w->wake, &w->mutex, &until);
        w->waiting = false;
    }
    cut(w, r);
    go_on = r->count > 0 || !w->stopping;
    pthread_mutex_unlock(&w->mutex);
    return go_on;
}

static void *
work(void *argument)
{
    yz_writer *w = argument;
    yz_exchange *before = calloc(w->options.batch_max, sizeof(*before));
    run r;

    if (before == NULL) {
        yz_journal("no memory for the writer");
        abort();
    }
    while (take(w, do_ticks(w), &r)) {
        if (r.count > 0 && r.first->route->alone) {
            do_alone(w, r.first);
        } else if (r.count > 0) {
            do_run(w, &r, before);
        }
    }
    free(before);
    return NULL;
}

yz_status
yz_writer_start(const yz_writer_options *options, yz_writer **writer)
{
    yz_writer *w = calloc(1, sizeof(*w));
    pthread_condattr_t attributes;

    *writer = NULL;
    if (w == NULL) {
        return YZ_NOMEM;
    }
    w->options = *options;
    w->last = &w->first;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_condattr_init(&attributes);
    /* A step of the system's clock moves no tick. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&w->thread, NULL, work, w) != 0) {
        yz_writer_free(w);
        return YZ_IO;
    }
    /* Tests and operators find it by its name. */
    pthread_setname_np(w->thread, "writer");
    *writer = w;
    return YZ_OK;
}

bool
yz_writer_reserve(yz_writer *writer)
{
    if (atomic_fetch_add(&writer->held, 1) < writer->options.queue_max) {
        return true;
    }
    atomic_fetch_sub(&writer->held, 1);
    atomic_fetch_add(&writer->counts.refused, 1);
    return false;
}

void
yz_writer_release(yz_writer *writer)
{
    atomic_fetch_sub(&writer->held, 1);
}

unsigned
yz_writer_held(const yz_writer *writer)
{
    return atomic_load(&writer->held);
}

void
yz_writer_push(yz_writer *writer, yz_exchange *x)
{
    bool waiting;

    x->next = NULL;
    pthread_mutex_lock(&writer->mutex);
    *writer->last = x;
    writer->last = &x->next;
    waiting = writer->waiting;
    pthread_mutex_unlock(&writer->mutex);
    atomic_fetch_add(&writer->counts.queued, 1);
    if (waiting) {
        pthread_cond_signal(&writer->wake);
    }
}

uint64_t
yz_writer_batch(const yz_writer *writer)
{
    return writer->batch;
}

const yz_writer_counts *
yz_writer_counted(const yz_writer *writer)
{
    return &writer->counts;
}

void
yz_writer_stop(yz_writer *writer)
{
    if (writer != NULL) {
        pthread_mutex_lock(&writer->mutex);
        writer->stopping = true;
        pthread_mutex_unlock(&writer->mutex);
        pthread_cond_signal(&writer->wake);
        pthread_join(writer->thread, NULL);
    }
}

void
yz_writer_free(yz_writer *writer)
{
    if (writer != NULL) {
        pthread_cond_destroy(&writer->wake);
        pthread_mutex_destroy(&writer->mutex);
        free(writer);
    }
}
