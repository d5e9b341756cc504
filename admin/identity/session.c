/*
 * Sessions.  Runs in the writer, inside the open batch; called by identity
 * and by the login's routes.
 */
#include "admin/identity/session.h"
#include "admin/identity/person.h"
#include "core/base64url.h"
#include "core/number.h"
#include "lmdb_schema/expiry.h"

#define VERSION 1
#define TOKEN_BYTES 32
#define TOKEN_HEAD "yz1."

/* Value of YZ_TABLE_SESSION. */
typedef struct {
    uint8_t version;              /*  0 */
    uint8_t verified;             /*  1 */
    uint8_t grant_count;          /*  2 */
    uint8_t zero[5];              /*  3 */
    int64_t began_at_s;           /*  8 */
    int64_t ends_at_s;            /* 16 */
    uint8_t id[YZ_ACTOR_ID_SIZE]; /* 24 */
    struct {
        uint32_t node;
        uint8_t role;
        uint8_t zero[3];
    } grant[YZ_GRANTS_MAX]; /* 40 */
} session_record;

_Static_assert(sizeof(session_record) == 104, "session is 104 bytes");

bool
yz_session_token_like(yz_span text)
{
    return text.n == YZ_SESSION_TOKEN_LENGTH &&
           memcmp(text.p, TOKEN_HEAD, sizeof(TOKEN_HEAD) - 1) == 0;
}

static yz_span
bytes_of(const void *bytes, size_t n)
{
    return (yz_span){bytes, n};
}

static yz_status
hash_of(yz_desk *desk, yz_span token, uint8_t hash[YZ_RECEIPT_HASH_SIZE])
{
    return yz_vault_hash(desk->vault, "session", token, hash);
}

static yz_status
read_session(yz_desk *desk, yz_span key, session_record *record)
{
    yz_span value;
    yz_status status =
        yz_store_record_get(desk->store, YZ_TABLE_SESSION, key, &value, NULL);

    if (status != YZ_OK) {
        return status;
    }
    if (value.n != sizeof(*record)) {
        return YZ_CORRUPT;
    }
    memcpy(record, value.p, sizeof(*record));
    return record->version == VERSION && record->grant_count <= YZ_GRANTS_MAX
               ? YZ_OK
               : YZ_CORRUPT;
}

static yz_status
draw_token(yz_exchange *x, yz_span *token)
{
    uint8_t random[TOKEN_BYTES];
    char *text = yz_arena_alloc(&x->arena, YZ_SESSION_TOKEN_LENGTH + 1);
    yz_status status = yz_vault_random(random, sizeof(random));

    if (text == NULL || status != YZ_OK) {
        return text == NULL ? YZ_NOMEM : status;
    }
    memcpy(text, TOKEN_HEAD, sizeof(TOKEN_HEAD) - 1);
    (void)yz_base64url_encode(random, sizeof(random),
                              text + sizeof(TOKEN_HEAD) - 1);
    *token = (yz_span){text, YZ_SESSION_TOKEN_LENGTH};
    return YZ_OK;
}

static void
fill(session_record *record, const yz_person *person, int64_t now_s,
     int64_t ttl_s)
{
    memset(record, 0, sizeof(*record));
    record->version = VERSION;
    record->verified = person->verified;
    record->began_at_s = now_s;
    record->ends_at_s = now_s + ttl_s;
    memcpy(record->id, person->id, sizeof(record->id));
    record->grant_count = (uint8_t)person->grant_count;
    for (size_t i = 0; i < person->grant_count; i++) {
        record->grant[i].node = person->grant[i].node;
        record->grant[i].role = person->grant[i].role;
    }
}

yz_status
yz_session_begin(yz_desk *desk, yz_exchange *x, const yz_person *person,
                 int64_t ttl_s, yz_span *token)
{
    uint8_t hash[YZ_RECEIPT_HASH_SIZE];
    session_record record;
    yz_status status = draw_token(x, token);

    if (status == YZ_OK) {
        status = hash_of(desk, *token, hash);
    }
    if (status != YZ_OK) {
        return status;
    }
    fill(&record, person, yz_store_now_s(desk->store), ttl_s);
    status = yz_store_record_put(desk->store, YZ_TABLE_SESSION,
                                 bytes_of(hash, sizeof(hash)),
                                 bytes_of(&record, sizeof(record)));
    if (status == YZ_OK) {
        status = yz_expiry_put(desk->store, record.ends_at_s, YZ_TABLE_SESSION,
                               bytes_of(hash, sizeof(hash)));
    }
    return status;
}

