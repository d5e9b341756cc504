/*
 * Writes state and log as lines of JSON.  Runs in the command (yizhan dump);
 * others call yz_dump_private().
 */
#include "lmdb_schema/dump.h"
#include "lmdb_schema/dump_impl.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/files_write.h"
#include "lmdb_schema/state.h"

typedef struct {
    yz_dump line;
    yz_state state; /* its environment is opened for reading */
    MDB_txn *txn;
    yz_span id;        /* n is 0: everything */
    const char *table; /* of the record that is written */
} private_dump;

/* Whether a record of the place `id` is wanted. */
static bool
wanted(const private_dump *dump, yz_span id)
{
    return dump->id.n == 0 || yz_span_equal(dump->id, id);
}

/* The members of one version of a place. */
static void
put_place(private_dump *dump, const yz_place *place)
{
    yz_dump *line = &dump->line;

    yz_dump_i64(line, "number", place->number);
    yz_dump_i64(line, "changed_seq", (int64_t)place->changed_seq);
    yz_dump_text(line, "code", yz_span_of(place->code));
    yz_dump_text(line, "name", place->name);
    yz_dump_text(line, "kind", place->kind);
    yz_dump_text(line, "level", yz_span_of(yz_level_word(place->level)));
    yz_dump_i64(line, "region", place->region);
    yz_dump_text(line, "address", place->address);
    yz_dump_text(line, "hours", place->hours);
    yz_dump_text(line, "services", place->services);
    yz_dump_text(line, "phone", place->phone);
    yz_dump_text(line, "status",
                 yz_span_of(yz_place_status_word(place->status)));
    yz_dump_i64(line, "until_s", place->until_s);
    if (place->has_position) {
        yz_dump_i64(line, "lng_e7", place->lng_e7);
        yz_dump_i64(line, "lat_e7", place->lat_e7);
    }
}

static yz_status
dump_place(void *context, yz_span id, yz_span value)
{
    private_dump *dump = context;
    yz_place place;

    YZ_OUT_LIT(&dump->line.out, "{\"place\":");
    yz_out_json(&dump->line.out, id);
    if (yz_place_decode((const uint8_t *)value.p, value.n, &place) == YZ_OK) {
        put_place(dump, &place);
    } else {
        yz_dump_text(&dump->line, "damaged", YZ_SPAN("record"));
    }
    yz_out_char(&dump->line.out, '}');
    return yz_dump_line(&dump->line);
}

static yz_status
dump_code(void *context, yz_span code, yz_span value)
{
    private_dump *dump = context;
    yz_issued_code issued;
    yz_span id;

    if (value.n < sizeof(issued)) {
        return YZ_CORRUPT;
    }
    memcpy(&issued, value.p, sizeof(issued));
    id = (yz_span){value.p + sizeof(issued), value.n - sizeof(issued)};
    if (!wanted(dump, id)) {
        return YZ_OK;
    }
    YZ_OUT_LIT(&dump->line.out, "{\"code\":");
    yz_out_json(&dump->line.out, code);
    yz_dump_text(&dump->line, "place", id);
    yz_dump_i64(&dump->line, "issued_at", issued.issued_at_s);
    yz_dump_i64(&dump->line, "revoked", issued.revoked);
    yz_out_char(&dump->line.out, '}');
    return yz_dump_line(&dump->line);
}

/* The members of a batch, from its record or from its mark in the log. */
static yz_status
put_batch(private_dump *dump, yz_span value)
{
    yz_batch_record record;
    yz_span kind, source, actor;
    yz_status status = yz_batch_decode(value, &record, &kind, &source, &actor);

    if (status != YZ_OK) {
        return status;
    }
    yz_dump_i64(&dump->line, "first_seq", (int64_t)record.first_seq);
    yz_dump_i64(&dump->line, "last_seq", (int64_t)record.last_seq);
    yz_dump_i64(&dump->line, "at", record.at_s);
    yz_dump_text(&dump->line, "kind", kind);
    yz_dump_text(&dump->line, "source", source);
    yz_dump_text(&dump->line, "actor", actor);
    yz_dump_i64(&dump->line, "undoes", (int64_t)record.undoes);
    yz_dump_i64(&dump->line, "undone_by", (int64_t)record.undone_by);
    yz_dump_i64(&dump->line, "added", record.added);
    yz_dump_i64(&dump->line, "changed", record.changed);
    yz_dump_i64(&dump->line, "closed", record.closed);
    return YZ_OK;
}

