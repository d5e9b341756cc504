/*
 * The private environment: opening it and reading from it.  Runs in the
 * writer only; called by the store, the projection, verify and dump.
 */
#include "lmdb_schema/state.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/layout.h"

/* Opens every database; with MDB_CREATE in `create` makes those missing. */
static int
open_databases(MDB_txn *txn, unsigned create, yz_state *state)
{
    const struct {
        const char *name;
        unsigned flags;
        MDB_dbi *dbi;
    } all[] = {
        {YZ_DB_STATE_META, 0, &state->meta},
        {YZ_DB_STATE_PLACE, 0, &state->place},
        {YZ_DB_STATE_NUMBER, MDB_INTEGERKEY, &state->number},
        {YZ_DB_STATE_CODE, 0, &state->code},
        {YZ_DB_STATE_BATCH, MDB_INTEGERKEY, &state->batch},
        {YZ_DB_STATE_LOG, 0, &state->log},
        {YZ_DB_STATE_REFERENCE, 0, &state->reference},
    };
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
        rc = mdb_dbi_open(txn, all[i].name, all[i].flags | create, all[i].dbi);
    }
    for (i = YZ_TABLE_NONE + 1; rc == 0 && i < YZ_TABLE_END; i++) {
        if (yz_table_known((yz_table)i)) {
            rc = mdb_dbi_open(txn, yz_table_name((yz_table)i), create,
                              &state->records[i]);
        }
    }
    return rc;
}

/* Copies a meta value of exactly `size` bytes. */
static yz_status
get_meta(const yz_state *state, MDB_txn *txn, const char *name, void *out,
         size_t size)
{
    MDB_val key = {strlen(name), (void *)name}, value;
    int rc = mdb_get(txn, state->meta, &key, &value);

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    if (value.mv_size != size) {
        return YZ_CORRUPT;
    }
    memcpy(out, value.mv_data, size);
    return YZ_OK;
}

static int
put_meta(const yz_state *state, MDB_txn *txn, const char *name,
         const void *bytes, size_t size)
{
    MDB_val key = {strlen(name), (void *)name};
    MDB_val value = {size, (void *)bytes};

    return mdb_put(txn, state->meta, &key, &value, 0);
}

