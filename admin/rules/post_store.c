/*
 * Reads and writes posts.  Runs in the writer; called by the rules of posts
 * and by the tick that ends what is due.
 */
#include "admin/rules/post_store.h"

#include <stdio.h>
#include <string.h>

#include "admin/identity/person.h"
#include "admin/rules/post_report.h"
#include "admin/rules/presence.h"
#include "core/number.h"
#include "lmdb_schema/expiry.h"

#define CONTEXT_SIZE 32

yz_span
yz_post_key_of(uint32_t number, yz_post_key *key)
{
    yz_put_u32_be(key->bytes, number);
    return (yz_span){(const char *)key->bytes, sizeof(key->bytes)};
}

yz_status
yz_post_get(yz_desk *desk, yz_exchange *x, yz_span id, yz_post *post)
{
    yz_post_key key;
    uint32_t number;
    yz_span value;

    if (id.n == 0 || id.p[0] == '0' ||
        yz_number_parse_u32(id, UINT32_MAX, &number) != YZ_OK) {
        return YZ_NOT_FOUND;
    }
    yz_status status = yz_store_record_get(
        desk->store, YZ_TABLE_POST, yz_post_key_of(number, &key), &value, NULL);
    if (status != YZ_OK) {
        return status;
    }
    value = yz_exchange_keep(x, value);
    return x->arena.failed ? YZ_NOMEM : yz_post_decode(value.p, value.n, post);
}

yz_status
yz_post_require(yz_desk *desk, yz_exchange *x, yz_span id, yz_post *post)
{
    yz_status status = yz_post_get(desk, x, id, post);

    return status == YZ_NOT_FOUND
               ? yz_presence_refuse(x, YZ_PROBLEM_POST_UNKNOWN, NULL)
               : status;
}

yz_status
yz_post_put(yz_desk *desk, const yz_post *post)
{
    uint8_t value[YZ_POST_ENCODED_MAX];
    yz_post_key key;
    size_t size;
    yz_status status = yz_post_encode(post, value, sizeof(value), &size);

    return status == YZ_OK
               ? yz_store_record_put(desk->store, YZ_TABLE_POST,
                                     yz_post_key_of(post->number, &key),
                                     (yz_span){(const char *)value, size})
               : status;
}

yz_status
yz_post_put_new(yz_desk *desk, const yz_post *post)
{
    yz_post_key key;
    yz_status status = yz_post_put(desk, post);

    return status == YZ_OK
               ? yz_expiry_put(desk->store, post->expires_s, YZ_TABLE_POST,
                               yz_post_key_of(post->number, &key))
               : status;
}

yz_status
yz_post_end(yz_desk *desk, yz_post *post, yz_post_state state)
{
    yz_post_key bytes;
    const yz_span key = yz_post_key_of(post->number, &bytes);
    yz_status status =
        yz_expiry_delete(desk->store, post->expires_s, YZ_TABLE_POST, key);

    if (status != YZ_OK && status != YZ_NOT_FOUND) {
        return status;
    }
    post->state = (uint8_t)state;
    post->ended_s = yz_store_now_s(desk->store);
    post->contact = YZ_SPAN("");
    status = yz_post_put(desk, post);
    return status == YZ_OK
               ? yz_expiry_put(desk->store, post->ended_s + YZ_POST_KEPT_S,
                               YZ_TABLE_POST, key)
               : status;
}

yz_status
yz_post_empty(yz_desk *desk, yz_post *post)
{
    if (post->state == YZ_POST_OPEN || post->state == YZ_POST_MODERATED) {
        post->state = YZ_POST_HIDDEN;
    }
    post->item = post->item_name = YZ_SPAN("");
    post->text = post->place = post->contact = YZ_SPAN("");
    post->text_open = false;
    return yz_post_put(desk, post);
}

/* The newest number stays taken: no post gets one that another had. */
static yz_status
forget(yz_desk *desk, uint32_t number)
{
    uint64_t next;
    yz_post_key key;
    yz_status status =
        yz_store_record_next(desk->store, YZ_TABLE_POST, true, &next);

    if (status == YZ_OK) {
        status = yz_post_reports_forget(desk, number);
    }
    if (status != YZ_OK) {
        return status;
    }
    if ((uint64_t)number + 1 == next) {
        return yz_expiry_put(desk->store,
                             yz_store_now_s(desk->store) + YZ_POST_KEPT_S,
                             YZ_TABLE_POST, yz_post_key_of(number, &key));
    }
    return yz_store_record_delete(desk->store, YZ_TABLE_POST,
                                  yz_post_key_of(number, &key));
}

yz_status
yz_post_expire(yz_desk *desk, yz_span key)
{
    char copy[YZ_POST_ENCODED_MAX];
    int64_t now_s = yz_store_now_s(desk->store);
    yz_post post;
    yz_span value;
    yz_status status =
        yz_store_record_get(desk->store, YZ_TABLE_POST, key, &value, NULL);

    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    if (value.n > sizeof(copy)) {
        return YZ_CORRUPT;
    }
    memcpy(copy, value.p, value.n);
    status = yz_post_decode(copy, value.n, &post);
    if (status != YZ_OK) {
        return status;
    }
    if (post.state == YZ_POST_RESOLVED || post.state == YZ_POST_EXPIRED) {
        return post.ended_s + YZ_POST_KEPT_S <= now_s
                   ? forget(desk, post.number)
                   : YZ_OK;
    }
    return post.expires_s <= now_s ? yz_post_end(desk, &post, YZ_POST_EXPIRED)
                                   : YZ_OK;
}

/* A seal belongs to one post and one field of it. */
static yz_span
context_of(const yz_post *post, yz_post_field field, char text[CONTEXT_SIZE])
{
    int n =
        snprintf(text, CONTEXT_SIZE, "post %lu %s", (unsigned long)post->number,
                 field == YZ_POST_TEXT ? "text" : "contact");

    return (yz_span){text, (size_t)n};
}

yz_status
yz_post_seal(yz_desk *desk, yz_exchange *x, const yz_post *post,
             yz_post_field field, yz_span plain, yz_span *sealed)
{
    char text[CONTEXT_SIZE];

    if (plain.n == 0) {
        *sealed = YZ_SPAN("");
        return YZ_OK;
    }
    return yz_person_seal(desk, x, post->writer.id,
                          context_of(post, field, text), plain, sealed);
}

yz_status
yz_post_unseal(yz_desk *desk, yz_exchange *x, const yz_post *post,
               yz_post_field field, yz_span *plain)
{
    char text[CONTEXT_SIZE];
    yz_span sealed = field == YZ_POST_TEXT ? post->text : post->contact;

    *plain = sealed;
    if (sealed.n == 0 || (field == YZ_POST_TEXT && post->text_open)) {
        return YZ_OK;
    }
    return yz_person_unseal(desk, x, post->writer.id,
                            context_of(post, field, text), sealed, plain);
}
