/*
 * Checks the log: numbers, times, the chain of hashes, that each version
 * names the one before, that batches end with true counts, and that what the
 * log says last is what the state says.  Runs in the writer only; called by
 * verify.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>

/* What the walk remembers. */
typedef struct {
    yz_verification *check;
    uint8_t chain[YZ_HASH_SIZE];
    uint64_t next_batch;
    uint64_t batch_first; /* first entry of the batch that is read */
    int64_t last_time_s;
    uint32_t batch_added;
    uint32_t batch_entries; /* of places, in the batch */
    uint64_t first_versions;
    uint64_t newest_versions;
    uint64_t issued; /* codes */
    yz_record_check records;
} walk;

#define TELL(at, seq, text)                                                    \
    yz_verify_tell((at)->check, "log entry %" PRIu64 ": %s", (seq), (text))

/* The code of a version is known, and good if and only if it is current. */
static void
check_code(walk *at, uint64_t seq, const yz_place *place, const yz_place *now)
{
    const yz_state *state = &at->check->store->state;
    MDB_val key = {YZ_CODE_LENGTH, (void *)place->code}, value;
    bool current = memcmp(place->code, now->code, YZ_CODE_LENGTH) == 0;
    yz_issued_code issued;

    if (mdb_get(at->check->txn, state->code, &key, &value) != 0 ||
        value.mv_size <= sizeof(issued)) {
        TELL(at, seq, "the place's code is not among the codes");
        return;
    }
    memcpy(&issued, value.mv_data, sizeof(issued));
    if (!yz_span_equal((yz_span){(char *)value.mv_data + sizeof(issued),
                                 value.mv_size - sizeof(issued)},
                       place->id)) {
        TELL(at, seq, "the place's code belongs to another place");
    }
    if ((issued.revoked == 0) != current || issued.revoked > 1) {
        TELL(at, seq,
             "the place's code is revoked when it should not be, or "
             "the other way round");
    }
}

/* The version that an entry names as the one before is of the same place. */
static void
check_previous(walk *at, const yz_log_entry *entry, const yz_place *place)
{
    yz_log_entry before;
    yz_place old;

    if (entry->head.prev_seq == 0) {
        at->first_versions++;
        at->batch_added += entry->head.batch != 0;
        at->issued++;
        return;
    }
    if (yz_log_get(&at->check->store->state, at->check->txn,
                   entry->head.prev_seq, &before) != YZ_OK ||
        yz_log_place(&before, &old) != YZ_OK ||
        !yz_span_equal(old.id, place->id) || old.number != place->number) {
        TELL(at, entry->head.seq,
             "the version before is not one of the same place");
        return;
    }
    if (entry->head.op == YZ_LOG_CODE) {
        at->issued++;
    }
    if ((entry->head.op == YZ_LOG_CODE) !=
        (memcmp(old.code, place->code, YZ_CODE_LENGTH) != 0)) {
        TELL(at, entry->head.seq, "the place's code changed without a word");
    }
}

static void
check_place(walk *at, const yz_log_entry *entry)
{
    yz_place place, now;
    yz_span bytes;

    at->batch_entries += entry->head.batch != 0;
    if (yz_log_place(entry, &place) != YZ_OK) {
        TELL(at, entry->head.seq, "the place in it is damaged");
        return;
    }
    check_previous(at, entry, &place);
    if (yz_state_place_get(&at->check->store->state, at->check->txn, place.id,
                           &now, &bytes) != YZ_OK) {
        TELL(at, entry->head.seq, "its place is not in the state");
        return;
    }
    check_code(at, entry->head.seq, &place, &now);
    if (now.changed_seq < entry->head.seq) {
        TELL(at, entry->head.seq, "the state is older than it");
    } else if (now.changed_seq == entry->head.seq) {
        at->newest_versions++;
        if (!yz_span_equal(bytes, (yz_span){(const char *)entry->payload,
                                            entry->head.payload_size})) {
            TELL(at, entry->head.seq, "the state differs from it");
        }
    }
}

/* The mark of a batch: what it counts, and its record. */
static void
check_batch(walk *at, const yz_log_entry *entry)
{
    yz_batch_record logged, kept;
    yz_span texts[3], value;
    yz_span payload = {(const char *)entry->payload, entry->head.payload_size};

    if (yz_batch_decode(payload, &logged, &texts[0], &texts[1], &texts[2]) !=
        YZ_OK) {
        TELL(at, entry->head.seq, "the batch in it is damaged");
        return;
    }
    if (logged.number != at->next_batch ||
        logged.first_seq != at->batch_first ||
        logged.last_seq != entry->head.seq || logged.added != at->batch_added ||
        (uint64_t)logged.added + logged.changed + logged.closed !=
            at->batch_entries) {
        TELL(at, entry->head.seq, "the batch's numbers or counts are wrong");
    }
    if (yz_state_batch_get(&at->check->store->state, at->check->txn,
                           logged.number, &kept, &value) != YZ_OK) {
        TELL(at, entry->head.seq, "the batch has no record");
    } else {
        kept.undone_by = 0;
        if (memcmp(&kept, &logged, sizeof(kept)) != 0 || value.n != payload.n ||
            memcmp(value.p + sizeof(kept), payload.p + sizeof(kept),
                   value.n - sizeof(kept)) != 0) {
            TELL(at, entry->head.seq, "the batch's record differs");
        }
    }
    at->next_batch = logged.number + 1;
    at->batch_first = entry->head.seq + 1;
    at->batch_added = 0;
    at->batch_entries = 0;
}

