/*
 * `yizhan rollback`: a new batch with the inverse differences of an old one,
 * made here or by the daemon.
 */
#include <stdio.h>

#include "admin/command/client.h"
#include "admin/command/commands.h"
#include "admin/load/inverse.h"
#include "admin/load/progress.h"
#include "core/number.h"

#define TIMEOUT_S 1800

/* What was taken back, by whom ever. */
typedef struct {
    uint64_t undone; /* the batch that was taken back */
    size_t places;   /* as they were before */
    size_t kept;     /* changed since */
    yz_batch_result result;
} outcome;

static int
tell_outcome(const outcome *o)
{
    if (o->result.batch == 0 && o->kept > 0) {
        fprintf(stderr,
                "yizhan: nothing was taken back: %zu places of batch "
                "%llu were changed since\n",
                o->kept, (unsigned long long)o->undone);
        return YZ_EXIT_REFUSED;
    }
    if (o->result.batch == 0) {
        puts("nothing to take back");
        return YZ_EXIT_DONE;
    }
    printf("rollback %llu of batch %llu: %zu places as before, %zu kept; log "
           "%llu to %llu\n",
           (unsigned long long)o->result.batch, (unsigned long long)o->undone,
           o->places, o->kept, (unsigned long long)o->result.first_seq,
           (unsigned long long)o->result.last_seq);
    return YZ_EXIT_DONE;
}

static void
tell_kept(const char *id, int id_size, const char *name, int name_size)
{
    fprintf(stderr, "kept, changed since: %.*s  %.*s\n", id_size, id, name_size,
            name);
}

static void
tell_more(size_t kept)
{
    if (kept > YZ_INVERSE_KEPT_NAMED) {
        fprintf(stderr, "and %zu more\n", kept - YZ_INVERSE_KEPT_NAMED);
    }
}

static int
tell_no_batch(const yz_inverse *inverse, uint64_t wanted)
{
    fprintf(stderr, "yizhan: %s\n",
            inverse->undone ? "this batch is taken back already"
            : wanted != 0   ? "there is no such batch (see yizhan log)"
                            : "there is no load to take back");
    return YZ_EXIT_REFUSED;
}

static int
commit(yz_store *store, const yz_inverse *inverse, bool quiet)
{
    outcome o = {.undone = inverse->batch,
                 .places = inverse->count,
                 .kept = inverse->kept};
    yz_progress progress;
    yz_status status;

    for (size_t i = 0; i < o.kept && i < YZ_INVERSE_KEPT_NAMED; i++) {
        const yz_place *place = &inverse->named[i];

        tell_kept(place->id.p, (int)place->id.n, place->name.p,
                  (int)place->name.n);
    }
    tell_more(o.kept);
    yz_progress_init(&progress, quiet);
    yz_progress_stage(&progress, "committing");
    status = yz_inverse_commit(inverse, store, yz_command_actor(),
                               yz_command_operator(), &o.result,
                               yz_progress_step, &progress);
    yz_progress_end(&progress);
    return status == YZ_OK
               ? tell_outcome(&o)
               : yz_command_commit_failed(store, status, o.result.batch);
}

static int
roll_back(yz_store *store, uint64_t wanted, bool quiet)
{
    yz_inverse inverse;
    yz_status status = yz_inverse_make(&inverse, store, wanted);
    int code;

    if (status != YZ_OK) {
        code = yz_command_failed("cannot read the log", store, status);
    } else if (inverse.batch == 0 || inverse.undone) {
        code = tell_no_batch(&inverse, wanted);
    } else {
        code = commit(store, &inverse, quiet);
    }
    yz_inverse_free(&inverse);
    return code;
}

/* Prints what the daemon did, as if it had been done here. */
static int
tell_answer(const yz_client_answer *answer)
{
    const yz_reply *json = answer->json;
    const yz_reply *named = yz_reply_member(json, "named");
    outcome o = {
        .undone = (uint64_t)yz_reply_integer(json, "undoes", 0),
        .places = (size_t)yz_reply_integer(json, "places", 0),
        .kept = (size_t)yz_reply_integer(json, "kept", 0),
        .result = {
            .batch = (uint64_t)yz_reply_integer(json, "batch", 0),
            .first_seq = (uint64_t)yz_reply_integer(json, "first_seq", 0),
            .last_seq = (uint64_t)yz_reply_integer(json, "last_seq", 0),
        }};

    for (size_t i = 0; i < yz_reply_count(named); i++) {
        const char *id = yz_reply_text(yz_reply_at(named, i), "id");
        const char *name = yz_reply_text(yz_reply_at(named, i), "name");

        tell_kept(id, (int)strlen(id), name, (int)strlen(name));
    }
    tell_more(o.kept);
    return yz_client_is_shown(answer) ? tell_outcome(&o) : YZ_EXIT_REFUSED;
}

static int
ask(const yz_arguments *arguments, uint64_t wanted)
{
    char body[64];
    yz_client_answer answer;
    yz_refusal refusal = {""};
    yz_status status;
    int code;

    snprintf(body, sizeof(body), "{\"batch\":%llu}",
             (unsigned long long)wanted);
    status = yz_client_ask(&(yz_client_request){.dir = arguments->dir,
                                                .method = "POST",
                                                .path = "/operator/rollback",
                                                .body = yz_span_of(body),
                                                .timeout_s = TIMEOUT_S},
                           &answer, &refusal);
    if (status == YZ_OK) {
        code = tell_answer(&answer);
    } else if (answer.status == 404 || answer.status == 409) {
        code = tell_no_batch(&(yz_inverse){.undone = answer.status == 409},
                             wanted);
    } else {
        yz_client_nothing_changed(&answer, status, &refusal);
        code = YZ_EXIT_REFUSED;
    }
    yz_client_answer_free(&answer);
    return code;
}

int
yz_command_rollback(const yz_arguments *arguments)
{
    uint32_t wanted = 0;
    bool daemon;
    yz_store *store;
    int code;

    if (arguments->positional_count > 0 &&
        (yz_number_parse_u32(yz_span_of(arguments->positional[0]), UINT32_MAX,
                             &wanted) != YZ_OK ||
         wanted == 0)) {
        fputs("yizhan: rollback wants the number of a batch\n", stderr);
        return YZ_EXIT_USAGE;
    }
    store = yz_command_open_or_ask(arguments, &daemon);
    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    code = daemon ? ask(arguments, wanted)
                  : roll_back(store, wanted, arguments->quiet);
    yz_store_close(store);
    return code;
}
