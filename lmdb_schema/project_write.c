/*
 * What both ways of projecting share: names, record, facts.  Runs in the
 * writer only; called by project_all_write.c and project_touched_write.c.
 */
#include "lmdb_schema/project_write.h"
#include "core/calendar.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/project_impl.h"

yz_status
yz_projection_begin(const yz_state *state, yz_keyring *ring, yz_keys *keys,
                    yz_region_names *names, yz_projection *projection)
{
    yz_span csv = {"", 0};
    yz_status status;

    memset(projection, 0, sizeof(*projection));
    projection->state = state;
    projection->ring = ring;
    projection->keys = keys;
    projection->names = names;
    status = yz_state_begin_read(state, &projection->state_txn);
    if (status != YZ_OK) {
        return status;
    }
    status = yz_state_reference_get(state, projection->state_txn,
                                    YZ_SPAN("regions"), &csv);
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    status = yz_region_names_keep(csv, names);
    return status == YZ_BAD_INPUT ? YZ_CORRUPT : status;
}

void
yz_projection_end(yz_projection *projection)
{
    if (projection->state_txn != NULL) {
        mdb_txn_abort(projection->state_txn);
    }
    memset(projection, 0, sizeof(*projection));
}

yz_status
yz_project_record(yz_projection *projection, yz_public *public, MDB_txn *txn,
                  const yz_place *place, uint8_t *record, size_t *size,
                  yz_place_head *head)
{
    yz_place_words words;
    yz_status status = yz_public_intern(public, txn, place, &words);

    if (status == YZ_OK) {
        status =
            yz_place_render(place, &words, projection->names, record, size);
    }
    if (status == YZ_OK) {
        memcpy(head, record, sizeof(*head));
        yz_keys_cover(projection->keys, head->region);
    }
    return status;
}

/* Compiles the holidays of the state into the meta value. */
static yz_status
write_calendar(yz_projection *projection, yz_public *public, MDB_txn *txn)
{
    uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    size_t size = 0, line;
    yz_span csv;
    yz_status status = yz_state_reference_get(
        projection->state, projection->state_txn, YZ_SPAN("holidays"), &csv);

    if (status == YZ_OK) {
        status = yz_calendar_compile(csv, blob, sizeof(blob), &size, &line);
        if (status != YZ_OK) {
            return YZ_CORRUPT;
        }
    }
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    return yz_public_meta_put(public, txn, YZ_META_CALENDAR, blob, size);
}

/* What tells one code key from another without telling the key. */
static yz_status
key_mark(yz_keyring *ring, uint8_t mark[static YZ_CODE_HASH_SIZE])
{
    return yz_keyring_code_hash(ring, YZ_SPAN("yizhan code key"), mark);
}

bool
yz_public_key_is(const yz_public *public, MDB_txn *txn, yz_keyring *ring)
{
    uint8_t stored[YZ_CODE_HASH_SIZE], mark[YZ_CODE_HASH_SIZE];

    return key_mark(ring, mark) == YZ_OK &&
           yz_public_meta_get(public, txn, YZ_META_CODE_KEY, stored,
                              sizeof(stored)) == YZ_OK &&
           memcmp(stored, mark, sizeof(mark)) == 0;
}

bool
yz_public_is_current(const yz_public *public, yz_keyring *ring,
                     uint64_t last_seq)
{
    MDB_txn *txn = NULL;
    uint64_t applied;
    bool current = false;

    if (mdb_txn_begin(public->env, NULL, MDB_RDONLY, &txn) == 0) {
        current = yz_public_meta_get(public, txn, YZ_META_APPLIED_SEQ, &applied,
                                     sizeof(applied)) == YZ_OK &&
                  applied == last_seq && yz_public_key_is(public, txn, ring);
        mdb_txn_abort(txn);
    }
    return current;
}

/* Writes which code key the hashes are of. */
static yz_status
write_key_mark(yz_projection *projection, yz_public *public, MDB_txn *txn)
{
    uint8_t mark[YZ_CODE_HASH_SIZE];
    yz_status status = key_mark(projection->ring, mark);

    return status == YZ_OK ? yz_public_meta_put(public, txn, YZ_META_CODE_KEY,
                                                mark, sizeof(mark))
                           : status;
}

yz_status
yz_project_facts(yz_projection *projection, yz_public *public, MDB_txn *txn)
{
    yz_state_head head;
    yz_status status =
        yz_state_head_get(projection->state, projection->state_txn, &head);

    if (status == YZ_OK) {
        /* Before readers see a place, they can sign for its region. */
        status = yz_keys_flush(projection->keys);
    }
    if (status == YZ_OK) {
        status = write_calendar(projection, public, txn);
    }
    if (status == YZ_OK) {
        status = write_key_mark(projection, public, txn);
    }
    if (status == YZ_OK) {
        status = yz_public_meta_put(public, txn, YZ_META_APPLIED_SEQ,
                                    &head.last_seq, sizeof(head.last_seq));
    }
    if (status == YZ_OK) {
        status =
            yz_public_meta_put(public, txn, YZ_META_APPLIED_AT,
                               &head.last_time_s, sizeof(head.last_time_s));
    }
    if (status == YZ_OK) {
        status = yz_public_meta_put(public, txn, YZ_META_PLACES, &head.places,
                                    sizeof(head.places));
    }
    return status;
}

void
yz_project_tell(const yz_projection *projection, uint64_t done, uint64_t total)
{
    if (projection->progress != NULL &&
        (done % YZ_PROGRESS_STEP == 0 || done == total)) {
        projection->progress(projection->progress_context, done, total);
    }
}
