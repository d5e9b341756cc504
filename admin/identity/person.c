/*
 * Keys of persons.  Runs in the writer, inside the open batch; called by
 * rules that seal or show what people wrote.
 */
#include "admin/identity/person.h"

#define VERSION 1

/* Value of YZ_TABLE_PERSON_KEY. */
typedef struct {
    uint8_t version;                      /*  0 */
    uint8_t zero;                         /*  1 */
    uint8_t wrapped[YZ_WRAPPED_KEY_SIZE]; /*  2 vault.h */
    int64_t made_at_s;                    /* 64 */
} person_key;

_Static_assert(sizeof(person_key) == 72, "person key is 72 bytes");

/* Value of YZ_TABLE_PERSON. */
typedef struct {
    uint8_t version;     /* 0 */
    uint8_t zero[7];     /* 1 */
    int64_t erased_at_s; /* 8 */
} person_record;

_Static_assert(sizeof(person_record) == 16, "person is 16 bytes");

static yz_span
key_of(const uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    return (yz_span){(const char *)id, YZ_ACTOR_ID_SIZE};
}

static yz_status
read_key(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE],
         person_key *record)
{
    yz_span value;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_PERSON_KEY,
                                           key_of(id), &value, NULL);

    if (status != YZ_OK) {
        return status;
    }
    if (value.n != sizeof(*record)) {
        return YZ_CORRUPT;
    }
    memcpy(record, value.p, sizeof(*record));
    return record->version == VERSION ? YZ_OK : YZ_CORRUPT;
}

static yz_status
put_key(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE],
        const person_key *record)
{
    return yz_store_record_put(
        desk->store, YZ_TABLE_PERSON_KEY, key_of(id),
        (yz_span){(const char *)record, sizeof(*record)});
}

/* Reads the key's record; the first time, makes it. */
static yz_status
get_or_make(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE],
            person_key *record)
{
    yz_status status = read_key(desk, id, record);

    if (status != YZ_NOT_FOUND) {
        return status;
    }
    memset(record, 0, sizeof(*record));
    record->version = VERSION;
    record->made_at_s = yz_store_now_s(desk->store);
    status = yz_vault_person_new(desk->vault, id, record->wrapped);
    return status == YZ_OK ? put_key(desk, id, record) : status;
}

yz_status
yz_person_seal(yz_desk *desk, yz_exchange *x,
               const uint8_t id[static YZ_ACTOR_ID_SIZE], yz_span context,
               yz_span plain, yz_span *sealed)
{
    uint8_t *out = yz_arena_alloc(&x->arena, plain.n + YZ_SEAL_OVERHEAD);
    person_key record;
    size_t n = 0;
    yz_status status;

    *sealed = (yz_span){"", 0};
    if (out == NULL) {
        return YZ_NOMEM;
    }
    status = get_or_make(desk, id, &record);
    if (status == YZ_OK) {
        status = yz_vault_seal(desk->vault, id, record.wrapped, context, plain,
                               out, &n);
    }
    if (status == YZ_OK) {
        *sealed = (yz_span){(const char *)out, n};
    }
    return status;
}

yz_status
yz_person_unseal(yz_desk *desk, yz_exchange *x,
                 const uint8_t id[static YZ_ACTOR_ID_SIZE], yz_span context,
                 yz_span sealed, yz_span *plain)
{
    uint8_t *out = yz_arena_alloc(&x->arena, sealed.n + 1);
    person_key record;
    int64_t erased_at_s = 0;
    size_t n = 0;
    yz_status status, looked;

    *plain = (yz_span){"", 0};
    if (out == NULL) {
        return YZ_NOMEM;
    }
    status = read_key(desk, id, &record);
    if (status == YZ_OK) {
        status = yz_vault_open_sealed(desk->vault, id, record.wrapped, context,
                                      sealed, out, &n);
    }
    if (status == YZ_OK) {
        *plain = (yz_span){(const char *)out, n};
        return YZ_OK;
    }
    if (status != YZ_CORRUPT) {
        return status;
    }
    /* A key drawn after an erasure does not open what was before it. */
    looked = yz_person_erased_at(desk, id, &erased_at_s);
    if (looked != YZ_OK) {
        return looked;
    }
    return erased_at_s != 0 ? YZ_NOT_FOUND : YZ_CORRUPT;
}

