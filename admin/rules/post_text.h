/*
 * Posts as JSON for those who may see more than the board: moderators, and
 * the writer.  Only in `apply` steps; nothing is put meanwhile.
 */
#ifndef YZ_RULES_POST_TEXT_H
#define YZ_RULES_POST_TEXT_H

#include "admin/identity/desk.h"
#include "admin/rules/post_store.h"

#define YZ_POST_ROW_ROOM 12288 /* bytes that an object takes at most */

typedef enum {
    YZ_POST_FOR_STAFF, /* the writer's keyed hash, reports by reason */
    YZ_POST_FOR_WRITER /* their own contact */
} yz_post_reader;

/*
 * Appends an object; a text whose key was erased is null.  YZ_OK, YZ_NOMEM or
 * a failure of the store.
 */
yz_status yz_post_write(yz_desk *desk, yz_exchange *x, const yz_post *post,
                        yz_post_reader reader, yz_out *out);

/* Answers with that object. */
yz_status yz_post_answer(yz_desk *desk, yz_exchange *x, unsigned status,
                         const yz_post *post, yz_post_reader reader);

/* For /v1/me (me.h). */
yz_status yz_post_show(yz_desk *desk, yz_exchange *x, yz_span key,
                       yz_span value, yz_span *json);
yz_status yz_post_forget(yz_desk *desk, yz_exchange *x, yz_span key,
                         yz_span value);

#endif
