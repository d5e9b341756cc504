/*
 * Whether a body makes a post, and for whom.  Only in `apply` steps.
 */
#ifndef YZ_RULES_POST_CHECK_H
#define YZ_RULES_POST_CHECK_H

#include "admin/identity/desk.h"
#include "lmdb_schema/post.h"

#define YZ_POST_CHARACTERS_MAX 200 /* of the free text */

_Static_assert(YZ_POST_CHARACTERS_MAX * 4 <= YZ_POST_TEXT_MAX,
               "any text of so many characters fits");

/* Jobs and notices are the staff's, needs and offers the workers'. */
static inline bool
yz_post_by_staff(uint8_t topic)
{
    return topic == YZ_POST_JOB || topic == YZ_POST_NOTICE;
}

/* What a body says that is not kept as it is. */
typedef struct {
    yz_span text;
    yz_span contact; /* eleven digits; n 0: none */
    uint32_t days;   /* of its life */
} yz_post_draft;

/*
 * Checks who asks and every member, and fills of `post` topic, item,
 * item_name, text (plain), place, region and the rounded position; spans are in
 * the arena.  YZ_OK; YZ_DENIED: the problem is answered; YZ_NOMEM, or a
 * failure of the store.
 */
yz_status yz_post_check(yz_desk *desk, yz_exchange *x, yz_post_draft *draft,
                        yz_post *post);

#endif
