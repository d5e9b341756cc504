/*
 * Fills a new generation from the whole state, every database in the order
 * of its keys.  Runs in the writer only; called by the generations.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/post_project_write.h"
#include "lmdb_schema/project_impl.h"
#include "lmdb_schema/region_write.h"

#include <stdlib.h>

/* Entries of a code page that a build fills it to, on average and at most. */
#define CODES_MEAN 126
#define CODES_MOST 190

/* An entry of the code database. */
typedef struct {
    uint8_t hash[YZ_CODE_HASH_SIZE];
    yz_code_value value;
} code_entry;

/* The work of one build. */
typedef struct {
    yz_projection *projection;
    yz_public *public;
    MDB_txn *txn;
    yz_state_head head;
    uint8_t *record;
    yz_geo_point *points;
    size_t point_count;
    code_entry *codes;
    size_t code_count;
    yz_tally tally;
} build;

static yz_status
append(MDB_txn *txn, MDB_dbi dbi, const void *key_bytes, size_t key_size,
       const void *bytes, size_t size)
{
    MDB_val key = {key_size, (void *)key_bytes};
    MDB_val value = {size, (void *)bytes};
    int rc = mdb_put(txn, dbi, &key, &value, MDB_APPEND);

    return rc == MDB_KEYEXIST ? YZ_CORRUPT : yz_status_of_lmdb(rc);
}

static yz_status
append_id(void *context, const yz_place *place)
{
    build *work = context;

    return append(work->txn, work->public->id, place->id.p, place->id.n,
                  &place->number, sizeof(place->number));
}

static yz_status
add_code(build *work, yz_span code, uint32_t number, bool revoked)
{
    code_entry *entry = &work->codes[work->code_count++];

    memset(entry, 0, sizeof(*entry));
    entry->value.number = number;
    entry->value.revoked = revoked;
    return yz_keyring_code_hash(work->projection->ring, code, entry->hash);
}

/* Writes what one place shows, except its id and codes. */
static yz_status
append_place(build *work, const yz_place *place)
{
    yz_public *public = work->public;
    yz_place_head head;
    size_t size;
    yz_status status = yz_project_record(work->projection, public, work->txn,
                                         place, work->record, &size, &head);

    if (status == YZ_OK) {
        status = append(work->txn, public->place, &head.number,
                        sizeof(head.number), work->record, size);
    }
    if (status != YZ_OK || !yz_place_in_service(head.status)) {
        return status;
    }
    if (yz_head_in_layer(&head)) {
        work->points[work->point_count++] = yz_point_of(&head);
    } else {
        yz_unplaced unplaced = yz_unplaced_of(&head);

        status = append(work->txn, public->unplaced, &head.number,
                        sizeof(head.number), &unplaced, sizeof(unplaced));
    }
    return status == YZ_OK ? yz_tally_place(&work->tally, &head, 1) : status;
}

/* Appends all places in the order of their numbers. */
static yz_status
append_places(build *work)
{
    const yz_state *state = work->projection->state;
    MDB_txn *txn = work->projection->state_txn;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    uint64_t done = 0;
    yz_place place;
    yz_status status =
        yz_status_of_lmdb(mdb_cursor_open(txn, state->number, &cursor));

    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        if (rc != 0 || done >= work->head.places) {
            status = rc != 0 ? yz_status_of_lmdb(rc) : YZ_CORRUPT;
            break;
        }
        status = yz_state_place_get(
            state, txn, (yz_span){value.mv_data, value.mv_size}, &place, NULL);
        if (status == YZ_OK) {
            status = yz_state_tally_get(state, txn, &place);
        }
        if (status == YZ_OK) {
            status = append_place(work, &place);
        }
        if (status == YZ_OK) {
            status =
                add_code(work, yz_span_of(place.code), place.number, false);
        }
        yz_project_tell(work->projection, ++done, work->head.places);
    }
    mdb_cursor_close(cursor);
    return status == YZ_OK && done != work->head.places ? YZ_CORRUPT : status;
}

/* Collects the codes that are good no more. */
static yz_status
collect_revoked(build *work)
{
    const yz_state *state = work->projection->state;
    MDB_txn *txn = work->projection->state_txn;
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_issued_code issued;
    yz_place place;
    yz_status status =
        yz_status_of_lmdb(mdb_cursor_open(txn, state->code, &cursor));

    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        yz_span id;

        if (rc == MDB_NOTFOUND) {
            break;
        }
        if (rc != 0 || value.mv_size <= sizeof(issued)) {
            status = rc != 0 ? yz_status_of_lmdb(rc) : YZ_CORRUPT;
            break;
        }
        memcpy(&issued, value.mv_data, sizeof(issued));
        if (issued.revoked == 0) {
            continue;
        }
        id = (yz_span){(char *)value.mv_data + sizeof(issued),
                       value.mv_size - sizeof(issued)};
        status = yz_state_place_get(state, txn, id, &place, NULL);
        if (status == YZ_OK) {
            status = add_code(work, (yz_span){key.mv_data, key.mv_size},
                              place.number, true);
        }
    }
    mdb_cursor_close(cursor);
    return status;
}

static int
compare_codes(const void *a, const void *b)
{
    return memcmp(a, b, YZ_CODE_HASH_SIZE);
}

