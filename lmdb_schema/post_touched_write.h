/*
 * Which posts a run of the log touched, and projecting them.  Write half.
 */
#ifndef YZ_SCHEMA_POST_TOUCHED_WRITE_H
#define YZ_SCHEMA_POST_TOUCHED_WRITE_H

#include "lmdb_schema/project_write.h"

/* Starts as all zeros; ends with yz_posts_touched_free(). */
typedef struct {
    uint32_t *numbers;
    size_t count;
    size_t room;
    bool items; /* the list of items changed */
} yz_posts_touched;

/*
 * Notes what a record of `table` with `key` means for the board; records of
 * other tables mean nothing.  YZ_OK, YZ_CORRUPT or YZ_NOMEM.
 */
yz_status yz_posts_touch(yz_posts_touched *touched, yz_table table,
                         yz_span key);

/* Projects what was noted.  YZ_OK, or why not. */
yz_status yz_posts_project(yz_posts_touched *touched, yz_projection *projection,
                           yz_public *public, MDB_txn *txn);

void yz_posts_touched_free(yz_posts_touched *touched);

#endif
