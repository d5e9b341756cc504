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
 * The answer of a batch that ended with `status`: what it did, or that
 * nothing was changed and why.  The object stays open for more members when
 * *open is set; otherwise the exchange is answered.
 */
yz_status yz_operator_answer(yz_desk *desk, yz_exchange *x, yz_status status,
                             const yz_batch_result *result, size_t room,
                             bool *open);

#endif
