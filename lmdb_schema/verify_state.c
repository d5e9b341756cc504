/*
 * Checks the state: each place keeps the rules, numbers and ids lead to each
 * other, reference data is what the log said last.  Runs in the writer only;
 * called by verify.c.
 */
#include "lmdb_schema/env.h"
#include "lmdb_schema/place_check.h"
#include "lmdb_schema/verify_impl.h"

#include <inttypes.h>

/* What names a place in a sentence. */
#define ID_ARGS(place) (int)(place)->id.n, (place)->id.p

static void
check_place(yz_verification *check, const yz_place *place)
{
    const yz_state *state = &check->store->state;
    uint32_t number = place->number;
    MDB_val key = {sizeof(number), &number}, value;
    const char *fault = yz_place_check(place);
    char normal[YZ_CODE_SIZE];

    if (fault != NULL) {
        yz_verify_tell(check, "place '%.*s' %s", ID_ARGS(place), fault);
    }
    if (mdb_get(check->txn, state->number, &key, &value) != 0 ||
        !yz_span_equal((yz_span){value.mv_data, value.mv_size}, place->id)) {
        yz_verify_tell(check, "place '%.*s': its number leads elsewhere",
                       ID_ARGS(place));
    }
    if (number == 0 || number >= check->head.next_number) {
        yz_verify_tell(check, "place '%.*s': its number was never given",
                       ID_ARGS(place));
    }
    if (place->changed_seq == 0 || place->changed_seq > check->head.last_seq) {
        yz_verify_tell(check, "place '%.*s' is newer than the log",
                       ID_ARGS(place));
    }
    if (yz_code_normalise(yz_span_of(place->code), normal) != YZ_OK ||
        strcmp(normal, place->code) != 0) {
        yz_verify_tell(check, "place '%.*s': its code can be none",
                       ID_ARGS(place));
    }
}

/* Walks all places and looks at each by itself. */
static yz_status
check_places(yz_verification *check, uint64_t *count)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_place place;
    int rc = mdb_cursor_open(check->txn, check->store->state.place, &cursor);

    while (rc == 0) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        if (rc != 0) {
            break;
        }
        (*count)++;
        if (yz_place_decode(value.mv_data, value.mv_size, &place) != YZ_OK ||
            !yz_span_equal(place.id, (yz_span){key.mv_data, key.mv_size})) {
            yz_verify_tell(check, "place '%.*s': its record is damaged",
                           (int)key.mv_size, (char *)key.mv_data);
            continue;
        }
        check_place(check, &place);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
}

/* Finds the newest log entry with reference data of that name. */
static bool
find_reference(yz_verification *check, yz_span name, yz_span *bytes)
{
    uint64_t seq;

    for (seq = check->head.last_seq; seq > 0; seq--) {
        yz_log_entry entry;
        uint16_t name_size;

        if (yz_log_get(&check->store->state, check->txn, seq, &entry) !=
                YZ_OK ||
            entry.head.op != YZ_LOG_REFERENCE ||
            entry.head.payload_size < sizeof(name_size)) {
            continue;
        }
        memcpy(&name_size, entry.payload, sizeof(name_size));
        if (name_size != name.n ||
            entry.head.payload_size - sizeof(name_size) < name_size ||
            memcmp(entry.payload + sizeof(name_size), name.p, name.n) != 0) {
            continue;
        }
        bytes->p = (const char *)entry.payload + sizeof(name_size) + name.n;
        bytes->n = entry.head.payload_size - sizeof(name_size) - name.n;
        return true;
    }
    return false;
}

static yz_status
check_references(yz_verification *check)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    int rc =
        mdb_cursor_open(check->txn, check->store->state.reference, &cursor);

    while (rc == 0) {
        yz_span name, logged;

        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        if (rc != 0) {
            break;
        }
        name = (yz_span){key.mv_data, key.mv_size};
        if (!find_reference(check, name, &logged) ||
            !yz_span_equal(logged, (yz_span){value.mv_data, value.mv_size})) {
            yz_verify_tell(check,
                           "reference data '%.*s' is not what the log says",
                           (int)name.n, name.p);
        }
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
}

yz_status
yz_verify_state(yz_verification *check)
{
    uint64_t count = 0;
    MDB_stat numbers;
    yz_status status = check_places(check, &count);

    if (status == YZ_OK) {
        status = yz_status_of_lmdb(
            mdb_stat(check->txn, check->store->state.number, &numbers));
    }
    if (status == YZ_OK) {
        if (count != check->head.places ||
            numbers.ms_entries != check->head.places) {
            yz_verify_tell(check,
                           "%" PRIu64 " places and %zu numbers are kept, "
                           "there should be %" PRIu64,
                           count, numbers.ms_entries, check->head.places);
        }
        status = check_references(check);
    }
    return status == YZ_OK ? yz_verify_tallies(check) : status;
}