/* The codes of a bucket from the one numbered `first` on. */
static size_t
bucket_size(const build *work, size_t first, uint32_t bits)
{
    uint32_t bucket = yz_code_bucket(work->codes[first].hash, bits);
    size_t n = 1;

    while (first + n < work->code_count &&
           yz_code_bucket(work->codes[first + n].hash, bits) == bucket) {
        n++;
    }
    return n;
}

/* Bits of the hash that choose a page, so that each has room for more. */
static uint32_t
choose_bits(const build *work)
{
    uint32_t bits = YZ_CODE_BITS_MIN;
    size_t most = 0, n, i;

    while (bits < YZ_CODE_BITS_MAX && work->code_count > (size_t)CODES_MEAN
                                                             << bits) {
        bits++;
    }
    for (i = 0; i < work->code_count; i += n) {
        n = bucket_size(work, i, bits);
        most = n > most ? n : most;
    }
    return most > CODES_MOST && bits < YZ_CODE_BITS_MAX ? bits + 1 : bits;
}

/* Writes a page for each bucket, also for those without a code. */
static yz_status
append_code_pages(build *work)
{
    const uint32_t bits = choose_bits(work);
    yz_status status = yz_public_meta_put(
        work->public, work->txn, YZ_META_CODE_BITS, &bits, sizeof(bits));
    yz_code_page page;
    size_t i = 0;
    uint32_t bucket;

    for (bucket = 0; status == YZ_OK && bucket >> bits == 0; bucket++) {
        yz_code_page_start(&page, bucket, bits);
        for (; status == YZ_OK && i < work->code_count &&
               yz_code_bucket(work->codes[i].hash, bits) == bucket;
             i++) {
            status = yz_code_page_put(&page, work->codes[i].hash,
                                      &work->codes[i].value);
        }
        if (status == YZ_OK) {
            status = append(work->txn, work->public->code, &bucket,
                            sizeof(bucket), &page, sizeof(page));
        }
    }
    return status;
}

static yz_status
append_codes(build *work)
{
    yz_status status = collect_revoked(work);

    if (status == YZ_OK && work->code_count > 0) {
        qsort(work->codes, work->code_count, sizeof(*work->codes),
              compare_codes);
    }
    return status == YZ_OK ? append_code_pages(work) : status;
}

static yz_status
build_layer(build *work)
{
    yz_geo_writer *writer = NULL;
    yz_status status = yz_geo_writer_open(work->txn, YZ_LAYER_PLACES, &writer);

    if (status == YZ_OK) {
        status = yz_geo_writer_build(writer, work->points, work->point_count);
    }
    if (status == YZ_OK) {
        status = yz_geo_writer_finish(writer);
    }
    yz_geo_writer_free(writer);
    return status;
}

/* Allocates what is as large as the state. */
static yz_status
prepare(build *work)
{
    const yz_state *state = work->projection->state;
    MDB_stat codes;
    yz_status status =
        yz_state_head_get(state, work->projection->state_txn, &work->head);

    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_stat(work->projection->state_txn, state->code, &codes));
    }
    if (status != YZ_OK) {
        return status;
    }
    work->record = malloc(YZ_PLACE_RECORD_MAX);
    work->points = malloc((work->head.places + 1) * sizeof(*work->points));
    /* One for each place, one for each code that may be revoked. */
    work->codes = malloc((work->head.places + codes.ms_entries + 1) *
                         sizeof(*work->codes));
    if (work->record == NULL || work->points == NULL || work->codes == NULL) {
        return YZ_NOMEM;
    }
    return YZ_OK;
}

static yz_status
write_all(build *work)
{
    yz_projection *projection = work->projection;
    yz_status status = yz_public_words_load(work->public, work->txn);

    if (status == YZ_OK) {
        status = yz_state_each_place(projection->state, projection->state_txn,
                                     append_id, work);
    }
    if (status == YZ_OK) {
        status = append_places(work);
    }
    if (status == YZ_OK) {
        status = append_codes(work);
    }
    if (status == YZ_OK) {
        status = build_layer(work);
    }
    if (status == YZ_OK) {
        status = yz_project_posts(projection, work->public, work->txn);
    }
    if (status == YZ_OK) {
        status = yz_tally_write(&work->tally, work->txn, work->public->region,
                                projection->names, true);
    }
    if (status == YZ_OK) {
        status = yz_public_moved(work->public, work->txn);
    }
    return status == YZ_OK
               ? yz_project_facts(projection, work->public, work->txn)
               : status;
}

yz_status
yz_project_all(yz_projection *projection, yz_public *public)
{
    build work = {.projection = projection, .public = public};
    yz_status status = prepare(&work);

    if (status == YZ_OK) {
        status = yz_env_begin_write(public->env, &work.txn);
    }
    if (status == YZ_OK) {
        status = write_all(&work);
    }
    if (status == YZ_OK) {
        status = yz_txn_commit(&work.txn);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(mdb_env_sync(public->env, 1));
    }
    if (status != YZ_OK) {
        yz_public_words_forget(public);
    }
    yz_txn_abort(&work.txn);
    yz_tally_free(&work.tally);
    free(work.record);
    free(work.points);
    free(work.codes);
    return status;
}