/* Checks the format, or writes it into a new environment. */
static yz_status
check_format(const yz_state *state, MDB_txn *txn)
{
    uint32_t format = 0;
    yz_state_head head = {.next_batch = 1, .next_number = 1};
    yz_status status =
        get_meta(state, txn, YZ_STATE_FORMAT, &format, sizeof(format));
    int rc;

    if (status == YZ_OK) {
        return format == YZ_PRIVATE_FORMAT ? YZ_OK : YZ_FORMAT;
    }
    if (status != YZ_NOT_FOUND) {
        return status;
    }
    format = YZ_PRIVATE_FORMAT;
    rc = put_meta(state, txn, YZ_STATE_FORMAT, &format, sizeof(format));
    if (rc == 0) {
        rc = put_meta(state, txn, YZ_STATE_HEAD, &head, sizeof(head));
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_state_open(const char *path, yz_state *state)
{
    MDB_txn *txn = NULL;
    yz_status status;

    memset(state, 0, sizeof(*state));
    status = yz_env_open_write(path, 0, 0600, 0600, &state->env);
    if (status == YZ_OK) {
        status = yz_chain_new(&state->chain);
    }
    if (status == YZ_OK) {
        status = yz_archive_open(path, &state->archive);
    }
    if (status == YZ_OK) {
        status = yz_env_begin_write(state->env, &txn);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(open_databases(txn, MDB_CREATE, state));
    }
    if (status == YZ_OK) {
        status = check_format(state, txn);
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    if (status != YZ_OK) {
        yz_state_close(state);
    }
    return status;
}

/* The format is one that this version reads. */
static yz_status
check_format_read(const yz_state *state, MDB_txn *txn)
{
    uint32_t format = 0;
    yz_status status =
        get_meta(state, txn, YZ_STATE_FORMAT, &format, sizeof(format));

    if (status == YZ_OK && format != YZ_PRIVATE_FORMAT) {
        return YZ_FORMAT;
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

yz_status
yz_state_open_read(const char *path, yz_state *state)
{
    MDB_txn *txn = NULL;
    yz_status status;

    memset(state, 0, sizeof(*state));
    status = yz_env_open_read(path, &state->env);
    if (status == YZ_OK) {
        status = yz_chain_new(&state->chain);
    }
    if (status == YZ_OK) {
        status = yz_archive_open(path, &state->archive);
    }
    if (status == YZ_OK) {
        status = yz_state_begin_read(state, &txn);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(open_databases(txn, 0, state));
        status = status == YZ_NOT_FOUND ? YZ_FORMAT : status;
    }
    if (status == YZ_OK) {
        status = check_format_read(state, txn);
    }
    /* Handles live on only when the transaction that made them ends well. */
    if (status == YZ_OK) {
        status = yz_txn_commit(&txn);
    }
    yz_txn_abort(&txn);
    if (status != YZ_OK) {
        yz_state_close(state);
    }
    return status;
}

void
yz_state_close(yz_state *state)
{
    yz_chain_free(state->chain);
    yz_archive_close(state->archive);
    if (state->env != NULL) {
        mdb_env_close(state->env);
    }
    memset(state, 0, sizeof(*state));
}

yz_status
yz_state_begin_read(const yz_state *state, MDB_txn **txn)
{
    *txn = NULL;
    return yz_status_of_lmdb(mdb_txn_begin(state->env, NULL, MDB_RDONLY, txn));
}

yz_status
yz_state_head_get(const yz_state *state, MDB_txn *txn, yz_state_head *head)
{
    yz_status status = get_meta(state, txn, YZ_STATE_HEAD, head, sizeof(*head));

    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

yz_status
yz_state_archived_get(const yz_state *state, MDB_txn *txn, uint64_t *seq)
{
    yz_status status =
        get_meta(state, txn, YZ_STATE_ARCHIVED, seq, sizeof(*seq));

    if (status == YZ_NOT_FOUND) {
        *seq = 0;
        status = YZ_OK;
    }
    return status;
}

yz_status
yz_log_get(const yz_state *state, MDB_txn *txn, uint64_t seq,
           yz_log_entry *entry)
{
    uint8_t key_bytes[8];
    MDB_val key = {sizeof(key_bytes), key_bytes}, value;
    yz_span bytes = {"", 0};
    yz_status status;

    yz_log_key(seq, key_bytes);
    status = yz_status_of_lmdb(mdb_get(txn, state->log, &key, &value));
    if (status == YZ_OK) {
        bytes = (yz_span){value.mv_data, value.mv_size};
    } else if (status == YZ_NOT_FOUND) {
        status = yz_archive_get(state->archive, seq, &bytes);
    }
    return status == YZ_OK ? yz_log_entry_read(bytes, seq, entry) : status;
}

yz_status
yz_state_place_get(const yz_state *state, MDB_txn *txn, yz_span id,
                   yz_place *place, yz_span *bytes)
{
    MDB_val key = {id.n, (void *)id.p}, value;
    yz_status status;
    int rc;

    if (id.n == 0 || id.n > YZ_ID_MAX) {
        return YZ_NOT_FOUND;
    }
    rc = mdb_get(txn, state->place, &key, &value);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    status = yz_place_decode(value.mv_data, value.mv_size, place);
    if (status == YZ_OK && !yz_span_equal(place->id, id)) {
        status = YZ_CORRUPT;
    }
    if (bytes != NULL) {
        *bytes = (yz_span){value.mv_data, value.mv_size};
    }
    return status;
}

yz_status
yz_state_number_get(const yz_state *state, MDB_txn *txn, uint32_t number,
                    yz_place *place)
{
    MDB_val key = {sizeof(number), &number}, value;
    yz_status status;
    int rc = mdb_get(txn, state->number, &key, &value);

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    status = yz_state_place_get(
        state, txn, (yz_span){value.mv_data, value.mv_size}, place, NULL);
    if (status == YZ_NOT_FOUND ||
        (status == YZ_OK && place->number != number)) {
        return YZ_CORRUPT;
    }
    return status;
}

yz_status
yz_state_reference_get(const yz_state *state, MDB_txn *txn, yz_span name,
                       yz_span *bytes)
{
    MDB_val key = {name.n, (void *)name.p}, value;
    int rc = mdb_get(txn, state->reference, &key, &value);

    if (rc == 0) {
        *bytes = (yz_span){value.mv_data, value.mv_size};
    }
    return yz_status_of_lmdb(rc);
}

yz_status
yz_state_each_place(const yz_state *state, MDB_txn *txn,
                    yz_status (*visit)(void *context, const yz_place *place),
                    void *context)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_place place;
    yz_status status;

    status = yz_status_of_lmdb(mdb_cursor_open(txn, state->place, &cursor));
    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        status = rc == 0 ? yz_place_decode(value.mv_data, value.mv_size, &place)
                         : yz_status_of_lmdb(rc);
        if (status == YZ_OK) {
            status = visit(context, &place);
        }
    }
    mdb_cursor_close(cursor);
    return status;
}

yz_status
yz_batch_decode(yz_span value, yz_batch_record *record, yz_span *kind,
                yz_span *source, yz_span *actor)
{
    const char *at = value.p + sizeof(*record);

    if (value.n < sizeof(*record)) {
        return YZ_CORRUPT;
    }
    memcpy(record, value.p, sizeof(*record));
    if (value.n != sizeof(*record) + record->kind_size + record->source_size +
                       record->actor_size) {
        return YZ_CORRUPT;
    }
    *kind = (yz_span){at, record->kind_size};
    *source = (yz_span){kind->p + kind->n, record->source_size};
    *actor = (yz_span){source->p + source->n, record->actor_size};
    return YZ_OK;
}

yz_status
yz_state_batch_get(const yz_state *state, MDB_txn *txn, uint64_t number,
                   yz_batch_record *record, yz_span *value)
{
    MDB_val key = {sizeof(number), &number}, data;
    yz_span kind, source, actor;
    yz_status status;
    int rc = mdb_get(txn, state->batch, &key, &data);

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    *value = (yz_span){data.mv_data, data.mv_size};
    status = yz_batch_decode(*value, record, &kind, &source, &actor);
    if (status == YZ_OK && record->number != number) {
        status = YZ_CORRUPT;
    }
    return status;
}
