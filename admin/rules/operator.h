/*
 * What the commands on the machine ask of the daemon: batches of a load,
 * rollbacks, new generations.  By the operators' socket only, and each with a
 * batch of its own.
 */
#ifndef YZ_RULES_OPERATOR_H
#define YZ_RULES_OPERATOR_H

#include "admin/identity/desk.h"
#include "lmdb_schema/store.h"

extern const yz_route yz_operator_routes[];

/* Steps of the routes; see the table in operator.c. */
yz_status yz_operator_load_prepare(yz_desk *desk, yz_exchange *x);
yz_status yz_operator_load_apply(yz_desk *desk, yz_exchange *x);
yz_status yz_operator_rollback_apply(yz_desk *desk, yz_exchange *x);

/*
 * Of the daemon's ticks, in a batch of its own: moves log entries that are
 * older than YZ_ARCHIVE_DAYS into a file, when it would be a full one or they
 * have waited for a week.
 */
#define YZ_ARCHIVE_EVERY_S 3600
yz_status yz_operator_archive_tick(yz_desk *desk, int64_t now_s, bool *more);

/*
 * The answer of a batch that ended with `status`: what it did, or that
 * nothing was changed and why.  The object stays open for more members when
 * *open is set; otherwise the exchange is answered.
 */
yz_status yz_operator_answer(yz_desk *desk, yz_exchange *x, yz_status status,
                             const yz_batch_result *result, size_t room,
                             bool *open);

#endif
