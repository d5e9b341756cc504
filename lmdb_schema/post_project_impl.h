/*
 * What the two ways of projecting posts and verify share; not for others.
 */
#ifndef YZ_SCHEMA_POST_PROJECT_IMPL_H
#define YZ_SCHEMA_POST_PROJECT_IMPL_H

#include "lmdb_schema/post_project_write.h"

#define YZ_POST_KEYS_MAX (2 * YZ_POST_SCOPES_MAX)

/* All keys of a post on the board in the index by time; how many. */
int
yz_post_time_keys(uint32_t number, uint32_t region, yz_post_topic topic,
                  uint16_t item,
                  uint8_t keys[static YZ_POST_KEYS_MAX][YZ_POST_TIME_KEY_SIZE]);

/* Renders the record of a public post, its item interned as
   yz_public_item() does. */
yz_status yz_post_record(const yz_region_names *names, yz_public *public,
                         MDB_txn *txn, const yz_post *post, uint8_t *record,
                         size_t *size);

#endif
