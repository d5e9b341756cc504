/*
 * `yizhan rollback`: a new batch with the inverse differences of an old one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "admin/memory/arena.h"
#include "admin/command/commands.h"
#include "admin/load/progress.h"
#include "core/number.h"

#define KEPT_SHOWN 50

typedef struct {
    yz_arena arena;
    yz_place *puts; /* what places become again */
    size_t count;
    size_t cap;
    size_t kept; /* places that a later batch changed */
    yz_status failed;
} inverse;

/* What is asked for: a batch by number, or the newest load. */
typedef struct {
    uint64_t wanted; /* 0: the newest load that is not taken back */
    uint64_t found;  /* 0: none */
    bool undone;
} choice;

static yz_status
choose(void *context, const yz_batch *batch)
{
    choice *c = context;

    if (c->found != 0) {
        return YZ_OK;
    }
    if (c->wanted != 0) {
        if (batch->number == c->wanted) {
            c->found = batch->number;
            c->undone = batch->undone_by != 0;
        }
    } else if (batch->undone_by == 0 &&
               yz_span_equal(batch->kind, YZ_SPAN("load"))) {
        c->found = batch->number;
    }
    return YZ_OK;
}

static yz_status
push(inverse *inv, const yz_place *place)
{
    if (inv->count == inv->cap) {
        size_t cap = inv->cap > 0 ? inv->cap * 2 : 256;
        yz_place *puts = realloc(inv->puts, cap * sizeof(*puts));

        if (puts == NULL) {
            return YZ_NOMEM;
        }
        inv->puts = puts;
        inv->cap = cap;
    }
    inv->puts[inv->count] = *place;
    yz_arena_keep_place(&inv->arena, &inv->puts[inv->count]);
    inv->count++;
    return inv->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
take_back(void *context, const yz_place *before, const yz_place *made,
          const yz_place *now)
{
    inverse *inv = context;
    yz_place delisted;

    if (!yz_place_same(made, now)) {
        if (inv->kept++ < KEPT_SHOWN) {
            fprintf(stderr, "kept, changed since: %.*s  %.*s\n", (int)now->id.n,
                    now->id.p, (int)now->name.n, now->name.p);
        }
        return YZ_OK;
    }
    if (before != NULL) {
        return push(inv, before);
    }
    delisted = *made;
    delisted.status = YZ_PLACE_DELISTED;
    delisted.until_s = 0;
    return push(inv, &delisted);
}

static yz_status
put_all(yz_store *store, const inverse *inv)
{
    yz_status status = YZ_OK;

    for (size_t i = 0; status == YZ_OK && i < inv->count; i++) {
        status = yz_store_place_put(store, &inv->puts[i]);
    }
    return status;
}

static int
commit(yz_store *store, const inverse *inv, uint64_t batch, bool quiet)
{
    char source[32];
    yz_batch_info info = {.kind = YZ_SPAN("rollback"),
                          .actor = yz_command_actor(),
                          .undoes = batch};
    yz_batch_result result = {0};
    yz_progress progress;
    yz_status status;

    snprintf(source, sizeof(source), "batch %llu", (unsigned long long)batch);
    info.source = yz_span_of(source);
    yz_progress_init(&progress, quiet);
    status = yz_store_begin(store, &info);
    if (status == YZ_OK) {
        status = put_all(store, inv);
        if (status != YZ_OK) {
            yz_command_failed("nothing was changed", store, status);
            yz_store_abort(store);
            return YZ_EXIT_REFUSED;
        }
        yz_progress_stage(&progress, "committing");
        status = yz_store_commit(store, &result, yz_progress_step, &progress);
        yz_progress_end(&progress);
    }
    if (status != YZ_OK) {
        return yz_command_commit_failed(store, status, result.batch);
    }
    if (result.batch == 0 && inv->kept > 0) {
        fprintf(stderr,
                "yizhan: nothing was taken back: %zu places of batch "
                "%llu were changed since\n",
                inv->kept, (unsigned long long)batch);
        return YZ_EXIT_REFUSED;
    }
    if (result.batch == 0) {
        puts("nothing to take back");
        return YZ_EXIT_DONE;
    }
    printf("rollback %llu of batch %llu: %zu places as before, %zu kept; log "
           "%llu to %llu\n",
           (unsigned long long)result.batch, (unsigned long long)batch,
           inv->count, inv->kept, (unsigned long long)result.first_seq,
           (unsigned long long)result.last_seq);
    return YZ_EXIT_DONE;
}

static int
roll_back(yz_store *store, choice *c, bool quiet)
{
    inverse inv = {.arena = YZ_ARENA_INIT};
    yz_status status = yz_store_each_batch(store, UINT32_MAX, choose, c);
    int code;

    if (status != YZ_OK) {
        return yz_command_failed("cannot read the log", store, status);
    }
    if (c->found == 0 || c->undone) {
        fprintf(stderr, "yizhan: %s\n",
                c->undone        ? "this batch is taken back already"
                : c->wanted != 0 ? "there is no such batch (see yizhan log)"
                                 : "there is no load to take back");
        return YZ_EXIT_REFUSED;
    }
    status = yz_store_each_change(store, c->found, take_back, &inv);
    if (inv.kept > KEPT_SHOWN) {
        fprintf(stderr, "and %zu more\n", inv.kept - KEPT_SHOWN);
    }
    code = status == YZ_OK
               ? commit(store, &inv, c->found, quiet)
               : yz_command_failed("cannot read the batch", store, status);
    free(inv.puts);
    yz_arena_free(&inv.arena);
    return code;
}

int
yz_command_rollback(const yz_arguments *arguments)
{
    choice c = {0};
    yz_store *store;
    int code;

    if (arguments->positional_count > 0) {
        uint32_t number;

        if (yz_number_parse_u32(yz_span_of(arguments->positional[0]),
                                UINT32_MAX, &number) != YZ_OK ||
            number == 0) {
            fputs("yizhan: rollback wants the number of a batch\n", stderr);
            return YZ_EXIT_USAGE;
        }
        c.wanted = number;
    }
    store = yz_command_open(arguments);
    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    code = roll_back(store, &c, arguments->quiet);
    yz_store_close(store);
    return code;
}