/* A request by itself stands between batches, never inside one. */
static void
check_request(walk *at, uint64_t seq)
{
    if (at->batch_entries > 0) {
        TELL(at, seq, "a request stands inside a batch");
    }
    at->batch_first = seq + 1;
}

/* Checks what every entry has, and moves on along the chain. */
static yz_status
check_entry(walk *at, const yz_log_entry *entry)
{
    const yz_log_head *head = &entry->head;
    yz_status status =
        yz_chain_step(at->check->store->state.chain, at->chain, entry->bytes,
                      sizeof(*head) + head->payload_size, at->chain);

    if (status != YZ_OK) {
        return status;
    }
    if (memcmp(at->chain, entry->hash, YZ_HASH_SIZE) != 0) {
        TELL(at, head->seq, "its hash does not follow from the one before");
        memcpy(at->chain, entry->hash, YZ_HASH_SIZE);
    }
    if (head->at_s < at->last_time_s) {
        TELL(at, head->seq, "its time is before that of the entry before");
    }
    at->last_time_s = head->at_s;
    if (head->batch == 0) {
        check_request(at, head->seq);
    } else if (head->batch != at->next_batch) {
        TELL(at, head->seq, "it is not of the batch that comes next");
    }
    switch (head->op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        check_place(at, entry);
        break;
    case YZ_LOG_BATCH:
        check_batch(at, entry);
        break;
    case YZ_LOG_REFERENCE:
        break;
    case YZ_LOG_RECORD:
    case YZ_LOG_GONE:
        yz_verify_record_entry(at->check, &at->records, entry);
        break;
    default:
        TELL(at, head->seq, "nothing is known of its kind");
    }
    return YZ_OK;
}

/* What the whole log adds up to is what the state says. */
static yz_status
check_totals(walk *at)
{
    yz_verification *check = at->check;
    MDB_stat log, codes;
    uint64_t archived = 0;
    yz_status status =
        yz_state_archived_get(&check->store->state, check->txn, &archived);
    int rc;

    if (status != YZ_OK) {
        return status;
    }
    rc = mdb_stat(check->txn, check->store->state.log, &log);
    if (rc == 0) {
        rc = mdb_stat(check->txn, check->store->state.code, &codes);
    }
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    if (log.ms_entries + archived != check->head.last_seq ||
        memcmp(at->chain, check->head.chain, YZ_HASH_SIZE) != 0 ||
        at->last_time_s > check->head.last_time_s ||
        at->next_batch != check->head.next_batch ||
        at->batch_first != check->head.last_seq + 1) {
        yz_verify_tell(check, "the log does not end where the state says");
    }
    if (at->first_versions != check->head.places ||
        at->newest_versions != check->head.places) {
        yz_verify_tell(check,
                       "the log has %" PRIu64 " places and the newest version "
                       "of %" PRIu64 ", the state has %" PRIu64 " places",
                       at->first_versions, at->newest_versions,
                       check->head.places);
    }
    if (codes.ms_entries != at->issued) {
        yz_verify_tell(check, "%zu codes are kept, %" PRIu64 " were issued",
                       codes.ms_entries, at->issued);
    }
    return yz_verify_record_totals(check, &at->records);
}

/* The files of old entries are what was written. */
static yz_status
check_segment(void *context, const char *name, const yz_segment *segment)
{
    yz_status status = yz_segment_check(segment);

    if (status == YZ_CORRUPT) {
        yz_verify_tell(context, "the archived log %s is damaged", name);
        status = YZ_OK;
    }
    return status;
}

yz_status
yz_verify_log(yz_verification *check)
{
    walk at = {.check = check, .next_batch = 1, .batch_first = 1};
    yz_log_entry entry;
    uint64_t seq;

    for (seq = 1; seq <= check->head.last_seq; seq++) {
        yz_status status =
            yz_log_get(&check->store->state, check->txn, seq, &entry);

        if (status == YZ_NOT_FOUND || status == YZ_CORRUPT) {
            TELL(&at, seq,
                 status == YZ_CORRUPT ? "it is damaged" : "it is missing");
            continue;
        }
        if (status == YZ_OK) {
            status = check_entry(&at, &entry);
        }
        if (status != YZ_OK) {
            return status;
        }
    }
    if (yz_archive_each(check->store->state.archive, check_segment, check) !=
        YZ_OK) {
        yz_verify_tell(check, "the archived log cannot be read");
    }
    return check_totals(&at);
}
