/*
 * The public record of a post: what of it never changes by the clock,
 * rendered once when it is written.  Write half.
 */
#ifndef YZ_SCHEMA_POST_RENDER_H
#define YZ_SCHEMA_POST_RENDER_H

#include "core/geo_point.h"
#include "lmdb_schema/post.h"
#include "lmdb_schema/post_view.h"
#include "lmdb_schema/region_names.h"

/* Most bytes of a record: every text at its limit, every byte escaped. */
#define YZ_POST_RECORD_MAX 12288

/* Whether a post has a public record, and whether it is on the board. */
static inline bool
yz_post_on_board(const yz_post *post)
{
    return post->state == YZ_POST_OPEN;
}

static inline bool
yz_post_is_public(const yz_post *post)
{
    return post->shown;
}

/*
 * Writes the record (post_view.h) of a public `post` into `record`, which has
 * YZ_POST_RECORD_MAX bytes; *size says how many.  item: the number that the
 * generation gives to its item, 0 without one.  YZ_OK or YZ_FULL.
 */
yz_status yz_post_render(const yz_post *post, uint16_t item,
                         const yz_region_names *names, uint8_t *record,
                         size_t *size);

/*
 * The point of a record on the board: topic as hours and level, item as kind,
 * days as services.
 */
yz_geo_point yz_post_point(const yz_post_head *head);

#endif
