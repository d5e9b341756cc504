/*
 * Brings a generation up to the state by the places that the log names.
 * Runs in the writer only; called by the store after each commit, and when
 * it opens, for what an interrupted writer left.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/post_touched_write.h"
#include "lmdb_schema/project_impl.h"
#include "lmdb_schema/region_write.h"

#include <stdlib.h>

/* The work of one transaction. */
typedef struct {
    yz_projection *projection;
    yz_public *public;
    MDB_txn *txn;
    yz_geo_writer *layer;
    yz_tally tally;
    uint32_t code_bits; /* of the generation */
    uint8_t *record;
    uint32_t *numbers; /* touched places */
    size_t count;
    size_t room;
    yz_posts_touched posts;
    bool anew;
} update;

static yz_status
put(MDB_txn *txn, MDB_dbi dbi, const void *key_bytes, size_t key_size,
    const void *bytes, size_t size)
{
    MDB_val key = {key_size, (void *)key_bytes};
    MDB_val value = {size, (void *)bytes};

    return yz_status_of_lmdb(mdb_put(txn, dbi, &key, &value, 0));
}

/* Remembers that a place was touched. */
static yz_status
touch(update *work, uint32_t number)
{
    if (work->count == work->room) {
        size_t room = work->room == 0 ? 256 : work->room * 2;
        uint32_t *grown = realloc(work->numbers, room * sizeof(*grown));

        if (grown == NULL) {
            return YZ_NOMEM;
        }
        work->numbers = grown;
        work->room = room;
    }
    work->numbers[work->count++] = number;
    return YZ_OK;
}

static yz_status
put_code(update *work, const yz_place *place, bool revoked)
{
    uint8_t hash[YZ_CODE_HASH_SIZE];
    yz_code_value value = {.number = place->number, .revoked = revoked};
    yz_status status = yz_keyring_code_hash(work->projection->ring,
                                            yz_span_of(place->code), hash);

    return status == YZ_OK ? yz_public_code_put(work->public, work->txn,
                                                work->code_bits, hash, &value)
                           : status;
}

/* Shows the code of a place's new version, and that the old one is revoked. */
static yz_status
project_code(update *work, const yz_log_entry *entry, const yz_place *place)
{
    const yz_state *state = work->projection->state;
    yz_log_entry before;
    yz_place old;
    yz_status status = put_code(work, place, false);

    if (status == YZ_OK && entry->head.prev_seq != 0) {
        status = yz_log_get(state, work->projection->state_txn,
                            entry->head.prev_seq, &before);
        if (status == YZ_OK) {
            status = yz_log_place(&before, &old);
        }
        if (status == YZ_OK) {
            status = put_code(work, &old, true);
        }
    }
    return status;
}

/* A rating touches its place, a post itself. */
static yz_status
read_record(update *work, const yz_log_entry *entry)
{
    yz_log_record record;
    yz_span key, value;
    yz_status status = yz_log_record_of(entry, &record, &key, &value);

    if (status != YZ_OK) {
        return status;
    }
    if (record.table != YZ_TABLE_RATING) {
        return yz_posts_touch(&work->posts, (yz_table)record.table, key);
    }
    return key.n < 4 ? YZ_CORRUPT : touch(work, yz_get_u32_be(key.p));
}

/* Looks at one log entry: which place it touched, or what else. */
static yz_status
read_entry(update *work, const yz_log_entry *entry)
{
    uint16_t name_size;
    yz_place place;
    yz_status status;

    if (entry->head.op == YZ_LOG_REFERENCE) {
        if (entry->head.payload_size < sizeof(name_size)) {
            return YZ_CORRUPT;
        }
        memcpy(&name_size, entry->payload, sizeof(name_size));
        /* Only the calendar can be put into a generation in place. */
        work->anew |=
            name_size != strlen("holidays") ||
            entry->head.payload_size < sizeof(name_size) + name_size ||
            memcmp(entry->payload + sizeof(name_size), "holidays", name_size) !=
                0;
        return YZ_OK;
    }
    if (entry->head.op == YZ_LOG_RECORD || entry->head.op == YZ_LOG_GONE) {
        return read_record(work, entry);
    }
    status = yz_log_place(entry, &place);
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    if (entry->head.prev_seq == 0 || entry->head.op == YZ_LOG_CODE) {
        status = project_code(work, entry, &place);
    }
    return status == YZ_OK ? touch(work, place.number) : status;
}

