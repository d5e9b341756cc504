/*
 * A lookup's frame: begin, end, and what the snapshot says of itself.  Runs
 * in nginx workers and the command; others call yz_reader_begin() and
 * yz_reader_end().
 *
 * A lookup that meets the same snapshot as the one before it costs a
 * transaction renewed and a number compared.
 */
#include "lmdb_schema/reader.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"

#define RESIZE_ATTEMPTS 2 /* a writer may grow the map while we follow */

yz_status
yz_reader_get(const yz_reader *reader, int db, const void *key, size_t key_size,
              MDB_val *value)
{
    /* LMDB does not write through mv_data of a key that it looks up. */
    MDB_val k = {key_size, (void *)(uintptr_t)key};

    return yz_status_of_lmdb(mdb_get(reader->txn, reader->dbis[db], &k, value));
}

/* Copies the value `name` of meta, which must have exactly `size` bytes. */
static yz_status
get_fact(const yz_reader *reader, const char *name, void *out, size_t size)
{
    MDB_val value;

    yz_status status =
        yz_reader_get(reader, READER_META, name, strlen(name), &value);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }
    if (value.mv_size != size) {
        return YZ_CORRUPT;
    }
    memcpy(out, value.mv_data, size);
    return YZ_OK;
}

static yz_status
get_facts(const yz_reader *reader, yz_reader_facts *facts, uint64_t *moved,
          uint32_t *code_bits)
{
    const struct {
        const char *name;
        void *out;
        size_t size;
    } wanted[] = {
        {YZ_META_GENERATION, &facts->generation, sizeof(facts->generation)},
        {YZ_META_APPLIED_SEQ, &facts->applied_seq, sizeof(facts->applied_seq)},
        {YZ_META_APPLIED_AT, &facts->applied_at_s, sizeof(facts->applied_at_s)},
        {YZ_META_PLACES, &facts->places, sizeof(facts->places)},
        {YZ_META_MOVED_TXN, moved, sizeof(*moved)},
        {YZ_META_CODE_BITS, code_bits, sizeof(*code_bits)},
    };

    yz_status status =
        get_fact(reader, YZ_META_FORMAT, &facts->format, sizeof(facts->format));
    if (status != YZ_OK) {
        return status;
    }
    if (facts->format < 1 || facts->format > YZ_PUBLIC_FORMAT ||
        facts->format + 1 < YZ_PUBLIC_FORMAT) {
        return YZ_FORMAT;
    }
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        status =
            get_fact(reader, wanted[i].name, wanted[i].out, wanted[i].size);
        if (status != YZ_OK) {
            return status;
        }
    }
    return *moved > 0 && *code_bits >= YZ_CODE_BITS_MIN &&
                   *code_bits <= YZ_CODE_BITS_MAX
               ? YZ_OK
               : YZ_CORRUPT;
}

yz_status
yz_reader_snapshot_load(yz_reader *reader)
{
    MDB_val value;
    yz_reader_facts facts;
    uint64_t moved;
    uint32_t code_bits;

    reader->snapshot = 0;
    yz_status status = get_facts(reader, &facts, &moved, &code_bits);
    if (status == YZ_OK) {
        status =
            yz_reader_addresses_set(reader, moved, code_bits, facts.places);
    }
    if (status != YZ_OK) {
        return status;
    }
    status = yz_reader_get(reader, READER_META, YZ_META_SUPERSEDED_BY,
                           strlen(YZ_META_SUPERSEDED_BY), &value);
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    reader->superseded = status == YZ_OK;
    reader->successor = 0;
    if (reader->superseded && value.mv_size == sizeof(reader->successor)) {
        memcpy(&reader->successor, value.mv_data, sizeof(reader->successor));
    }
    status = yz_reader_get(reader, READER_META, YZ_META_CALENDAR,
                           strlen(YZ_META_CALENDAR), &value);
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    yz_span calendar = {NULL, 0};
    if (status == YZ_OK) {
        calendar = (yz_span){value.mv_data, value.mv_size};
    }
    if (facts.format >= YZ_FORMAT_POSTS && !reader->has_posts) {
        return YZ_CORRUPT;
    }
    yz_reader_hours_calendar(&reader->hours, calendar);
    reader->facts = facts;
    reader->kinds.stale = true;
    reader->services.stale = true;
    reader->items.stale = true;
    reader->snapshot = mdb_txn_id(reader->txn);
    return YZ_OK;
}

/*
 * Renews the transaction, following a map that another process has made
 * larger than ours.  The environment may then lie elsewhere; its user context
 * counts how often that happened, for all the readers that share it.
 */
static int
renew(yz_reader *reader)
{
    int rc = mdb_txn_renew(reader->txn);

    for (int i = 0; i < RESIZE_ATTEMPTS && rc == MDB_MAP_RESIZED; i++) {
        rc = mdb_env_set_mapsize(reader->env, 0);
        if (rc == 0) {
            uintptr_t remaps = (uintptr_t)mdb_env_get_userctx(reader->env);
            rc = mdb_env_set_userctx(reader->env, (void *)(remaps + 1));
        }
        if (rc == 0) {
            rc = mdb_txn_renew(reader->txn);
        }
    }
    return rc;
}

/* Brings what is kept of the snapshot up to the one just renewed. */
static yz_status
follow_snapshot(yz_reader *reader)
{
    if (mdb_env_get_userctx(reader->env) != reader->remaps ||
        reader->geo == NULL) {
        yz_reader_addresses_forget(reader);
        yz_status status = yz_reader_geo_open(reader, reader->txn);
        if (status != YZ_OK) {
            return status;
        }
    }
    if (mdb_txn_id(reader->txn) != reader->snapshot ||
        reader->addresses.moved == 0) {
        uint64_t generation = reader->facts.generation;
        yz_status status = yz_reader_snapshot_load(reader);
        if (status != YZ_OK) {
            return status;
        }
        if (reader->facts.generation != generation) {
            reader->snapshot = 0;
            reader->facts.generation = generation;
            return YZ_CORRUPT;
        }
    }
    return reader->superseded ? YZ_NOT_FOUND : YZ_OK;
}

yz_status
yz_reader_begin(yz_reader *reader)
{
    if (reader->active) {
        return YZ_BUSY;
    }
    int rc = renew(reader);
    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    yz_status status = follow_snapshot(reader);
    if (status != YZ_OK) {
        mdb_txn_reset(reader->txn);
        return status;
    }
    reader->active = true;
    return YZ_OK;
}

void
yz_reader_end(yz_reader *reader)
{
    if (reader->active) {
        mdb_txn_reset(reader->txn);
        reader->active = false;
    }
}

void
yz_reader_get_facts(const yz_reader *reader, yz_reader_facts *facts)
{
    *facts = reader->facts;
}

uint64_t
yz_reader_generation(const yz_reader *reader)
{
    return reader->facts.generation;
}

uint64_t
yz_reader_records(const yz_reader *reader)
{
    return reader->addresses.serial;
}
