/*
 * What the two ways over the board share; not for others.
 */
#ifndef YZ_SCHEMA_READER_POSTS_IMPL_H
#define YZ_SCHEMA_READER_POSTS_IMPL_H

#include "lmdb_schema/reader_impl.h"
#include "lmdb_schema/reader_posts.h"

/* Whether the members of a question are in their ranges. */
bool yz_post_ask_ok(const yz_post_ask *ask);

/* The numbers of the items asked for that any post has had; how many.  YZ_OK,
   YZ_CORRUPT, YZ_IO or YZ_NOMEM. */
yz_status yz_reader_find_items(yz_reader *reader, const yz_post_ask *ask,
                               uint16_t items[static YZ_FILTER_WORDS_MAX],
                               uint32_t *count);

#endif
