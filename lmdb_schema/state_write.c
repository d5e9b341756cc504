/*
 * Changes of the state with their log entries.  Runs in the writer only;
 * called by the store.
 */
#include "lmdb_schema/state_write.h"
#include "core/code.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#define DRAWS_MAX 16 /* drawing a code in use so often means broken random */

static int
put(MDB_txn *txn, MDB_dbi dbi, const void *key_bytes, size_t key_size,
    const void *bytes, size_t size, unsigned flags)
{
    MDB_val key = {key_size, (void *)key_bytes};
    MDB_val value = {size, (void *)bytes};

    return mdb_put(txn, dbi, &key, &value, flags);
}

/* Appends `text` to the batch's texts; returns the bytes kept. */
static uint8_t
keep_text(yz_state_batch *batch, size_t *used, yz_span text, size_t max)
{
    size_t n = text.n;

    if (n > max) {
        for (n = max; n > 0 && ((uint8_t)text.p[n] & 0xc0) == 0x80; n--) {
        }
    }
    if (n > 0) {
        memcpy(batch->texts + *used, text.p, n);
    }
    *used += n;
    return (uint8_t)n;
}

yz_status
yz_state_batch_begin(yz_state *state, const yz_batch_info *info,
                     yz_state_batch *batch)
{
    yz_batch_record *record = &batch->record;
    int64_t now_s = (int64_t)time(NULL);
    size_t used = 0;
    yz_status status;

    memset(batch, 0, sizeof(*batch));
    batch->state = state;
    batch->unmarked = info->unmarked;
    status = yz_env_begin_write(state->env, &batch->txn);
    if (status == YZ_OK) {
        status = yz_state_head_get(state, batch->txn, &batch->head);
    }
    if (status != YZ_OK) {
        yz_state_batch_abort(batch);
        return status;
    }
    if (batch->head.last_time_s < now_s) {
        batch->head.last_time_s = now_s;
    }
    record->number = batch->head.next_batch;
    record->first_seq = batch->head.last_seq + 1;
    record->at_s = batch->head.last_time_s;
    record->undoes = info->undoes;
    record->kind_size = keep_text(batch, &used, info->kind, YZ_BATCH_KIND_MAX);
    record->source_size =
        keep_text(batch, &used, info->source, YZ_BATCH_SOURCE_MAX);
    record->actor_size =
        keep_text(batch, &used, info->actor, YZ_BATCH_ACTOR_MAX);
    return YZ_OK;
}

/* Gives 8 random bytes of the system's. */
static yz_status
draw_random(yz_state_batch *batch, const uint8_t **random)
{
    if (batch->random_left == 0) {
        size_t got = 0;

        while (got < sizeof(batch->random)) {
            ssize_t n =
                getrandom(batch->random + got, sizeof(batch->random) - got, 0);

            if (n < 0 && errno != EINTR) {
                return YZ_IO;
            }
            got += n > 0 ? (size_t)n : 0;
        }
        batch->random_left = YZ_RANDOM_KEPT;
    }
    batch->random_left--;
    *random = batch->random + (size_t)batch->random_left * 8;
    return YZ_OK;
}

/* Draws a code that no place has had and keeps it as the one of `id`. */
static yz_status
issue_code(yz_state_batch *batch, yz_span id, char code[static YZ_CODE_SIZE])
{
    uint8_t value[sizeof(yz_issued_code) + YZ_ID_MAX];
    yz_issued_code issued = {.issued_at_s = batch->head.last_time_s};
    const uint8_t *random;
    int draws;

    memcpy(value, &issued, sizeof(issued));
    memcpy(value + sizeof(issued), id.p, id.n);
    for (draws = 0; draws < DRAWS_MAX; draws++) {
        yz_status status = draw_random(batch, &random);
        int rc;

        if (status != YZ_OK) {
            return status;
        }
        yz_code_from_random(random, code);
        rc = put(batch->txn, batch->state->code, code, YZ_CODE_LENGTH, value,
                 sizeof(issued) + id.n, MDB_NOOVERWRITE);
        if (rc != MDB_KEYEXIST) {
            return yz_status_of_lmdb(rc);
        }
    }
    return YZ_IO;
}

/* Marks a code as revoked; it stays known for ever. */
static yz_status
revoke_code(yz_state_batch *batch, const char code[static YZ_CODE_LENGTH])
{
    uint8_t copy[sizeof(yz_issued_code) + YZ_ID_MAX];
    MDB_val key = {YZ_CODE_LENGTH, (void *)code}, value;
    yz_issued_code issued;
    int rc = mdb_get(batch->txn, batch->state->code, &key, &value);

    if (rc != 0) {
        return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
    }
    if (value.mv_size <= sizeof(issued) || value.mv_size > sizeof(copy)) {
        return YZ_CORRUPT;
    }
    memcpy(copy, value.mv_data, value.mv_size);
    memcpy(&issued, copy, sizeof(issued));
    issued.revoked = 1;
    memcpy(copy, &issued, sizeof(issued));
    return yz_status_of_lmdb(put(batch->txn, batch->state->code, code,
                                 YZ_CODE_LENGTH, copy, value.mv_size, 0));
}

