/*
 * The board, as the reader shows it: posts by number, newest first, and
 * nearest first.  All of it inside a lookup (reader.h); what has expired by
 * the caller's clock is passed over, whether or not the writer has taken it
 * down yet.
 */
#ifndef YZ_SCHEMA_READER_POSTS_H
#define YZ_SCHEMA_READER_POSTS_H

#include "lmdb_schema/post_view.h"
#include "lmdb_schema/reader.h"

/* What is asked of the board. */
typedef struct {
    unsigned topics;                    /* bits of yz_post_topic, any of them */
    uint32_t item_count;                /* 0: any item, and none */
    yz_span items[YZ_FILTER_WORDS_MAX]; /* any of these words */
    uint32_t region;                    /* number of region_digits digits */
    int region_digits;                  /* 0 (everywhere), 2, 4 or 6 */
    int64_t now_s;                      /* Unix seconds */
    uint32_t limit;                     /* 1..YZ_LIMIT_MAX + 1 */
} yz_post_ask;

/*
 * One post: on the board (head.open), or gone from it.  YZ_OK, YZ_NOT_FOUND
 * (never shown, or forgotten), YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_post(yz_reader *reader, uint32_t number,
                         yz_post_view *view);

/*
 * The newest posts that pass, at most ask->limit: numbers descend.  before:
 * only smaller numbers, 0: from the newest.  YZ_OK, YZ_BAD_INPUT (limit,
 * region_digits), YZ_CORRUPT, YZ_IO or YZ_NOMEM.
 */
yz_status yz_reader_posts_newest(yz_reader *reader, const yz_post_ask *ask,
                                 uint32_t before, uint32_t *numbers,
                                 uint32_t *count);

/* Where posts are asked from, and where a page goes on. */
typedef struct {
    int32_t lat_e7;
    int32_t lng_e7;
    double after_key; /* of the last hit before; negative: from the start */
    uint32_t after_number;
} yz_post_from;

/*
 * The nearest posts that pass, at most ask->limit, sorted by distance; of
 * those equally far (positions are rounded) the newest first.  Statuses as
 * above.
 */
yz_status yz_reader_posts_nearest(yz_reader *reader, const yz_post_ask *ask,
                                  const yz_post_from *from, yz_geo_hit *hits,
                                  uint32_t *count);

/*
 * The list of items as JSON; empty when there is none.  Valid until
 * yz_reader_end().  YZ_OK, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_items(yz_reader *reader, yz_span *json);

#endif
