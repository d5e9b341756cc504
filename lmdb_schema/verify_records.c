/*
 * Checks the records of tables: each logged one is what the log says last,
 * none is there that the log does not tell of, and tallies are what the
 * ratings add up to.  Runs in the writer only; called by verify_log.c and
 * verify_state.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/rating_record.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>

void
yz_verify_record_entry(yz_verification *check, yz_record_check *records,
                       const yz_log_entry *entry)
{
    yz_log_record record;
    yz_span key, value, now;
    uint64_t seq = entry->head.seq, made;

    if (yz_log_record_of(entry, &record, &key, &value) != YZ_OK) {
        yz_verify_tell(check, "log entry %" PRIu64 ": its record is damaged",
                       seq);
        return;
    }
    if (entry->head.op == YZ_LOG_GONE) {
        records->live[record.table]--;
        return;
    }
    records->live[record.table] += entry->head.prev_seq == 0;
    if (yz_state_record_get(&check->store->state, check->txn,
                            (yz_table)record.table, key, &now,
                            &made) != YZ_OK ||
        made != seq) {
        return;
    }
    records->newest[record.table]++;
    if (!yz_span_equal(now, value)) {
        yz_verify_tell(check,
                       "log entry %" PRIu64 ": the state differs from it", seq);
    }
}

yz_status
yz_verify_record_totals(yz_verification *check, const yz_record_check *records)
{
    int table;

    for (table = YZ_TABLE_NONE + 1; table < YZ_TABLE_TALLY; table++) {
        MDB_stat kept;
        int rc;

        if (!yz_table_known((yz_table)table)) {
            continue;
        }
        rc = mdb_stat(check->txn, check->store->state.records[table], &kept);
        if (rc != 0) {
            return yz_status_of_lmdb(rc);
        }
        if (kept.ms_entries != records->live[table] ||
            kept.ms_entries != records->newest[table]) {
            yz_verify_tell(check,
                           "table '%s' has %zu records, the log has %" PRIu64
                           " and the newest version of %" PRIu64,
                           yz_table_name((yz_table)table), kept.ms_entries,
                           records->live[table], records->newest[table]);
        }
    }
    return YZ_OK;
}

/* Adds up the ratings of one place after the other. */
typedef struct {
    yz_verification *check;
    uint32_t number;
    yz_tally_value sums;
    uint64_t tallies; /* places with a rating that counts, or that had one */
} recount;

/* What was added up is what is kept. */
static yz_status
compare_tally(recount *at)
{
    yz_place place = {.number = at->number};
    yz_status status;

    if (at->number == 0) {
        return YZ_OK;
    }
    status =
        yz_state_tally_get(&at->check->store->state, at->check->txn, &place);
    if (status == YZ_CORRUPT ||
        (status == YZ_OK && (place.rating_count != at->sums.count ||
                             place.rating_sum != at->sums.sum))) {
        yz_verify_tell(at->check,
                       "place %" PRIu32 ": its tally is not what its ratings "
                       "add up to",
                       at->number);
        return YZ_OK;
    }
    return status;
}

static yz_status
add_rating(void *context, yz_span key, yz_span value, uint64_t seq)
{
    recount *at = context;
    yz_rating rating;
    uint32_t number;
    yz_status status = YZ_OK;

    if (key.n < 4 || yz_rating_decode(value, &rating) != YZ_OK) {
        yz_verify_tell(at->check, "log entry %" PRIu64 ": no rating", seq);
        return YZ_OK;
    }
    number = yz_get_u32_be(key.p);
    if (number != at->number) {
        status = compare_tally(at);
        at->number = number;
        at->sums = (yz_tally_value){0, 0};
        at->tallies++;
    }
    if (!rating.hidden) {
        at->sums.count++;
        at->sums.sum += rating.score;
    }
    return status;
}

yz_status
yz_verify_tallies(yz_verification *check)
{
    const yz_record_range all = {.table = YZ_TABLE_RATING};
    const yz_state *state = &check->store->state;
    recount at = {.check = check};
    MDB_stat kept;
    yz_status status =
        yz_state_record_each(state, check->txn, &all, add_rating, &at);

    if (status == YZ_OK) {
        status = compare_tally(&at);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_stat(check->txn, state->records[YZ_TABLE_TALLY], &kept));
    }
    if (status == YZ_OK && kept.ms_entries != at.tallies) {
        yz_verify_tell(check, "%zu places have a tally, %" PRIu64 " ratings",
                       kept.ms_entries, at.tallies);
    }
    return status;
}