static yz_status
dump_batch(void *context, yz_span key, yz_span value)
{
    private_dump *dump = context;
    uint64_t number;
    yz_status status;

    if (key.n != sizeof(number)) {
        return YZ_CORRUPT;
    }
    memcpy(&number, key.p, sizeof(number));
    YZ_OUT_LIT(&dump->line.out, "{\"batch\":");
    yz_out_u64(&dump->line.out, number);
    status = put_batch(dump, value);
    yz_out_char(&dump->line.out, '}');
    return status == YZ_OK ? yz_dump_line(&dump->line) : status;
}

static yz_status
dump_reference(void *context, yz_span name, yz_span value)
{
    private_dump *dump = context;

    YZ_OUT_LIT(&dump->line.out, "{\"reference\":");
    yz_out_json(&dump->line.out, name);
    yz_dump_i64(&dump->line, "size", (int64_t)value.n);
    yz_out_char(&dump->line.out, '}');
    return yz_dump_line(&dump->line);
}

/* Which record an entry tells of; its value is for those who may read it. */
static yz_status
put_record(private_dump *dump, const yz_log_entry *entry)
{
    yz_log_record record;
    yz_span key, value;
    yz_status status = yz_log_record_of(entry, &record, &key, &value);

    if (status == YZ_OK) {
        bool gone = entry->head.op == YZ_LOG_GONE;

        yz_dump_text(&dump->line, gone ? "gone" : "record",
                     yz_span_of(yz_table_name((yz_table)record.table)));
        yz_dump_hex(&dump->line, "key", key);
        yz_dump_i64(&dump->line, "size", (int64_t)value.n);
    }
    return status;
}

/* Who did it. */
static void
put_actor(private_dump *dump, const yz_actor *actor)
{
    yz_dump_text(&dump->line, "actor_kind",
                 yz_span_of(yz_actor_kind_word((yz_actor_kind)actor->kind)));
    yz_dump_text(&dump->line, "role",
                 yz_span_of(yz_role_word((yz_role)actor->role)));
    yz_dump_hex(&dump->line, "actor",
                (yz_span){(const char *)actor->id, sizeof(actor->id)});
}

/* What a log entry carries. */
static yz_status
put_payload(private_dump *dump, const yz_log_entry *entry,
            const yz_place *place)
{
    yz_span payload = {(const char *)entry->payload, entry->head.payload_size};
    uint16_t name_size;

    switch (entry->head.op) {
    case YZ_LOG_PLACE:
    case YZ_LOG_CODE:
        yz_dump_text(&dump->line,
                     entry->head.op == YZ_LOG_CODE ? "code_of_place" : "place",
                     place->id);
        put_place(dump, place);
        return YZ_OK;
    case YZ_LOG_REFERENCE:
        if (payload.n < sizeof(name_size)) {
            return YZ_CORRUPT;
        }
        memcpy(&name_size, payload.p, sizeof(name_size));
        if (payload.n - sizeof(name_size) < name_size) {
            return YZ_CORRUPT;
        }
        yz_dump_text(&dump->line, "reference",
                     (yz_span){payload.p + sizeof(name_size), name_size});
        yz_dump_i64(&dump->line, "size",
                    (int64_t)(payload.n - sizeof(name_size) - name_size));
        return YZ_OK;
    case YZ_LOG_BATCH:
        return put_batch(dump, payload);
    case YZ_LOG_RECORD:
    case YZ_LOG_GONE:
        return put_record(dump, entry);
    default:
        return YZ_CORRUPT;
    }
}