yz_status
yz_person_erase(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    person_record record = {.version = VERSION,
                            .erased_at_s = yz_store_now_s(desk->store)};
    yz_status status =
        yz_store_record_delete(desk->store, YZ_TABLE_PERSON_KEY, key_of(id));

    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    return yz_store_record_put(
        desk->store, YZ_TABLE_PERSON, key_of(id),
        (yz_span){(const char *)&record, sizeof(record)});
}

yz_status
yz_person_erased_at(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE],
                    int64_t *erased_at_s)
{
    person_record record;
    yz_span value;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_PERSON,
                                           key_of(id), &value, NULL);

    *erased_at_s = 0;
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    if (value.n != sizeof(record)) {
        return YZ_CORRUPT;
    }
    memcpy(&record, value.p, sizeof(record));
    *erased_at_s = record.erased_at_s;
    return record.version == VERSION ? YZ_OK : YZ_CORRUPT;
}

/* A walk may not put, so it looks for the first key of an older master. */
typedef struct {
    uint8_t newest;
    size_t left; /* records that may still be looked at */
    uint8_t id[YZ_ACTOR_ID_SIZE];
    bool found;
    bool more; /* `id` is where to go on, not a key to wrap */
} rewrap_walk;

static yz_status
look_for_older(void *context, yz_span key, yz_span value, uint64_t seq)
{
    rewrap_walk *walk = context;
    person_key record;

    (void)seq;
    if (key.n != YZ_ACTOR_ID_SIZE || value.n != sizeof(record)) {
        return YZ_CORRUPT;
    }
    memcpy(&record, value.p, sizeof(record));
    walk->more = walk->left == 0;
    walk->found = record.wrapped[1] != walk->newest;
    if (walk->more || walk->found) {
        memcpy(walk->id, key.p, sizeof(walk->id));
        return YZ_BUSY; /* ends the walk */
    }
    walk->left--;
    return YZ_OK;
}

yz_status
yz_person_rewrap(yz_desk *desk, yz_span from, size_t most,
                 uint8_t id[static YZ_ACTOR_ID_SIZE], yz_span *next,
                 size_t *changed)
{
    rewrap_walk walk = {yz_vault_newest_seal(desk->vault), most, {0}, 0, 0};
    person_key record;
    bool anew;
    yz_status status;

    *changed = 0;
    *next = (yz_span){"", 0};
    for (;;) {
        status = yz_store_record_each(desk->store, YZ_TABLE_PERSON_KEY,
                                      (yz_span){"", 0}, from, false,
                                      look_for_older, &walk);
        if (status != YZ_BUSY) {
            return status;
        }
        memcpy(id, walk.id, sizeof(walk.id));
        if (walk.more) {
            *next = key_of(id);
            return YZ_OK;
        }
        status = read_key(desk, id, &record);
        if (status == YZ_OK) {
            status =
                yz_vault_person_rewrap(desk->vault, id, record.wrapped, &anew);
        }
        if (status == YZ_OK) {
            status = put_key(desk, id, &record);
        }
        if (status != YZ_OK) {
            return status;
        }
        *changed += 1;
        walk.left -= walk.left > 0;
        from = key_of(id);
    }
}

yz_status
yz_person_any_older(yz_desk *desk, bool *older)
{
    rewrap_walk walk = {yz_vault_newest_seal(desk->vault), SIZE_MAX, {0}, 0, 0};
    yz_status status =
        yz_store_record_each(desk->store, YZ_TABLE_PERSON_KEY, (yz_span){"", 0},
                             (yz_span){"", 0}, false, look_for_older, &walk);

    *older = walk.found;
    return status == YZ_BUSY ? YZ_OK : status;
}
