/*
 * Checks public data against the state: every record is rendered again and
 * compared byte for byte, every id and code is looked up, and nothing more is
 * there than there should be.  Runs in the writer only; called by verify.c.
 */
#include "core/calendar.h"
#include "core/hours_compile.h"
#include "core/limits.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/env_write.h"
#include "lmdb_schema/project_impl.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>
#include <stdlib.h>

/* What names a place in a sentence. */
#define ID_ARGS(place) (int)(place)->id.n, (place)->id.p

/* Compares a value of a database with what it must be. */
static bool
value_is(yz_public_check *at, MDB_dbi dbi, const void *key_bytes,
         size_t key_size, const void *bytes, size_t size)
{
    MDB_val key = {key_size, (void *)key_bytes}, value;

    return mdb_get(at->txn, dbi, &key, &value) == 0 && value.mv_size == size &&
           (size == 0 || memcmp(value.mv_data, bytes, size) == 0);
}

/* A meta value is what it must be. */
static void
check_meta(yz_public_check *at, const char *name, const void *bytes,
           size_t size)
{
    if (!value_is(at, at->public->meta, name, strlen(name), bytes, size)) {
        yz_verify_tell(at->check, "public data: '%s' is wrong", name);
    }
}

static yz_status
check_facts(yz_public_check *at)
{
    const yz_state_head *head = &at->check->head;
    const uint32_t format = YZ_PUBLIC_FORMAT;
    uint8_t blob[YZ_CALENDAR_BLOB_MAX];
    size_t size = 0, line;
    yz_span csv;
    yz_status status = yz_state_reference_get(
        &at->check->store->state, at->check->txn, YZ_SPAN("holidays"), &csv);

    if (status == YZ_OK &&
        yz_calendar_compile(csv, blob, sizeof(blob), &size, &line) != YZ_OK) {
        yz_verify_tell(at->check, "the holidays of the state are malformed");
        size = 0;
    }
    check_meta(at, YZ_META_CALENDAR, blob, size);
    check_meta(at, YZ_META_FORMAT, &format, sizeof(format));
    check_meta(at, YZ_META_GENERATION, &at->public->generation,
               sizeof(at->public->generation));
    check_meta(at, YZ_META_APPLIED_SEQ, &head->last_seq,
               sizeof(head->last_seq));
    check_meta(at, YZ_META_APPLIED_AT, &head->last_time_s,
               sizeof(head->last_time_s));
    check_meta(at, YZ_META_PLACES, &head->places, sizeof(head->places));
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

/* Each opening hours' bytes are what their text compiles to. */
static void
check_hours(yz_public_check *at)
{
    uint32_t number;

    for (number = 1; number < at->public->hours_texts.end; number++) {
        uint8_t bytes[sizeof(uint16_t) + YZ_HOURS_BLOB_MAX + YZ_HOURS_MAX];
        yz_span text = yz_words_at(&at->public->hours_texts, number);
        uint16_t stored_size;
        size_t size = 0;

        if (yz_hours_compile(text, bytes + sizeof(stored_size), &size) !=
            YZ_OK) {
            size = 0;
        }
        stored_size = (uint16_t)size;
        memcpy(bytes, &stored_size, sizeof(stored_size));
        memcpy(bytes + sizeof(stored_size) + size, text.p, text.n);
        if (!value_is(at, at->public->hours, &number, sizeof(number), bytes,
                      sizeof(stored_size) + size + text.n)) {
            yz_verify_tell(at->check,
                           "opening hours '%.*s' are not compiled as this "
                           "version does it; rebuild mends it",
                           (int)text.n, text.p);
        }
    }
}

/* The public record of one place, and its id. */
static yz_status
check_place(yz_public_check *at, const yz_place *place, uint8_t *record)
{
    yz_place_words words;
    yz_place_head head;
    size_t size = 0;
    yz_status status = yz_public_intern(at->public, NULL, place, &words);

    if (status == YZ_NOT_FOUND) {
        yz_verify_tell(at->check, "place '%.*s': a word of it is not public",
                       ID_ARGS(place));
        return YZ_OK;
    }
    if (status == YZ_OK) {
        status = yz_place_render(place, &words, &at->names, record, &size);
    }
    if (status != YZ_OK) {
        return status;
    }
    memcpy(&head, record, sizeof(head));
    if (!value_is(at, at->public->place, &head.number, sizeof(head.number),
                  record, size)) {
        yz_verify_tell(at->check, "place '%.*s': its public record differs",
                       ID_ARGS(place));
    }
    if (!value_is(at, at->public->id, place->id.p, place->id.n, &head.number,
                  sizeof(head.number))) {
        yz_verify_tell(at->check, "place '%.*s': its id leads elsewhere",
                       ID_ARGS(place));
    }
    if (yz_head_in_layer(&head) && head.number < at->check->head.next_number) {
        at->found[head.number] = YZ_FOUND_PLACED;
        at->placed++;
    }
    if (yz_head_unplaced(&head)) {
        yz_unplaced value = yz_unplaced_of(&head);

        at->unplaced++;
        if (!value_is(at, at->public->unplaced, &head.number,
                      sizeof(head.number), &value, sizeof(value))) {
            yz_verify_tell(at->check,
                           "place '%.*s': it is not among the unplaced as it "
                           "should be",
                           ID_ARGS(place));
        }
    }
    return yz_place_in_service(head.status)
               ? yz_tally_place(&at->tally, &head, 1)
               : YZ_OK;
}

/* Walks the state's places; the damaged ones are told of elsewhere. */
static yz_status
check_places(yz_public_check *at)
{
    uint8_t *record = malloc(YZ_PLACE_RECORD_MAX);
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_place place;
    yz_status status = YZ_NOMEM;

    if (record != NULL) {
        status = yz_status_of_lmdb(mdb_cursor_open(
            at->check->txn, at->check->store->state.place, &cursor));
    }
    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        if (rc != 0) {
            status = yz_status_of_lmdb(rc);
        } else if (yz_place_decode(value.mv_data, value.mv_size, &place) ==
                   YZ_OK) {
            status = yz_state_tally_get(&at->check->store->state,
                                        at->check->txn, &place);
            if (status == YZ_OK || status == YZ_CORRUPT) {
                status = check_place(at, &place, record);
            }
        }
    }
    mdb_cursor_close(cursor);
    free(record);
    return status;
}

