/*
 * Moves exchanges from step to step and from thread to thread.  The server
 * calls yz_work_step(), the writer apply() and done(), the helpers help().
 */
#include "admin/daemon/work.h"

#include <stdlib.h>
#include <time.h>

#include "admin/daemon/helpers.h"
#include "admin/daemon/idempotency.h"
#include "admin/daemon/journal.h"
#include "admin/http/parameters.h"
#include "admin/identity/identity.h"

#define HELPERS 8
#define RETRY_S 1 /* told to those for whom there is no place */

struct yz_work {
    yz_work_options options;
    yz_writer *writer;
    yz_helpers *helpers;
    yz_idempotency_moment moment; /* of the writer's thread */
    atomic_bool closed;
};

/* What comes next for an exchange. */
typedef enum {
    STAGE_PREPARE,
    STAGE_APPLY,
    STAGE_FINISH,
    STAGE_KEEP, /* in the writer again, to keep what finish answered */
    STAGE_DONE,
} stage;

/* The daemon's part of an exchange: x->work. */
typedef struct {
    stage stage;
    bool placed; /* holds a place in the queue */
    yz_idempotency note;
    yz_exchange *answered; /* with STAGE_KEEP: as finish left it */
} job;

/* What a step left: a failure becomes an answer. */
static void
settle(yz_exchange *x, yz_status status)
{
    if (status != YZ_OK) {
        yz_journal("a step failed: %s", yz_status_text(status));
        x->status = 0;
        (void)yz_exchange_problem(x, YZ_PROBLEM_INTERNAL, NULL);
    }
}

static yz_status
check_route(yz_work *w, yz_exchange *x)
{
    unsigned allowed;
    yz_status status = yz_route_find(w->options.routes, x, &x->route, &allowed);

    if (status == YZ_NOT_FOUND) {
        return yz_exchange_problem(x, YZ_PROBLEM_PATH_UNKNOWN, NULL);
    }
    if (status == YZ_BAD_INPUT) {
        status = yz_exchange_problem(x, YZ_PROBLEM_METHOD_NOT_ALLOWED, NULL);
        x->allowed = allowed;
    }
    return status;
}

static yz_status
check_body(yz_exchange *x)
{
    yz_status status;

    if (x->route->members == NULL) {
        return x->body.n == 0
                   ? YZ_OK
                   : yz_exchange_problem(x, YZ_PROBLEM_BODY_MALFORMED,
                                         "这个请求不带内容。");
    }
    status = yz_json_read(x, x->route->members);
    return status == YZ_BAD_INPUT ? YZ_OK : status;
}

/* Everything that needs no store; ends with the route, or with an answer. */
static yz_status
check(yz_work *w, yz_exchange *x)
{
    yz_status status = check_route(w, x);

    if (status == YZ_OK && x->status == 0) {
        status = yz_parameters_check(x, x->route->parameters);
        status = status == YZ_BAD_INPUT ? YZ_OK : status;
    }
    if (status == YZ_OK && x->status == 0) {
        status = yz_identity_prepare(w->options.desk, x);
    }
    if (status == YZ_OK && x->status == 0 && x->route->idempotent) {
        status = yz_idempotency_check(x);
    }
    if (status == YZ_OK && x->status == 0) {
        status = check_body(x);
    }
    return status;
}

static void
run_step(yz_work *w, yz_exchange *x, yz_step *step)
{
    if (step != NULL && x->status == 0) {
        settle(x, step(w->options.desk, x));
    }
}

static bool
needs_writer(const yz_route *route)
{
    return route->apply != NULL || route->signed_in;
}

/* Nobody is left to answer: the exchange must not go out without. */
static void
end(yz_exchange *x)
{
    ((job *)x->work)->stage = STAGE_DONE;
    if (x->status == 0) {
        settle(x, YZ_NOT_FOUND);
    }
}

static void
refuse_for_now(yz_exchange *x)
{
    settle(x, yz_exchange_problem(x, YZ_PROBLEM_WRITES_UNAVAILABLE, NULL));
    x->retry_after_s = RETRY_S;
}

/* Takes a place; false: there is none, and the exchange is answered so. */
static bool
place(yz_work *w, yz_exchange *x)
{
    job *j = x->work;

    if (!j->placed) {
        j->placed = yz_writer_reserve(w->writer);
        /* Looked at with the place taken: whoever closes waits for it. */
        if (j->placed && atomic_load(&w->closed)) {
            j->placed = false;
            yz_writer_release(w->writer);
        }
    }
    if (!j->placed) {
        refuse_for_now(x);
    }
    return j->placed;
}