static yz_status
dump_entry(void *context, uint64_t seq)
{
    private_dump *dump = context;
    yz_log_entry entry;
    yz_place place;
    yz_status status = yz_log_get(&dump->state, dump->txn, seq, &entry);
    yz_status is_place;

    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }
    is_place = yz_log_place(&entry, &place);
    if (is_place == YZ_CORRUPT || is_place == YZ_FORMAT) {
        return is_place;
    }
    if (dump->id.n > 0 && (is_place != YZ_OK || !wanted(dump, place.id))) {
        return YZ_OK;
    }
    YZ_OUT_LIT(&dump->line.out, "{\"log\":");
    yz_out_u64(&dump->line.out, seq);
    yz_dump_i64(&dump->line, "time", entry.head.at_s);
    yz_dump_i64(&dump->line, "batch", (int64_t)entry.head.batch);
    yz_dump_i64(&dump->line, "prev_seq", (int64_t)entry.head.prev_seq);
    put_actor(dump, &entry.head.actor);
    status = put_payload(dump, &entry, &place);
    yz_dump_hex(&dump->line, "hash",
                (yz_span){(const char *)entry.hash, YZ_HASH_SIZE});
    yz_out_char(&dump->line.out, '}');
    return status == YZ_OK ? yz_dump_line(&dump->line) : status;
}

/* The log, oldest first. */
static yz_status
dump_log(private_dump *dump)
{
    yz_state_head head;
    uint64_t seq;
    yz_status status = yz_state_head_get(&dump->state, dump->txn, &head);

    for (seq = 1; status == YZ_OK && seq <= head.last_seq; seq++) {
        status = dump_entry(dump, seq);
    }
    return status;
}

/* The place that is asked for, or all. */
static yz_status
dump_places(private_dump *dump)
{
    MDB_val key = {dump->id.n, (void *)dump->id.p}, value;
    int rc;

    if (dump->id.n == 0) {
        return yz_dump_each(dump->txn, dump->state.place, dump_place, dump);
    }
    rc = mdb_get(dump->txn, dump->state.place, &key, &value);
    return rc == 0 ? dump_place(dump, dump->id,
                                (yz_span){value.mv_data, value.mv_size})
                   : yz_status_of_lmdb(rc);
}

/* One record of a table; its value is for those who may read it. */
static yz_status
dump_record(void *context, yz_span key, yz_span value)
{
    private_dump *dump = context;

    YZ_OUT_LIT(&dump->line.out, "{\"record\":");
    yz_out_json(&dump->line.out, yz_span_of(dump->table));
    yz_dump_hex(&dump->line, "key", key);
    yz_dump_i64(&dump->line, "size", (int64_t)value.n);
    yz_out_char(&dump->line.out, '}');
    return yz_dump_line(&dump->line);
}

static yz_status
dump_records(private_dump *dump)
{
    yz_status status = YZ_OK;
    int table;

    for (table = YZ_TABLE_NONE + 1; status == YZ_OK && table < YZ_TABLE_END;
         table++) {
        if (yz_table_known((yz_table)table)) {
            dump->table = yz_table_name((yz_table)table);
            status = yz_dump_each(dump->txn, dump->state.records[table],
                                  dump_record, dump);
        }
    }
    return status;
}

static yz_status
dump_all(private_dump *dump)
{
    yz_status status = dump_places(dump);

    if (status == YZ_OK) {
        status = yz_dump_each(dump->txn, dump->state.code, dump_code, dump);
    }
    if (status == YZ_OK && dump->id.n == 0) {
        status = yz_dump_each(dump->txn, dump->state.batch, dump_batch, dump);
    }
    if (status == YZ_OK && dump->id.n == 0) {
        status = yz_dump_each(dump->txn, dump->state.reference, dump_reference,
                              dump);
    }
    if (status == YZ_OK && dump->id.n == 0) {
        status = dump_records(dump);
    }
    return status == YZ_OK ? dump_log(dump) : status;
}

yz_status
yz_dump_private(const char *dir, yz_span id, FILE *out)
{
    private_dump dump = {.id = id};
    char path[YZ_PATH_MAX];
    yz_status status = yz_dump_begin(&dump.line, out);

    if (status == YZ_OK) {
        status = yz_path_join(path, dir, YZ_DIR_PRIVATE);
    }
    if (status == YZ_OK) {
        status = yz_state_open_read(path, &dump.state);
    }
    if (status == YZ_OK) {
        status = yz_state_begin_read(&dump.state, &dump.txn);
    }
    if (status == YZ_OK) {
        status = dump_all(&dump);
    }
    if (dump.txn != NULL) {
        mdb_txn_abort(dump.txn);
    }
    yz_state_close(&dump.state);
    yz_dump_end(&dump.line);
    return status;
}
