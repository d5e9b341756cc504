/*
 * Routes of the operators' socket, answers of batches, and the build of a
 * generation.  Runs in the daemon; its writer calls what routes name.
 */
#include "admin/rules/operator.h"

#include "lmdb_schema/archive_write.h"

#define DAY_S ((int64_t)86400)
#define WAIT_DAYS 7 /* entries that would make a small file wait that long */
#define RESULT_ROOM 1024 /* bytes of what is told of a batch */

/* Why a batch failed: the disk, the file, or the system. */
static yz_status
answer_failure(yz_desk *desk, yz_exchange *x, yz_status status)
{
    const char *why = yz_store_why(desk->store);

    switch (status) {
    case YZ_FULL:
        return yz_exchange_problem(x, YZ_PROBLEM_DISK_FULL, why);
    case YZ_BAD_INPUT:
        return yz_exchange_problem(x, YZ_PROBLEM_UNPROCESSABLE, why);
    default:
        return yz_exchange_problem(x, YZ_PROBLEM_INTERNAL, why);
    }
}

static void
write_member(yz_out *out, const char *name, uint64_t value)
{
    yz_out_char(out, ',');
    yz_out_json(out, yz_span_of(name));
    yz_out_char(out, ':');
    yz_out_u64(out, value);
}

yz_status
yz_operator_answer(yz_desk *desk, yz_exchange *x, yz_status status,
                   const yz_batch_result *result, size_t room, bool *open)
{
    yz_status made;

    *open = false;
    if (status != YZ_OK && result->batch == 0) {
        return answer_failure(desk, x, status);
    }
    made = yz_exchange_answer(x, 200, RESULT_ROOM + room);
    if (made != YZ_OK) {
        return made;
    }
    YZ_OUT_LIT(&x->out, "{\"batch\":");
    yz_out_u64(&x->out, result->batch);
    write_member(&x->out, "first_seq", result->first_seq);
    write_member(&x->out, "last_seq", result->last_seq);
    write_member(&x->out, "added", result->added);
    write_member(&x->out, "changed", result->changed);
    write_member(&x->out, "closed", result->closed);
    if (status != YZ_OK) {
        /* It is in the log and will show; now it does not yet. */
        YZ_OUT_LIT(&x->out, ",\"why\":");
        yz_out_json(&x->out, yz_span_of(yz_store_why(desk->store)));
    }
    *open = true;
    return YZ_OK;
}

static yz_status
rebuild(yz_desk *desk, yz_exchange *x)
{
    yz_status status = yz_store_rebuild(desk->store);

    if (status != YZ_OK) {
        return answer_failure(desk, x, status);
    }
    status = yz_exchange_answer(x, 200, 32);
    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{}");
    }
    return status;
}

yz_status
yz_operator_archive_tick(yz_desk *desk, int64_t now_s, bool *more)
{
    int64_t before_s = now_s - (int64_t)YZ_ARCHIVE_DAYS * DAY_S;
    uint64_t moved = 0;
    yz_status status =
        yz_store_archive(desk->store, before_s, YZ_ARCHIVE_MOST, &moved);

    *more = moved > 0;
    if (status == YZ_OK && moved == 0) {
        status = yz_store_archive(desk->store, before_s - WAIT_DAYS * DAY_S, 1,
                                  &moved);
    }
    return status;
}

/* The same at once, a file at a time: the command asks until none is left. */
static yz_status
archive(yz_desk *desk, yz_exchange *x)
{
    int64_t days = yz_json_integer(x, NULL, "days", YZ_ARCHIVE_DAYS);
    uint64_t moved = 0;
    yz_status status = yz_store_archive(
        desk->store, yz_store_now_s(desk->store) - days * DAY_S, 1, &moved);

    if (status == YZ_OK) {
        status = yz_exchange_answer(x, 200, 64);
    }
    if (status == YZ_OK) {
        YZ_OUT_LIT(&x->out, "{\"moved\":");
        yz_out_u64(&x->out, moved);
        yz_out_char(&x->out, '}');
    }
    return status;
}

static const yz_json_member load_members[] = {
    {.name = "file", .kind = YZ_JSON_TEXT, .required = true, .max = 64},
    {.name = NULL},
};

static const yz_json_member rollback_members[] = {
    /* 0: the newest load that is not taken back */
    {.name = "batch",
     .kind = YZ_JSON_INTEGER,
     .required = true,
     .max = UINT32_MAX},
    {.name = NULL},
};

static const yz_json_member archive_members[] = {
    {.name = "days", .kind = YZ_JSON_INTEGER, .required = true, .max = 36500},
    {.name = NULL},
};

const yz_route yz_operator_routes[] = {
    {.method = YZ_METHOD_POST,
     .path = "/operator/loads",
     .members = load_members,
     .prepare = yz_operator_load_prepare,
     .apply = yz_operator_load_apply,
     .idempotent = true,
     .operator_only = true,
     .alone = true},
    {.method = YZ_METHOD_POST,
     .path = "/operator/rollback",
     .members = rollback_members,
     .apply = yz_operator_rollback_apply,
     .idempotent = true,
     .operator_only = true,
     .alone = true},
    {.method = YZ_METHOD_POST,
     .path = "/operator/archive",
     .members = archive_members,
     .apply = archive,
     .idempotent = true,
     .operator_only = true},
    {.method = YZ_METHOD_POST,
     .path = "/operator/rebuild",
     .apply = rebuild,
     .idempotent = true,
     .operator_only = true,
     .alone = true},
    {.path = NULL},
};