/* The last step; false: the writer is to keep what it answered. */
static bool
finish(yz_work *w, yz_exchange *x)
{
    job *j = x->work;

    run_step(w, x, x->route->finish);
    end(x);
    j->answered =
        j->note.running ? yz_arena_alloc(&x->arena, sizeof(*x)) : NULL;
    if (j->answered == NULL) {
        return true;
    }
    *j->answered = *x;
    j->stage = STAGE_KEEP;
    return false;
}

/* What finish answered is true, also where it could not be kept. */
static void
take_back(yz_exchange *x, const yz_exchange *answered)
{
    x->status = answered->status;
    x->media = answered->media;
    x->out = answered->out;
    x->location = answered->location;
    x->set_cookie[0] = answered->set_cookie[0];
    x->set_cookie[1] = answered->set_cookie[1];
    x->retry_after_s = answered->retry_after_s;
}

/* In a helper's thread. */
static void
help(void *context, yz_exchange *x)
{
    yz_work *w = context;
    job *j = x->work;

    if (j->stage == STAGE_PREPARE) {
        run_step(w, x, x->route->prepare);
        if (x->status == 0 && needs_writer(x->route)) {
            j->stage = STAGE_APPLY;
            yz_writer_push(w->writer, x);
            return;
        }
    }
    if (!finish(w, x)) {
        yz_writer_push(w->writer, x);
        return;
    }
    yz_server_resume(x);
}

static bool
is_known(const yz_exchange *x)
{
    return x->actor.kind == YZ_ACTOR_WORKER ||
           x->actor.kind == YZ_ACTOR_OPERATOR;
}

/* Who asks, inside a batch. */
static yz_status
identify(yz_work *w, yz_exchange *x)
{
    yz_status status = yz_identity_apply(w->options.desk, x);

    if (status == YZ_OK && x->status == 0 && x->route->signed_in &&
        !is_known(x)) {
        status = yz_exchange_problem(x, YZ_PROBLEM_UNAUTHENTICATED, NULL);
    }
    return status;
}

/* Who asks, and whether that was asked before; inside a batch. */
static yz_status
begin(yz_work *w, yz_exchange *x)
{
    job *j = x->work;
    yz_status status = identify(w, x);

    if (status == YZ_OK && x->status == 0 && x->route->idempotent) {
        status = yz_idempotency_find(w->options.desk, x, &w->moment, &j->note);
    }
    return status;
}

static yz_status
apply_in_batch(yz_work *w, yz_exchange *x)
{
    yz_desk *desk = w->options.desk;
    job *j = x->work;
    yz_status status = begin(w, x);

    if (status != YZ_OK || x->status != 0 || x->route->apply == NULL) {
        return status;
    }
    yz_store_act(desk->store, &x->actor);
    status = x->route->apply(desk, x);
    return status == YZ_OK && x->route->idempotent
               ? yz_idempotency_keep(desk, x, &w->moment, &j->note)
               : status;
}

static yz_status
open_batch(yz_work *w)
{
    const yz_batch_info info = {.kind = YZ_SPAN("requests"), .unmarked = true};

    return yz_store_begin(w->options.desk->store, &info);
}

/* What it did is done; that its answer cannot be kept takes nothing back. */
static void
keep_alone(yz_work *w, yz_exchange *x)
{
    yz_store *store = w->options.desk->store;
    job *j = x->work;
    yz_batch_result result;
    yz_status status = open_batch(w);

    if (status == YZ_OK) {
        status = yz_idempotency_keep(w->options.desk, x, &w->moment, &j->note);
        if (status == YZ_OK) {
            status = yz_store_commit(store, &result, NULL, NULL);
        } else {
            yz_store_abort(store);
        }
    }
    if (status != YZ_OK) {
        yz_journal("an answer is not kept: %s", yz_status_text(status));
    }
}

/* Sessions and keys are looked up in a batch; the rule then has none open. */
static yz_status
apply_alone(yz_work *w, yz_exchange *x)
{
    yz_status status = open_batch(w);

    if (status == YZ_OK) {
        status = begin(w, x);
        yz_store_abort(w->options.desk->store);
    }
    if (status != YZ_OK || x->status != 0 || x->route->apply == NULL) {
        return status;
    }
    status = x->route->apply(w->options.desk, x);
    if (status == YZ_OK && x->route->idempotent) {
        keep_alone(w, x);
    }
    return status;
}

