/*
 * The relay's pool: numbers of a file, bound in the store.  Runs in the
 * writer; others call it by way of relay.c.
 *
 * YZ_TABLE_BINDING: number to
 *
 *   off size
 *     0    1  version, 1
 *     1    3  0
 *     4    4  post
 *     8    8  when it ends, Unix seconds
 *    16   16  who asked
 *    32       their number, sealed by the daemon for this number
 *
 * Where it leads is the contact of the post, sealed there, so that a binding
 * ends with its post.
 */
#include "admin/rules/relay_impl.h"

#include <stdio.h>

#include "lmdb_schema/expiry.h"

#define BINDING_VERSION 1
#define SEALED_MAX 96
#define RETRY_MAX_S 3600

typedef struct {
    uint8_t version;
    uint8_t zero[3];
    uint32_t post;
    int64_t expires_s;
    uint8_t asker[YZ_ACTOR_ID_SIZE];
} binding_head;

_Static_assert(sizeof(binding_head) == 32, "a binding begins with 32 bytes");

static yz_status
get(yz_desk *desk, yz_span number, binding_head *head, yz_span *sealed)
{
    yz_span value;
    yz_status status = yz_store_record_get(desk->store, YZ_TABLE_BINDING,
                                           number, &value, NULL);

    if (status != YZ_OK) {
        return status;
    }
    if (value.n < sizeof(*head)) {
        return YZ_CORRUPT;
    }
    memcpy(head, value.p, sizeof(*head));
    *sealed = (yz_span){value.p + sizeof(*head), value.n - sizeof(*head)};
    return head->version == BINDING_VERSION ? YZ_OK : YZ_CORRUPT;
}

/* What a walk over the numbers finds. */
typedef struct {
    const char *mine; /* bound for this asker and post already */
    const char *free;
    int64_t mine_expires_s;
    int64_t soonest_s; /* when the first of them is free again */
} survey;

static yz_status
look(yz_desk *desk, const yz_relay_numbers *numbers, const yz_relay_call *call,
     survey *s)
{
    int64_t now_s = yz_store_now_s(desk->store);

    *s = (survey){.soonest_s = INT64_MAX};
    for (size_t i = 0; i < numbers->count && s->mine == NULL; i++) {
        const char *number = numbers->all[i];
        binding_head head;
        yz_span sealed;
        yz_status status = get(desk, yz_span_of(number), &head, &sealed);

        if (status != YZ_OK && status != YZ_NOT_FOUND) {
            return status;
        }
        if (status == YZ_NOT_FOUND || head.expires_s <= now_s) {
            s->free = s->free != NULL ? s->free : number;
            continue;
        }
        if (head.post == call->post &&
            memcmp(head.asker, call->asker, sizeof(head.asker)) == 0) {
            s->mine = number;
            s->mine_expires_s = head.expires_s;
        }
        if (head.expires_s < s->soonest_s) {
            s->soonest_s = head.expires_s;
        }
    }
    return YZ_OK;
}

static yz_span
context_of(const char *number, char text[48])
{
    int n = snprintf(text, 48, "relay %s", number);

    return (yz_span){text, (size_t)n};
}

static yz_status
put(yz_desk *desk, const yz_relay_call *call, const yz_relay_binding *binding)
{
    binding_head head = {.version = BINDING_VERSION,
                         .post = call->post,
                         .expires_s = binding->expires_s};
    uint8_t value[sizeof(head) + SEALED_MAX];
    const yz_span number = yz_span_of(binding->number);
    char context[48];
    size_t size = 0;

    memcpy(head.asker, call->asker, sizeof(head.asker));
    memcpy(value, &head, sizeof(head));
    yz_status status = yz_vault_seal_own(
        desk->vault, context_of(binding->number, context),
        yz_span_of(call->caller), value + sizeof(head), &size);
    if (status == YZ_OK) {
        status = yz_store_record_put(
            desk->store, YZ_TABLE_BINDING, number,
            (yz_span){(const char *)value, sizeof(head) + size});
    }
    return status == YZ_OK ? yz_expiry_put(desk->store, binding->expires_s,
                                           YZ_TABLE_BINDING, number)
                           : status;
}

static yz_status
bind(yz_desk *desk, const yz_relay_numbers *numbers, const yz_relay_call *call,
     yz_relay_binding *binding, unsigned *retry_after_s)
{
    int64_t now_s = yz_store_now_s(desk->store);
    survey s;
    yz_status status = look(desk, numbers, call, &s);

    if (status != YZ_OK) {
        return status;
    }
    if (s.mine == NULL && s.free == NULL) {
        int64_t wait_s = s.soonest_s - now_s;

        *retry_after_s =
            (unsigned)(wait_s < RETRY_MAX_S ? wait_s : RETRY_MAX_S);
        return YZ_BUSY;
    }
    snprintf(binding->number, sizeof(binding->number), "%s",
             s.mine != NULL ? s.mine : s.free);
    if (s.mine != NULL) {
        binding->expires_s = s.mine_expires_s;
        return YZ_OK;
    }
    binding->expires_s = now_s + YZ_RELAY_TTL_S;
    return put(desk, call, binding);
}

yz_status
yz_relay_expire(yz_desk *desk, yz_span key)
{
    binding_head head;
    yz_span sealed;
    yz_status status = get(desk, key, &head, &sealed);

    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    /* The number may have been bound anew since. */
    return head.expires_s <= yz_store_now_s(desk->store)
               ? yz_store_record_delete(desk->store, YZ_TABLE_BINDING, key)
               : YZ_OK;
}

yz_status
yz_relay_find(yz_desk *desk, yz_span number, yz_relay_call *call,
              int64_t *expires_s)
{
    binding_head head;
    yz_span sealed;
    char name[YZ_RELAY_NUMBER_MAX + 1] = "", context[48];
    uint8_t plain[SEALED_MAX];
    size_t n = 0;

    if (number.n == 0 || number.n > YZ_RELAY_NUMBER_MAX) {
        return YZ_NOT_FOUND;
    }
    memcpy(name, number.p, number.n);
    yz_status status = get(desk, number, &head, &sealed);
    if (status == YZ_OK && head.expires_s <= yz_store_now_s(desk->store)) {
        return YZ_NOT_FOUND;
    }
    if (status != YZ_OK || sealed.n > sizeof(plain)) {
        return status != YZ_OK ? status : YZ_CORRUPT;
    }
    status = yz_vault_open_own(desk->vault, context_of(name, context), sealed,
                               plain, &n);
    if (status != YZ_OK || n >= sizeof(call->caller)) {
        return status != YZ_OK ? status : YZ_CORRUPT;
    }
    *call = (yz_relay_call){.post = head.post};
    memcpy(call->asker, head.asker, sizeof(call->asker));
    memcpy(call->caller, plain, n);
    *expires_s = head.expires_s;
    return YZ_OK;
}

const yz_relay_backend yz_relay_pool = {.bind = bind};
