/*
 * Posts in the store: found by the id of a path, put with what hangs on them,
 * and ended.  Only in `apply` steps.
 *
 * A post has one entry in YZ_TABLE_EXPIRY: at its expiry while it is not
 * ended, and YZ_POST_KEPT_S after its end, when it is forgotten.
 */
#ifndef YZ_RULES_POST_STORE_H
#define YZ_RULES_POST_STORE_H

#include "admin/identity/desk.h"
#include "lmdb_schema/post.h"

#define YZ_POST_KEPT_S ((int64_t)180 * 86400)

/* What a sealed field of a post is bound to. */
typedef enum { YZ_POST_TEXT, YZ_POST_CONTACT } yz_post_field;

/*
 * The post that `id` names, its spans in the exchange's arena.  YZ_OK,
 * YZ_NOT_FOUND (also for what is no id), YZ_NOMEM or a failure of the store.
 */
yz_status yz_post_get(yz_desk *desk, yz_exchange *x, yz_span id, yz_post *post);
/* The same; a post that is not there answers 404 and is YZ_DENIED. */
yz_status yz_post_require(yz_desk *desk, yz_exchange *x, yz_span id,
                          yz_post *post);

/* Puts a version of a post that is there, or a new one with its expiry. */
yz_status yz_post_put(yz_desk *desk, const yz_post *post);
yz_status yz_post_put_new(yz_desk *desk, const yz_post *post);

/* Ends a post (YZ_POST_RESOLVED, YZ_POST_EXPIRED): its contact goes. */
yz_status yz_post_end(yz_desk *desk, yz_post *post, yz_post_state state);

/* Takes everything out of a post that somebody wrote, and hides it. */
yz_status yz_post_empty(yz_desk *desk, yz_post *post);

/* Of the tick: the post with this key is due.  YZ_OK also where none is. */
yz_status yz_post_expire(yz_desk *desk, yz_span key);

/*
 * Seals a field of post `number` for its writer, and opens it; as
 * yz_person_seal() and yz_person_unseal().
 */
yz_status yz_post_seal(yz_desk *desk, yz_exchange *x, const yz_post *post,
                       yz_post_field field, yz_span plain, yz_span *sealed);
yz_status yz_post_unseal(yz_desk *desk, yz_exchange *x, const yz_post *post,
                         yz_post_field field, yz_span *plain);

/* The key of a post in its table. */
typedef struct {
    uint8_t bytes[YZ_POST_KEY_SIZE];
} yz_post_key;
yz_span yz_post_key_of(uint32_t number, yz_post_key *key);

#endif