/* Reads the log after `applied`. */
static yz_status
read_log(update *work, uint64_t applied, uint64_t last)
{
    yz_status status = YZ_OK;
    yz_log_entry entry;
    uint64_t seq;

    for (seq = applied + 1; status == YZ_OK && !work->anew && seq <= last;
         seq++) {
        status = yz_log_get(work->projection->state,
                            work->projection->state_txn, seq, &entry);
        if (status == YZ_OK) {
            status = read_entry(work, &entry);
        }
    }
    return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
}

/* Moves a place between the layer, the unplaced and nowhere. */
static yz_status
project_layer(update *work, const yz_place_head *old, const yz_place_head *new)
{
    bool was = old != NULL && yz_head_in_layer(old);
    bool is = yz_head_in_layer(new);
    yz_geo_point before, after = yz_point_of(new);

    if (!was && !is) {
        return YZ_OK;
    }
    if (was) {
        before = yz_point_of(old);
        if (is && before.lat_e7 == after.lat_e7 &&
            before.lng_e7 == after.lng_e7 && before.region == after.region &&
            before.services == after.services && before.kind == after.kind &&
            before.hours == after.hours && before.level == after.level) {
            return YZ_OK;
        }
    }
    return yz_geo_writer_put(work->layer, was ? &before : NULL,
                             is ? &after : NULL);
}

static yz_status
project_unplaced(update *work, const yz_place_head *old,
                 const yz_place_head *new)
{
    uint32_t number = new->number;
    MDB_val key = {sizeof(number), &number};
    MDB_dbi dbi = work->public->unplaced;

    if (yz_head_unplaced(new)) {
        yz_unplaced value = yz_unplaced_of(new);

        return put(work->txn, dbi, &number, sizeof(number), &value,
                   sizeof(value));
    }
    if (old != NULL && yz_head_unplaced(old)) {
        int rc = mdb_del(work->txn, dbi, &key, NULL);

        return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
    }
    return YZ_OK;
}

static yz_status
project_counts(update *work, const yz_place_head *old, const yz_place_head *new)
{
    yz_status status = YZ_OK;

    if (old != NULL && yz_place_in_service(old->status)) {
        status = yz_tally_place(&work->tally, old, -1);
    }
    if (status == YZ_OK && yz_place_in_service(new->status)) {
        status = yz_tally_place(&work->tally, new, 1);
    }
    return status;
}

/* Copies the head of the record that is there; YZ_NOT_FOUND for a new one. */
static yz_status
get_old(update *work, uint32_t number, yz_place_head *old)
{
    MDB_val key = {sizeof(number), &number}, value;
    int rc = mdb_get(work->txn, work->public->place, &key, &value);

    if (rc != 0) {
        return yz_status_of_lmdb(rc);
    }
    if (value.mv_size < sizeof(*old)) {
        return YZ_CORRUPT;
    }
    memcpy(old, value.mv_data, sizeof(*old));
    return old->number == number ? YZ_OK : YZ_CORRUPT;
}

/* The rule for one place. */
static yz_status
project_place(update *work, uint32_t number)
{
    yz_place_head old_head, new;
    const yz_place_head *old = &old_head;
    yz_place place;
    size_t size = 0;
    yz_status status = yz_state_number_get(
        work->projection->state, work->projection->state_txn, number, &place);

    if (status == YZ_OK) {
        status = yz_state_tally_get(work->projection->state,
                                    work->projection->state_txn, &place);
    }
    if (status == YZ_OK) {
        status = yz_project_record(work->projection, work->public, work->txn,
                                   &place, work->record, &size, &new);
    }
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_CORRUPT : status;
    }
    status = get_old(work, number, &old_head);
    if (status == YZ_NOT_FOUND) {
        old = NULL;
        status = put(work->txn, work->public->id, place.id.p, place.id.n,
                     &number, sizeof(number));
    }
    if (status == YZ_OK) {
        status = put(work->txn, work->public->place, &number, sizeof(number),
                     work->record, size);
    }
    if (status == YZ_OK) {
        status = project_layer(work, old, &new);
    }
    if (status == YZ_OK) {
        status = project_unplaced(work, old, &new);
    }
    return status == YZ_OK ? project_counts(work, old, &new) : status;
}