yz_status
yz_state_batch_append(yz_state_batch *batch, yz_log_op op, uint64_t prev_seq,
                      size_t size)
{
    yz_log_head entry = {
        .batch = batch->unmarked ? 0 : batch->record.number,
        .prev_seq = prev_seq,
        .op = (uint8_t)op,
        .actor = batch->actor,
    };

    batch->logged_bytes += size;
    return yz_log_append(batch->state, batch->txn, &batch->head, &batch->buffer,
                         entry, size);
}

/* Logs `place` as its newest version and makes it the state. */
static yz_status
write_place(yz_state_batch *batch, yz_place *place, yz_log_op op,
            uint64_t prev_seq)
{
    uint8_t *payload = yz_log_payload(&batch->buffer, YZ_PLACE_ENCODED_MAX);
    size_t size;
    yz_status status;

    if (payload == NULL) {
        return YZ_NOMEM;
    }
    place->changed_seq = batch->head.last_seq + 1;
    status = yz_place_encode(place, payload, YZ_PLACE_ENCODED_MAX, &size);
    if (status == YZ_OK) {
        status = yz_state_batch_append(batch, op, prev_seq, size);
    }
    if (status == YZ_OK) {
        /* The id is taken from the payload: the caller's may lie in a page
           that appending has moved. */
        status = yz_status_of_lmdb(put(batch->txn, batch->state->place,
                                       payload + YZ_PLACE_ENCODED_HEAD,
                                       place->id.n, payload, size, 0));
    }
    return status;
}

/* Gives a new place its number and code, and logs it. */
static yz_status
add_place(yz_state_batch *batch, const yz_place *wanted)
{
    yz_place place = *wanted;
    yz_status status;

    if (batch->head.next_number == UINT32_MAX) {
        return YZ_FULL;
    }
    place.number = batch->head.next_number;
    status = issue_code(batch, place.id, place.code);
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(put(batch->txn, batch->state->number,
                                       &place.number, sizeof(place.number),
                                       place.id.p, place.id.n, MDB_APPEND));
    }
    if (status == YZ_OK) {
        status = write_place(batch, &place, YZ_LOG_PLACE, 0);
    }
    if (status == YZ_OK) {
        batch->head.next_number++;
        batch->head.places++;
        batch->record.added++;
    }
    return status;
}

static bool
is_closed(const yz_place *place)
{
    return place->status == YZ_PLACE_CLOSED ||
           place->status == YZ_PLACE_DELISTED;
}

yz_status
yz_state_batch_put(yz_state_batch *batch, const yz_place *wanted, bool *changed)
{
    yz_place place, old;
    yz_status status =
        yz_state_place_get(batch->state, batch->txn, wanted->id, &old, NULL);

    *changed = true;
    if (status == YZ_NOT_FOUND) {
        return add_place(batch, wanted);
    }
    if (status != YZ_OK) {
        return status;
    }
    if (yz_place_same(&old, wanted)) {
        *changed = false;
        return YZ_OK;
    }
    place = *wanted;
    place.number = old.number;
    memcpy(place.code, old.code, sizeof(place.code));
    if (is_closed(&place) && !is_closed(&old)) {
        batch->record.closed++;
    } else {
        batch->record.changed++;
    }
    return write_place(batch, &place, YZ_LOG_PLACE, old.changed_seq);
}

yz_status
yz_state_batch_reissue(yz_state_batch *batch, yz_span id)
{
    uint8_t copy[YZ_PLACE_ENCODED_MAX];
    yz_place place;
    yz_span bytes;
    uint64_t prev_seq;
    yz_status status =
        yz_state_place_get(batch->state, batch->txn, id, &place, &bytes);

    if (status != YZ_OK) {
        return status;
    }
    memcpy(copy, bytes.p, bytes.n);
    status = yz_place_decode(copy, bytes.n, &place);
    prev_seq = place.changed_seq;
    if (status == YZ_OK) {
        status = revoke_code(batch, place.code);
    }
    if (status == YZ_OK) {
        status = issue_code(batch, place.id, place.code);
    }
    if (status == YZ_OK) {
        batch->record.changed++;
        status = write_place(batch, &place, YZ_LOG_CODE, prev_seq);
    }
    return status;
}