yz_status
yz_session_find(yz_desk *desk, yz_span token, yz_person *person)
{
    uint8_t hash[YZ_RECEIPT_HASH_SIZE];
    session_record record;
    int64_t erased_at_s = 0;
    yz_status status;

    memset(person, 0, sizeof(*person));
    if (!yz_session_token_like(token)) {
        return YZ_NOT_FOUND;
    }
    status = hash_of(desk, token, hash);
    if (status == YZ_OK) {
        status = read_session(desk, bytes_of(hash, sizeof(hash)), &record);
    }
    if (status == YZ_OK) {
        status = yz_person_erased_at(desk, record.id, &erased_at_s);
    }
    if (status != YZ_OK) {
        return status;
    }
    if (record.ends_at_s <= yz_store_now_s(desk->store) ||
        record.began_at_s <= erased_at_s) {
        return YZ_NOT_FOUND;
    }
    memcpy(person->id, record.id, sizeof(person->id));
    person->verified = record.verified != 0;
    person->grant_count = record.grant_count;
    for (size_t i = 0; i < record.grant_count; i++) {
        person->grant[i].node = record.grant[i].node;
        person->grant[i].role = record.grant[i].role;
    }
    return YZ_OK;
}

/* Takes a session and its expiry out. */
static yz_status
forget(yz_desk *desk, yz_span key, const session_record *record)
{
    uint8_t hash[YZ_RECEIPT_HASH_SIZE];
    yz_status status;

    memcpy(hash, key.p, sizeof(hash));
    status = yz_store_record_delete(desk->store, YZ_TABLE_SESSION,
                                    bytes_of(hash, sizeof(hash)));
    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    status = yz_expiry_delete(desk->store, record->ends_at_s, YZ_TABLE_SESSION,
                              bytes_of(hash, sizeof(hash)));
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

yz_status
yz_session_end(yz_desk *desk, yz_span token)
{
    uint8_t hash[YZ_RECEIPT_HASH_SIZE];
    session_record record;
    yz_status status;

    if (!yz_session_token_like(token)) {
        return YZ_OK;
    }
    status = hash_of(desk, token, hash);
    if (status == YZ_OK) {
        status = read_session(desk, bytes_of(hash, sizeof(hash)), &record);
    }
    if (status == YZ_OK) {
        status = forget(desk, bytes_of(hash, sizeof(hash)), &record);
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

yz_status
yz_session_expire(yz_desk *desk, yz_span key)
{
    session_record record;
    yz_status status;

    if (key.n != YZ_RECEIPT_HASH_SIZE) {
        return YZ_CORRUPT;
    }
    status = read_session(desk, key, &record);
    if (status == YZ_OK && record.ends_at_s <= yz_store_now_s(desk->store)) {
        status = forget(desk, key, &record);
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

void
yz_person_grant(yz_person *person, yz_span text)
{
    const char *at = memchr(text.p, '@', text.n);
    yz_span word, number;
    uint32_t node;

    if (at == NULL || person->grant_count == YZ_GRANTS_MAX) {
        return;
    }
    word = (yz_span){text.p, (size_t)(at - text.p)};
    number = (yz_span){at + 1, text.n - word.n - 1};
    if (yz_number_parse_u32(number, UINT32_MAX, &node) != YZ_OK || node == 0) {
        return;
    }
    for (unsigned role = YZ_ROLE_HEAD; role < YZ_ROLE_OPERATOR; role++) {
        if (yz_span_equal(word, yz_span_of(yz_role_word((yz_role)role)))) {
            person->grant[person->grant_count].node = node;
            person->grant[person->grant_count].role = (uint8_t)role;
            person->grant_count++;
            return;
        }
    }
}