/* In the writer. */
static yz_status
apply(void *context, yz_exchange *x)
{
    yz_work *w = context;
    job *j = x->work;

    w->moment.batch = yz_writer_batch(w->writer);
    if (j->stage == STAGE_KEEP) {
        return yz_idempotency_keep(w->options.desk, x, &w->moment, &j->note);
    }
    return x->route->alone ? apply_alone(w, x) : apply_in_batch(w, x);
}

/* In the writer: what it applied is on disk. */
static void
done(void *context, yz_exchange *x)
{
    yz_work *w = context;
    job *j = x->work;

    if (j->stage == STAGE_KEEP) {
        take_back(x, j->answered);
        end(x);
    } else if (x->status == 0 && x->route->finish != NULL) {
        j->stage = STAGE_FINISH;
        if (x->route->slow) {
            yz_helpers_push(w->helpers, x);
            return;
        }
    } else {
        end(x);
    }
    yz_server_resume(x);
}

/* The first look at an exchange; false: it was handed over. */
static bool
start(yz_work *w, yz_exchange *x)
{
    job *j = yz_arena_alloc(&x->arena, sizeof(*j));

    x->work = j;
    if (j == NULL) {
        settle(x, YZ_NOMEM);
        return true;
    }
    settle(x, check(w, x));
    if (x->status == 0 && atomic_load(&w->closed)) {
        refuse_for_now(x);
    }
    if (x->status == 0 && x->route->slow && x->route->prepare != NULL) {
        if (place(w, x)) {
            yz_server_suspend(x);
            yz_helpers_push(w->helpers, x);
            return false;
        }
        return true;
    }
    if (x->status == 0) {
        run_step(w, x, x->route->prepare);
    }
    if (x->status == 0 && needs_writer(x->route) && place(w, x)) {
        j->stage = STAGE_APPLY;
        yz_server_suspend(x);
        yz_writer_push(w->writer, x);
        return false;
    }
    return true;
}

bool
yz_work_step(void *context, yz_exchange *x)
{
    yz_work *w = context;
    job *j = x->work;

    if (j == NULL) {
        if (!start(w, x)) {
            return false;
        }
        j = x->work;
    }
    if (j == NULL) {
        return true;
    }
    if (j->stage != STAGE_DONE) {
        if (x->route == NULL) {
            end(x);
        } else if (!finish(w, x)) {
            yz_server_suspend(x);
            yz_writer_push(w->writer, x);
            return false;
        }
    }
    if (j->placed) {
        j->placed = false;
        yz_writer_release(w->writer);
    }
    return true;
}

yz_status
yz_work_start(const yz_work_options *options, yz_work **work)
{
    yz_work *w = calloc(1, sizeof(*w));
    yz_writer_options writer = {
        .desk = options->desk,
        .queue_max = options->queue_max,
        .batch_max = options->batch_max,
        .ticks = options->ticks,
        .apply = apply,
        .done = done,
        .context = w,
    };
    yz_status status;

    *work = NULL;
    if (w == NULL) {
        return YZ_NOMEM;
    }
    w->options = *options;
    (void)yz_vault_random(&w->moment.run, sizeof(w->moment.run));
    status = yz_helpers_start(HELPERS, help, w, &w->helpers);
    if (status == YZ_OK) {
        status = yz_writer_start(&writer, &w->writer);
    }
    if (status != YZ_OK) {
        yz_work_stop(w);
        yz_work_free(w);
        return status;
    }
    options->desk->writer = w->writer;
    *work = w;
    return YZ_OK;
}

void
yz_work_close(yz_work *work)
{
    atomic_store(&work->closed, true);
}

void
yz_work_stop(yz_work *work)
{
    const struct timespec pause = {0, 1000000L};

    if (work == NULL) {
        return;
    }
    yz_work_close(work);
    /* Writer and helpers hand exchanges to each other, so neither may end
       before the last of them is answered. */
    while (work->writer != NULL && yz_writer_held(work->writer) > 0) {
        nanosleep(&pause, NULL);
    }
    yz_helpers_stop(work->helpers);
    yz_writer_stop(work->writer);
}

void
yz_work_free(yz_work *work)
{
    if (work != NULL) {
        yz_writer_free(work->writer);
        free(work);
    }
}
