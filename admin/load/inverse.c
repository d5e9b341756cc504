/*
 * Works out what takes a batch back, and does it.  Used by the command
 * without a daemon (rollback.c) and by the daemon (admin/rules/operator.c).
 */
#include "admin/load/inverse.h"

#include <stdio.h>
#include <stdlib.h>

/* The search for the batch. */
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
push(yz_inverse *inverse, const yz_place *place)
{
    if (inverse->count == inverse->cap) {
        size_t cap = inverse->cap > 0 ? inverse->cap * 2 : 256;
        yz_place *puts = realloc(inverse->puts, cap * sizeof(*puts));

        if (puts == NULL) {
            return YZ_NOMEM;
        }
        inverse->puts = puts;
        inverse->cap = cap;
    }
    inverse->puts[inverse->count] = *place;
    yz_arena_keep_place(&inverse->arena, &inverse->puts[inverse->count]);
    inverse->count++;
    return inverse->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
keep(yz_inverse *inverse, const yz_place *now)
{
    if (inverse->kept < YZ_INVERSE_KEPT_NAMED) {
        inverse->named[inverse->kept] = *now;
        yz_arena_keep_place(&inverse->arena, &inverse->named[inverse->kept]);
    }
    inverse->kept++;
    return inverse->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
take_back(void *context, const yz_place *before, const yz_place *made,
          const yz_place *now)
{
    yz_inverse *inverse = context;
    yz_place delisted;

    if (!yz_place_same(made, now)) {
        return keep(inverse, now);
    }
    if (before != NULL) {
        return push(inverse, before);
    }
    delisted = *made;
    delisted.status = YZ_PLACE_DELISTED;
    delisted.until_s = 0;
    return push(inverse, &delisted);
}

yz_status
yz_inverse_make(yz_inverse *inverse, yz_store *store, uint64_t batch)
{
    choice c = {.wanted = batch};
    yz_status status;

    memset(inverse, 0, sizeof(*inverse));
    inverse->arena = YZ_ARENA_INIT;
    status = yz_store_each_batch(store, UINT32_MAX, choose, &c);
    if (status != YZ_OK) {
        return status;
    }
    inverse->batch = c.found;
    inverse->undone = c.undone;
    if (c.found == 0 || c.undone) {
        return YZ_OK;
    }
    return yz_store_each_change(store, c.found, take_back, inverse);
}

yz_status
yz_inverse_commit(const yz_inverse *inverse, yz_store *store, yz_span login,
                  const yz_actor *actor, yz_batch_result *result,
                  yz_store_progress *progress, void *context)
{
    char source[32];
    yz_batch_info info = {
        .kind = YZ_SPAN("rollback"), .actor = login, .undoes = inverse->batch};
    yz_status status;

    memset(result, 0, sizeof(*result));
    snprintf(source, sizeof(source), "batch %llu",
             (unsigned long long)inverse->batch);
    info.source = yz_span_of(source);
    status = yz_store_begin(store, &info);
    if (status != YZ_OK) {
        return status;
    }
    yz_store_act(store, actor);
    for (size_t i = 0; status == YZ_OK && i < inverse->count; i++) {
        status = yz_store_place_put(store, &inverse->puts[i]);
    }
    if (status != YZ_OK) {
        yz_store_abort(store);
        return status;
    }
    return yz_store_commit(store, result, progress, context);
}

void
yz_inverse_free(yz_inverse *inverse)
{
    free(inverse->puts);
    yz_arena_free(&inverse->arena);
    memset(inverse, 0, sizeof(*inverse));
}