/* The page of a bucket; false when it is not there, or not that page. */
static bool
code_page(yz_public_check *at, uint32_t bucket, yz_span *page)
{
    MDB_val key = {sizeof(bucket), &bucket}, value;

    if (mdb_get(at->txn, at->public->code, &key, &value) != 0 ||
        !yz_code_page_fits(value.mv_data, value.mv_size, bucket,
                           at->code_bits)) {
        return false;
    }
    *page = (yz_span){value.mv_data, value.mv_size};
    return true;
}

/* Every page is there and sound; counts the codes they hold. */
static void
check_code_pages(yz_public_check *at, uint64_t *count)
{
    yz_code_page copy;
    yz_span page;
    uint32_t bucket;

    *count = 0;
    for (bucket = 0; bucket >> at->code_bits == 0; bucket++) {
        if (code_page(at, bucket, &page)) {
            memcpy(&copy, page.p, sizeof(copy));
            if (yz_code_page_sound(&copy)) {
                *count += copy.head.count;
                continue;
            }
        }
        yz_verify_tell(at->check, "codes: page %" PRIu32 " is damaged", bucket);
    }
}

/* The public entry of one issued code. */
static yz_status
check_code(yz_public_check *at, yz_span code, yz_span issued)
{
    uint8_t hash[YZ_CODE_HASH_SIZE];
    yz_code_value value;
    yz_span page;
    yz_issued_code head;
    yz_place place;
    yz_status status;

    if (issued.n <= sizeof(head) || code.n != YZ_CODE_LENGTH) {
        yz_verify_tell(at->check, "a code of the state is damaged");
        return YZ_OK;
    }
    memcpy(&head, issued.p, sizeof(head));
    issued.p += sizeof(head);
    issued.n -= sizeof(head);
    status = yz_state_place_get(&at->check->store->state, at->check->txn,
                                issued, &place, NULL);
    if (status != YZ_OK) {
        yz_verify_tell(at->check,
                       "a code belongs to '%.*s', which is not "
                       "there",
                       (int)issued.n, issued.p);
        return YZ_OK;
    }
    status = yz_keyring_code_hash(at->check->store->ring, code, hash);
    if (status == YZ_OK &&
        (!code_page(at, yz_code_bucket(hash, at->code_bits), &page) ||
         yz_code_page_find(page.p, hash, &value) != YZ_OK ||
         value.number != place.number || value.revoked != head.revoked)) {
        yz_verify_tell(at->check,
                       "place '%.*s': a code of it is not public "
                       "as it should be",
                       ID_ARGS(&place));
    }
    return status;
}

