/*
 * Keeps answers under their Idempotency-Key.  work.c calls it around the rule
 * of a route that asks for it; runs in the writer.
 */
#include "admin/daemon/idempotency.h"

#include <assert.h>

#include "lmdb_schema/expiry.h"

#define RETRY_S 1 /* told while the first is under way */

typedef enum { STATE_RUNNING = 1, STATE_ANSWERED = 2 } record_state;

/* Value of YZ_TABLE_IDEMPOTENCY; the sealed answer follows. */
typedef struct {
    int64_t at_s;                       /*  0 when it was first seen */
    uint64_t run;                       /*  8 of the daemon that wrote it */
    uint64_t batch;                     /* 16 of that run */
    uint8_t body[YZ_RECEIPT_HASH_SIZE]; /* 24 keyed hash of the body */
    uint8_t state;                      /* 40 record_state */
    uint8_t zero[7];                    /* 41 */
} record_head;

_Static_assert(sizeof(record_head) == 48, "the head is 48 bytes");

/* What is sealed; the texts follow in this order, then the body. */
typedef struct {
    uint32_t body_size;     /*  0 */
    uint16_t status;        /*  4 */
    uint16_t media_size;    /*  6 0: JSON */
    uint16_t location_size; /*  8 */
    uint16_t cookie_size;   /* 10 of the first Set-Cookie */
} answer_head;

_Static_assert(sizeof(answer_head) == 12, "the head is 12 bytes");

#define ANSWER_MAX                                                             \
    (YZ_RECORD_VALUE_MAX - sizeof(record_head) - YZ_SEAL_OVERHEAD)

static yz_span
bytes_of(const void *bytes, size_t n)
{
    return (yz_span){bytes, n};
}

yz_status
yz_idempotency_check(yz_exchange *x)
{
    yz_span key = x->idempotency_key;
    bool good = key.n >= 1 && key.n <= YZ_IDEMPOTENCY_KEY_MAX;

    for (size_t i = 0; good && i < key.n; i++) {
        good = key.p[i] > ' ' && key.p[i] < 0x7f;
    }
    return good ? YZ_OK : yz_exchange_problem(x, YZ_PROBLEM_KEY_MISSING, NULL);
}

/* The record's key: a keyed hash, so that the table tells nobody who. */
static yz_status
make_scope(yz_desk *desk, yz_exchange *x, const yz_actor *actor,
           uint8_t scope[static YZ_IDEMPOTENCY_SCOPE_SIZE])
{
    size_t n = 2 + YZ_ACTOR_ID_SIZE + x->path.n + 1 + x->idempotency_key.n;
    char *text = yz_arena_alloc(&x->arena, n);
    yz_out out;

    if (text == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, text, n);
    yz_out_char(&out, (char)x->method);
    yz_out_char(&out, (char)actor->kind);
    yz_out_bytes(&out, actor->id, YZ_ACTOR_ID_SIZE);
    yz_out_span(&out, x->path);
    yz_out_char(&out, '\n');
    yz_out_span(&out, x->idempotency_key);
    return yz_vault_hash(desk->vault, "idempotency", yz_out_written(&out),
                         scope);
}