yz_status
yz_state_batch_reference(yz_state_batch *batch, yz_span name, yz_span bytes)
{
    uint16_t name_size = (uint16_t)name.n;
    size_t size = sizeof(name_size) + name.n + bytes.n;
    yz_span old;
    uint8_t *payload;
    yz_status status =
        yz_state_reference_get(batch->state, batch->txn, name, &old);

    if (status == YZ_OK && yz_span_equal(old, bytes)) {
        return YZ_OK;
    }
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    payload = yz_log_payload(&batch->buffer, size);
    if (payload == NULL) {
        return YZ_NOMEM;
    }
    memcpy(payload, &name_size, sizeof(name_size));
    memcpy(payload + sizeof(name_size), name.p, name.n);
    if (bytes.n > 0) {
        memcpy(payload + sizeof(name_size) + name.n, bytes.p, bytes.n);
    }
    status = yz_state_batch_append(batch, YZ_LOG_REFERENCE, 0, size);
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(put(
            batch->txn, batch->state->reference, payload + sizeof(name_size),
            name.n, payload + sizeof(name_size) + name.n, bytes.n, 0));
    }
    return status;
}

/* Notes in the record of the batch that is undone by which one. */
static yz_status
note_undone(yz_state_batch *batch)
{
    uint8_t copy[sizeof(yz_batch_record) + sizeof(batch->texts)];
    yz_batch_record record;
    yz_span value;
    yz_status status;

    if (batch->record.undoes == 0) {
        return YZ_OK;
    }
    status = yz_state_batch_get(batch->state, batch->txn, batch->record.undoes,
                                &record, &value);
    if (status != YZ_OK) {
        return status;
    }
    memcpy(copy, value.p, value.n);
    record.undone_by = batch->record.number;
    memcpy(copy, &record, sizeof(record));
    return yz_status_of_lmdb(put(batch->txn, batch->state->batch,
                                 &record.number, sizeof(record.number), copy,
                                 value.n, 0));
}

/* Ends the batch's entries with its mark, and writes record and head. */
static yz_status
write_mark(yz_state_batch *batch)
{
    yz_batch_record *record = &batch->record;
    size_t texts =
        (size_t)record->kind_size + record->source_size + record->actor_size;
    size_t size = sizeof(*record) + texts;
    uint8_t *payload = yz_log_payload(&batch->buffer, size);
    yz_status status;

    if (payload == NULL) {
        return YZ_NOMEM;
    }
    record->last_seq = batch->head.last_seq + 1;
    batch->head.next_batch = record->number + 1;
    memcpy(payload, record, sizeof(*record));
    memcpy(payload + sizeof(*record), batch->texts, texts);
    status = yz_state_batch_append(batch, YZ_LOG_BATCH, 0, size);
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(put(batch->txn, batch->state->batch,
                                       &record->number, sizeof(uint64_t),
                                       payload, size, MDB_APPEND));
    }
    return status == YZ_OK ? note_undone(batch) : status;
}

static yz_status
write_head(yz_state_batch *batch)
{
    return yz_status_of_lmdb(put(batch->txn, batch->state->meta, YZ_STATE_HEAD,
                                 strlen(YZ_STATE_HEAD), &batch->head,
                                 sizeof(batch->head), 0));
}

yz_status
yz_state_batch_commit(yz_state_batch *batch, yz_batch_result *result)
{
    bool logged = batch->head.last_seq >= batch->record.first_seq;
    yz_status status = YZ_OK;

    memset(result, 0, sizeof(*result));
    if (!logged && !batch->unlogged) {
        yz_state_batch_abort(batch);
        return YZ_OK;
    }
    if (logged && !batch->unmarked) {
        status = write_mark(batch);
    }
    if (status == YZ_OK && logged) {
        status = write_head(batch);
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&batch->txn);
    }
    if (status == YZ_OK && logged) {
        result->batch = batch->unmarked ? 0 : batch->record.number;
        result->first_seq = batch->record.first_seq;
        result->last_seq = batch->head.last_seq;
        result->added = batch->record.added;
        result->changed = batch->record.changed;
        result->closed = batch->record.closed;
    }
    yz_state_batch_abort(batch);
    return status;
}

void
yz_state_batch_abort(yz_state_batch *batch)
{
    yz_txn_abort(&batch->txn);
    yz_log_buffer_free(&batch->buffer);
}

yz_status
yz_state_generation_take(yz_state *state, uint64_t least, uint64_t *generation)
{
    MDB_val key = {strlen(YZ_STATE_GENERATION), YZ_STATE_GENERATION}, value;
    MDB_txn *txn = NULL;
    uint64_t next = 1;
    yz_status status = yz_env_begin_write(state->env, &txn);

    if (status == YZ_OK) {
        status = yz_status_of_lmdb(mdb_get(txn, state->meta, &key, &value));
    }
    if (status == YZ_OK && value.mv_size == sizeof(next)) {
        memcpy(&next, value.mv_data, sizeof(next));
    }
    if (status == YZ_OK || status == YZ_NOT_FOUND) {
        *generation = next > least ? next : least;
        next = *generation + 1;
        status = yz_status_of_lmdb(put(txn, state->meta, key.mv_data,
                                       key.mv_size, &next, sizeof(next), 0));
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    return status;
}
