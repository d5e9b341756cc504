/*
 * Checks everything that is stored: the log, the state against it, public
 * data against the state.  Runs in the writer (yizhan verify); others call
 * yz_store_verify().
 */
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/verify_impl.h"

#include <stdarg.h>
#include <stdio.h>

#define PROBLEMS_TOLD 1000

void
yz_verify_tell(yz_verification *check, const char *format, ...)
{
    char sentence[512];
    va_list arguments;

    if (++check->problems > PROBLEMS_TOLD + 1) {
        return;
    }
    if (check->problems == PROBLEMS_TOLD + 1) {
        check->problem(check->context, "there are more faults than are told");
        return;
    }
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    check->problem(check->context, sentence);
}

/*
 * Begins to read.  A writer's store is at rest; beside a writer the two
 * environments are read as they were at one moment, or public data can't be
 * opened, which is a fault like any other.
 */
static yz_status
begin(yz_verification *check)
{
    yz_store *store = check->store;
    yz_status status;

    if (!store->read_only) {
        return yz_state_begin_read(&store->state, &check->txn);
    }
    status = yz_store_read_pair(store, &check->txn, &check->public_txn);
    if (status == YZ_CORRUPT || status == YZ_FORMAT) {
        yz_verify_tell(check, "public data can't be opened: %s",
                       yz_status_text(status));
        status = yz_state_begin_read(&store->state, &check->txn);
    }
    return status;
}

/* What all checks came to. */
static yz_status
conclude(yz_verification *check, yz_status status)
{
    yz_txn_abort(&check->public_txn);
    yz_txn_abort(&check->txn);
    if (status != YZ_OK) {
        return yz_store_fail(check->store, status, "verifying stopped: %s",
                             yz_status_text(status));
    }
    return check->problems == 0
               ? YZ_OK
               : yz_store_fail(check->store, YZ_CORRUPT, "%llu faults",
                               (unsigned long long)check->problems);
}

yz_status
yz_store_verify_log(yz_store *store, yz_verify_problem *problem, void *context)
{
    yz_verification check = {
        .store = store, .problem = problem, .context = context};
    yz_status status = yz_state_begin_read(&store->state, &check.txn);

    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, check.txn, &check.head);
    }
    if (status == YZ_OK) {
        status = yz_verify_log(&check);
    }
    return conclude(&check, status);
}

yz_status
yz_store_verify(yz_store *store, yz_verify_problem *problem, void *context)
{
    yz_verification check = {
        .store = store, .problem = problem, .context = context};
    yz_status status;

    if (store->batch.txn != NULL) {
        return yz_store_fail(store, YZ_BUSY, "a batch is open");
    }
    status = begin(&check);
    if (status == YZ_OK) {
        status = yz_state_head_get(&store->state, check.txn, &check.head);
    }
    if (status == YZ_OK) {
        status = yz_verify_log(&check);
    }
    if (status == YZ_OK) {
        status = yz_verify_state(&check);
    }
    if (status == YZ_OK) {
        status = yz_verify_tickets(&check);
    }
    if (status == YZ_OK) {
        status = yz_verify_public(&check);
    }
    return conclude(&check, status);
}
