/*
 * The rule from posts of the state to posts of public data, for one that was
 * touched and for all of them.  Write half.
 */
#ifndef YZ_SCHEMA_POST_PROJECT_WRITE_H
#define YZ_SCHEMA_POST_PROJECT_WRITE_H

#include "lmdb_schema/geo_write.h"
#include "lmdb_schema/post_render.h"
#include "lmdb_schema/project_write.h"

/*
 * Brings one post of public data to what the state says: its record, its
 * keys in the index by time, its point in `layer`, which is open for
 * YZ_LAYER_POSTS.
 *
 * post: NULL when the state has none of that number.
 *
 * YZ_OK, or why not (YZ_FULL, YZ_CORRUPT, YZ_IO, YZ_NOMEM).
 */
yz_status yz_project_post(yz_projection *projection, yz_public *public,
                          MDB_txn *txn, yz_geo_writer *layer, uint32_t number,
                          const yz_post *post);

/*
 * Writes all posts of the state into a new generation: records, index by
 * time, layer.  YZ_OK, or why not.
 */
yz_status yz_project_posts(yz_projection *projection, yz_public *public,
                           MDB_txn *txn);

/* The name of the list of items (core/items.h) in YZ_TABLE_POLICY. */
#define YZ_POLICY_ITEMS "items"

/*
 * Brings the list of items of public data to what the state says; no list, no
 * meta value.  YZ_OK, or why not.
 */
yz_status yz_project_items(yz_projection *projection, yz_public *public,
                           MDB_txn *txn);

/*
 * The JSON of the list of items that the state has; {NULL, 0} when there is
 * none.  To be freed by the caller.  YZ_OK, YZ_IO, YZ_CORRUPT or YZ_NOMEM.
 */
yz_status yz_state_items_json(const yz_state *state, MDB_txn *txn,
                              yz_span *json);

/*
 * The number of an item in the generation, 0 for an empty word.  With txn a
 * new word is interned (beyond the last number it gets 0); without, it is
 * YZ_NOT_FOUND.
 */
yz_status yz_public_item(yz_public *public, MDB_txn *txn, yz_span word,
                         uint16_t *item);

#endif
