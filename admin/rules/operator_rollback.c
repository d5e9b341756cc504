/*
 * A rollback that a command asks for: worked out and done in the writer, with
 * nothing in between.  Runs in the daemon; called by the routes of operator.c.
 */
#include "admin/load/inverse.h"
#include "admin/rules/operator.h"

/* Room of one place that stays: two texts, escaped, and their names. */
#define NAMED_ROOM (6 * (64 + 256) + 32)

static void
write_named(yz_out *out, const yz_inverse *inverse)
{
    YZ_OUT_LIT(out, ",\"named\":[");
    for (size_t i = 0; i < inverse->kept && i < YZ_INVERSE_KEPT_NAMED; i++) {
        yz_out_text(out, i == 0 ? "{\"id\":" : ",{\"id\":");
        yz_out_json(out, inverse->named[i].id);
        YZ_OUT_LIT(out, ",\"name\":");
        yz_out_json(out, inverse->named[i].name);
        yz_out_char(out, '}');
    }
    yz_out_char(out, ']');
}

static yz_status
take_back(yz_desk *desk, yz_exchange *x, const yz_inverse *inverse)
{
    yz_batch_result result = {0};
    bool open;
    yz_status status = yz_inverse_commit(inverse, desk->store, x->login,
                                         &x->actor, &result, NULL, NULL);

    status = yz_operator_answer(desk, x, status, &result,
                                YZ_INVERSE_KEPT_NAMED * NAMED_ROOM, &open);
    if (open) {
        YZ_OUT_LIT(&x->out, ",\"undoes\":");
        yz_out_u64(&x->out, inverse->batch);
        YZ_OUT_LIT(&x->out, ",\"places\":");
        yz_out_u64(&x->out, inverse->count);
        YZ_OUT_LIT(&x->out, ",\"kept\":");
        yz_out_u64(&x->out, inverse->kept);
        write_named(&x->out, inverse);
        yz_out_char(&x->out, '}');
    }
    return status;
}

yz_status
yz_operator_rollback_apply(yz_desk *desk, yz_exchange *x)
{
    int64_t batch = yz_json_integer(x, NULL, "batch", 0);
    yz_batch_result none = {0};
    yz_inverse inverse;
    bool open;
    yz_status status = yz_inverse_make(&inverse, desk->store, (uint64_t)batch);

    if (status != YZ_OK) {
        status = yz_operator_answer(desk, x, status, &none, 0, &open);
    } else if (inverse.undone) {
        status = yz_exchange_problem(x, YZ_PROBLEM_STATE_CONFLICT,
                                     "this batch is taken back already");
    } else if (inverse.batch == 0) {
        status = yz_exchange_problem(x, YZ_PROBLEM_RECORD_UNKNOWN,
                                     "there is no such batch");
    } else {
        status = take_back(desk, x, &inverse);
    }
    yz_inverse_free(&inverse);
    return status;
}