/* Opens what was sealed; the exchange then has the first answer. */
static yz_status
replay(yz_desk *desk, yz_exchange *x, yz_span scope, yz_span sealed)
{
    uint8_t *plain = yz_arena_alloc(&x->arena, sealed.n + 1);
    answer_head head;
    size_t size = 0;
    const char *at;
    yz_status status;

    if (plain == NULL) {
        return YZ_NOMEM;
    }
    status = yz_vault_open_own(desk->vault, scope, sealed, plain, &size);
    if (status != YZ_OK) {
        return status;
    }
    if (size < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, plain, sizeof(head));
    if (size - sizeof(head) != (size_t)head.media_size + head.location_size +
                                   head.cookie_size + head.body_size) {
        return YZ_CORRUPT;
    }
    at = (const char *)plain + sizeof(head);
    status = yz_exchange_answer(x, head.status, 0);
    if (status != YZ_OK) {
        return status;
    }
    x->media = head.media_size == 0
                   ? NULL
                   : yz_arena_text(&x->arena, bytes_of(at, head.media_size));
    at += head.media_size;
    x->location = bytes_of(at, head.location_size);
    at += head.location_size;
    if (head.cookie_size > 0) {
        x->set_cookie[0] = bytes_of(at, head.cookie_size);
    }
    at += head.cookie_size;
    yz_out_init(&x->out, (char *)plain + (at - (const char *)plain),
                head.body_size);
    x->out.n = head.body_size;
    return x->arena.failed ? YZ_NOMEM : YZ_OK;
}

static yz_status
answer_running(yz_exchange *x)
{
    yz_status status = yz_exchange_problem(x, YZ_PROBLEM_REQUEST_RUNNING, NULL);

    x->retry_after_s = RETRY_S;
    return status;
}

/* What the record says to the exchange. */
static yz_status
look_at(yz_desk *desk, yz_exchange *x, const yz_idempotency_moment *now,
        const yz_idempotency *note, yz_span value)
{
    record_head head;
    bool of_this_run;

    if (value.n < sizeof(head)) {
        return YZ_CORRUPT;
    }
    memcpy(&head, value.p, sizeof(head));
    of_this_run = head.run == now->run;
    if (head.at_s + YZ_IDEMPOTENCY_KEPT_S <= note->at_s ||
        (head.state == STATE_RUNNING && !of_this_run)) {
        return YZ_OK;
    }
    if (memcmp(head.body, note->body, sizeof(head.body)) != 0) {
        return yz_exchange_problem(x, YZ_PROBLEM_KEY_REUSED, NULL);
    }
    if (head.state == STATE_RUNNING ||
        (of_this_run && head.batch == now->batch)) {
        return answer_running(x);
    }
    return replay(desk, x, bytes_of(note->scope, sizeof(note->scope)),
                  bytes_of(value.p + sizeof(head), value.n - sizeof(head)));
}