static yz_status
check_codes(yz_public_check *at)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_status status = yz_status_of_lmdb(
        mdb_cursor_open(at->check->txn, at->check->store->state.code, &cursor));

    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        status = rc != 0 ? yz_status_of_lmdb(rc)
                         : check_code(at, (yz_span){key.mv_data, key.mv_size},
                                      (yz_span){value.mv_data, value.mv_size});
    }
    mdb_cursor_close(cursor);
    return status;
}

/* A database has as many entries as it should: with all found, no more. */
static yz_status
check_count(yz_public_check *at, MDB_dbi dbi, const char *name, uint64_t wanted)
{
    MDB_stat stat;
    int rc = mdb_stat(at->txn, dbi, &stat);

    if (rc == 0 && stat.ms_entries != wanted) {
        yz_verify_tell(at->check,
                       "public data: %zu entries in '%s', there should be "
                       "%" PRIu64,
                       stat.ms_entries, name, wanted);
    }
    return yz_status_of_lmdb(rc);
}

static yz_status
check_counts(yz_public_check *at)
{
    uint64_t places = at->check->head.places, codes_found = 0;
    MDB_stat codes;
    yz_status status = check_count(at, at->public->place, "place", places);

    if (status == YZ_OK) {
        status = check_count(at, at->public->id, "id", places);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_stat(at->check->txn, at->check->store->state.code, &codes));
    }
    if (status == YZ_OK) {
        status = check_count(at, at->public->code, "code",
                             (uint64_t)1 << at->code_bits);
        check_code_pages(at, &codes_found);
    }
    if (status == YZ_OK && codes_found != codes.ms_entries) {
        yz_verify_tell(at->check,
                       "public data: %" PRIu64 " codes, there should be %zu",
                       codes_found, codes.ms_entries);
    }
    if (status == YZ_OK) {
        status =
            check_count(at, at->public->unplaced, "unplaced", at->unplaced);
    }
    return status;
}

/* Reads what the checks need: words, names, room to mark numbers. */
static yz_status
prepare(yz_public_check *at)
{
    yz_span csv = {"", 0};
    size_t line;
    yz_status status = YZ_OK;

    at->txn = at->check->public_txn;
    at->check->public_txn = NULL;
    if (at->txn == NULL) {
        status = yz_status_of_lmdb(
            mdb_txn_begin(at->public->env, NULL, MDB_RDONLY, &at->txn));
    }
    at->found = calloc((size_t)at->check->head.next_number + 1, 1);
    if (status == YZ_OK && at->found == NULL) {
        status = YZ_NOMEM;
    }
    if (status == YZ_OK) {
        yz_public_words_forget(at->public);
        status = yz_public_words_load(at->public, at->txn);
    }
    if (status == YZ_OK) {
        status = yz_public_code_bits(at->public, at->txn, &at->code_bits);
    }
    if (status == YZ_OK) {
        status = yz_state_reference_get(
            &at->check->store->state, at->check->txn, YZ_SPAN("regions"), &csv);
        status = status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    return status == YZ_OK ? yz_region_names_parse(csv, &at->names, &line)
                           : status;
}

static yz_status
check_all(yz_public_check *at)
{
    yz_status status = check_facts(at);

    check_hours(at);
    if (status == YZ_OK) {
        status = check_places(at);
    }
    if (status == YZ_OK) {
        status = check_codes(at);
    }
    if (status == YZ_OK) {
        status = check_counts(at);
    }
    if (status == YZ_OK) {
        status = yz_verify_posts(at);
    }
    return status == YZ_OK ? yz_verify_indexes(at) : status;
}

yz_status
yz_verify_public(yz_verification *check)
{
    yz_public_check at = {.check = check, .public = &check->store->public};
    yz_status status;

    if (at.public->env == NULL) {
        if (check->head.last_seq > 0) {
            yz_verify_tell(check, "there is no public data");
        }
        return YZ_OK;
    }
    status = prepare(&at);
    if (status == YZ_CORRUPT || status == YZ_BAD_INPUT) {
        yz_verify_tell(check,
                       "the facts or words of public data or the names of "
                       "regions are damaged");
        status = YZ_OK;
    } else if (status == YZ_OK) {
        status = check_all(&at);
    }
    yz_txn_abort(&at.txn);
    yz_region_names_free(&at.names);
    yz_tally_free(&at.tally);
    free(at.found);
    return status;
}
