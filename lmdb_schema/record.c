/*
 * The tables of records: their names, and which of them the log tells of.
 * Used by the writer and by who reads the private environment.
 */
#include "lmdb_schema/record.h"

#include <stddef.h>

static const char *const names[YZ_TABLE_END] = {
    [YZ_TABLE_RATING] = "rating",
    [YZ_TABLE_TICKET] = "ticket",
    [YZ_TABLE_POST] = "post",
    [YZ_TABLE_NODE] = "node",
    [YZ_TABLE_HOLDING] = "holding",
    [YZ_TABLE_PERSON] = "person",
    [YZ_TABLE_REPORT] = "report",
    [YZ_TABLE_POLICY] = "policy",
    [YZ_TABLE_TALLY] = "tally",
    [YZ_TABLE_RECEIPT] = "receipt",
    [YZ_TABLE_TICKET_AT] = "ticket_at",
    [YZ_TABLE_WRITTEN] = "written",
    [YZ_TABLE_IDEMPOTENCY] = "idempotency",
    [YZ_TABLE_SESSION] = "session",
    [YZ_TABLE_EXPIRY] = "expiry",
    [YZ_TABLE_BINDING] = "binding",
    [YZ_TABLE_LIMIT] = "limit",
    [YZ_TABLE_PERSON_KEY] = "person_key",
};

bool
yz_table_known(yz_table table)
{
    return (unsigned)table < YZ_TABLE_END && names[table] != NULL;
}

bool
yz_table_logged(yz_table table)
{
    return yz_table_known(table) && table < YZ_TABLE_TALLY;
}

const char *
yz_table_name(yz_table table)
{
    return yz_table_known(table) ? names[table] : "";
}
