/*
 * What the parts of the public dump share; not for others.
 */
#ifndef YZ_SCHEMA_DUMP_PUBLIC_IMPL_H
#define YZ_SCHEMA_DUMP_PUBLIC_IMPL_H

#include "core/geo_point.h"
#include "lmdb_schema/dump_impl.h"
#include "lmdb_schema/layout.h"

typedef struct {
    yz_dump line;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_dbi place;
    MDB_dbi id;
    MDB_dbi code;
    MDB_dbi kind;
    MDB_dbi service;
    MDB_dbi hours;
    MDB_dbi region;
    MDB_dbi unplaced;
    MDB_dbi post;
    MDB_dbi post_time;
    MDB_dbi item;
    yz_geo_point *points; /* of the layer, ascending by number */
    size_t count;
    size_t room;
    yz_code_entry *codes;
    size_t code_count;
} yz_public_dump;

/* A word by number; one that is not there shows as "(damaged)". */
yz_span yz_public_dump_word(const yz_public_dump *dump, MDB_dbi dbi,
                            uint32_t number);

/* Orders spans by their bytes, the shorter first; for qsort(). */
int yz_span_compare(const void *a, const void *b);

/* The lines of the board. */
yz_status yz_public_dump_posts(yz_public_dump *dump);

/* The line of one region; a visit of yz_dump_each(). */
yz_status yz_public_dump_region(void *context, yz_span key, yz_span value);

#endif