static int
compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* Projects each touched place once, in the order of numbers. */
static yz_status
project_places(update *work)
{
    yz_status status = YZ_OK;
    size_t i;

    if (work->count > 0) {
        qsort(work->numbers, work->count, sizeof(*work->numbers),
              compare_numbers);
    }
    for (i = 0; status == YZ_OK && i < work->count; i++) {
        if (i == 0 || work->numbers[i] != work->numbers[i - 1]) {
            status = project_place(work, work->numbers[i]);
        }
        yz_project_tell(work->projection, i + 1, work->count);
    }
    return status;
}

/* Everything between begin and commit. */
static yz_status
write_touched(update *work)
{
    yz_projection *projection = work->projection;
    uint64_t applied = 0;
    yz_state_head head;
    yz_status status =
        yz_public_meta_get(work->public, work->txn, YZ_META_APPLIED_SEQ,
                           &applied, sizeof(applied));

    if (status == YZ_OK) {
        status =
            yz_state_head_get(projection->state, projection->state_txn, &head);
    }
    if (status == YZ_OK && applied > head.last_seq) {
        status = YZ_CORRUPT;
    }
    if (status == YZ_OK) {
        status = yz_public_words_load(work->public, work->txn);
    }
    if (status == YZ_OK) {
        status = yz_public_code_bits(work->public, work->txn, &work->code_bits);
    }
    if (status == YZ_OK) {
        work->anew =
            !yz_public_key_is(work->public, work->txn, projection->ring);
        status = read_log(work, applied, head.last_seq);
    }
    if (status != YZ_OK || work->anew) {
        return status;
    }
    status = yz_geo_writer_open(work->txn, YZ_LAYER_PLACES, &work->layer);
    if (status == YZ_OK) {
        status = project_places(work);
    }
    if (status == YZ_OK && work->count > 0) {
        status = yz_public_moved(work->public, work->txn);
    }
    if (status == YZ_OK) {
        status = yz_geo_writer_finish(work->layer);
    }
    if (status == YZ_OK) {
        status =
            yz_posts_project(&work->posts, projection, work->public, work->txn);
    }
    if (status == YZ_OK) {
        status = yz_tally_write(&work->tally, work->txn, work->public->region,
                                projection->names, false);
    }
    return status == YZ_OK
               ? yz_project_facts(projection, work->public, work->txn)
               : status;
}

yz_status
yz_project_touched(yz_projection *projection, yz_public *public, bool *anew)
{
    update work = {.projection = projection, .public = public};
    yz_status status = yz_env_begin_write(public->env, &work.txn);

    *anew = false;
    work.record = malloc(YZ_PLACE_RECORD_MAX);
    if (status == YZ_OK && work.record == NULL) {
        status = YZ_NOMEM;
    }
    if (status == YZ_OK) {
        status = write_touched(&work);
        /* A vocabulary without room, or pages that make no sense. */
        if (status == YZ_FULL || status == YZ_CORRUPT ||
            status == YZ_NOT_FOUND) {
            work.anew = true;
            status = YZ_OK;
        }
    }
    yz_geo_writer_free(work.layer);
    if (status == YZ_OK && !work.anew) {
        status = yz_txn_commit(&work.txn);
    }
    if (status != YZ_OK || work.anew) {
        yz_public_words_forget(public);
    }
    *anew = status == YZ_OK && work.anew;
    yz_txn_abort(&work.txn);
    yz_tally_free(&work.tally);
    free(work.record);
    free(work.numbers);
    yz_posts_touched_free(&work.posts);
    return status;
}