yz_status
yz_idempotency_find(yz_desk *desk, yz_exchange *x,
                    const yz_idempotency_moment *now, yz_idempotency *note)
{
    yz_span value;
    yz_status status;

    memset(note, 0, sizeof(*note));
    note->actor = x->actor;
    note->at_s = yz_store_now_s(desk->store);
    status =
        yz_vault_hash(desk->vault, "idempotency-body", x->body, note->body);
    if (status == YZ_OK) {
        status = make_scope(desk, x, &x->actor, note->scope);
    }
    if (status == YZ_OK) {
        status = yz_store_record_get(desk->store, YZ_TABLE_IDEMPOTENCY,
                                     bytes_of(note->scope, sizeof(note->scope)),
                                     &value, NULL);
        if (status == YZ_OK) {
            return look_at(desk, x, now, note, value);
        }
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

/* The answer as it is sealed. */
static yz_span
pack(yz_exchange *x)
{
    const yz_span media = x->media == NULL ? YZ_SPAN("") : yz_span_of(x->media);
    const answer_head head = {
        .body_size = (uint32_t)x->out.n,
        .status = (uint16_t)x->status,
        .media_size = (uint16_t)media.n,
        .location_size = (uint16_t)x->location.n,
        .cookie_size = (uint16_t)x->set_cookie[0].n,
    };
    size_t size =
        sizeof(head) + media.n + x->location.n + x->out.n + x->set_cookie[0].n;
    yz_out out;

    yz_out_init(&out, yz_arena_alloc(&x->arena, size),
                x->arena.failed ? 0 : size);
    yz_out_bytes(&out, &head, sizeof(head));
    yz_out_span(&out, media);
    yz_out_span(&out, x->location);
    yz_out_span(&out, x->set_cookie[0]);
    yz_out_span(&out, yz_out_written(&x->out));
    return yz_out_written(&out);
}

/* The record and what ends it. */
static yz_status
put(yz_desk *desk, const yz_idempotency *note, yz_span scope, yz_span value)
{
    yz_status status =
        yz_store_record_put(desk->store, YZ_TABLE_IDEMPOTENCY, scope, value);

    return status == YZ_OK
               ? yz_expiry_put(desk->store, note->at_s + YZ_IDEMPOTENCY_KEPT_S,
                               YZ_TABLE_IDEMPOTENCY, scope)
               : status;
}

/* Under one scope: head and, where there is one, the sealed answer. */
static yz_status
keep_under(yz_desk *desk, yz_exchange *x, const yz_idempotency *note,
           const record_head *head, yz_span scope)
{
    yz_span plain = {NULL, 0};
    size_t size = sizeof(*head), sealed = 0;
    yz_status status = YZ_OK;
    uint8_t *value;

    if (head->state == STATE_ANSWERED) {
        plain = pack(x);
        /* Too long to be kept: a second request is judged by the rule. */
        if (plain.n > ANSWER_MAX) {
            return YZ_OK;
        }
        size += plain.n + YZ_SEAL_OVERHEAD;
    }
    value = yz_arena_alloc(&x->arena, size);
    if (x->arena.failed) {
        return YZ_NOMEM;
    }
    memcpy(value, head, sizeof(*head));
    if (plain.n > 0) {
        status = yz_vault_seal_own(desk->vault, scope, plain,
                                   value + sizeof(*head), &sealed);
    }
    return status == YZ_OK
               ? put(desk, note, scope, bytes_of(value, sizeof(*head) + sealed))
               : status;
}

static yz_status
forget(yz_desk *desk, yz_span scope)
{
    yz_status status =
        yz_store_record_delete(desk->store, YZ_TABLE_IDEMPOTENCY, scope);

    return status == YZ_NOT_FOUND ? YZ_OK : status;
}

yz_status
yz_idempotency_keep(yz_desk *desk, yz_exchange *x,
                    const yz_idempotency_moment *now, yz_idempotency *note)
{
    const yz_span scope = bytes_of(note->scope, sizeof(note->scope));
    uint8_t other[YZ_IDEMPOTENCY_SCOPE_SIZE];
    record_head head = {
        .at_s = note->at_s,
        .run = now->run,
        .batch = now->batch,
        .state = x->status == 0 ? STATE_RUNNING : STATE_ANSWERED,
    };
    yz_status status;

    memcpy(head.body, note->body, sizeof(head.body));
    if (x->status >= 400) {
        return note->running ? forget(desk, scope) : YZ_OK;
    }
    note->running = x->status == 0;
    status = keep_under(desk, x, note, &head, scope);
    /* A phone that has just got its cookie comes back as somebody. */
    if (status == YZ_OK && !note->running &&
        memcmp(note->actor.id, x->actor.id, sizeof(x->actor.id)) != 0) {
        status = make_scope(desk, x, &x->actor, other);
        if (status == YZ_OK) {
            status = keep_under(desk, x, note, &head,
                                bytes_of(other, sizeof(other)));
        }
    }
    return status;
}

yz_status
yz_idempotency_expire(yz_desk *desk, yz_span key)
{
    record_head head;
    yz_span value;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_IDEMPOTENCY,
                                           key, &value, NULL);

    if (status == YZ_OK) {
        if (value.n >= sizeof(head)) {
            memcpy(&head, value.p, sizeof(head));
            if (head.at_s + YZ_IDEMPOTENCY_KEPT_S >
                yz_store_now_s(desk->store)) {
                return YZ_OK; /* a later one under the same key */
            }
        }
        status = forget(desk, key);
    }
    return status == YZ_NOT_FOUND ? YZ_OK : status;
}
