/*
 * One generation of public data, opened for writing: its databases and the
 * words that it has interned.  Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_PUBLIC_WRITE_H
#define YZ_SCHEMA_PUBLIC_WRITE_H

#include "lmdb_schema/code_page.h"
#include "lmdb_schema/place_render.h"
#include "lmdb_schema/word_table.h"
#include <lmdb.h>

typedef struct {
    MDB_env *env;
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
    uint64_t generation;
    bool words_loaded; /* the tables below are what is committed */
    yz_words kinds;
    yz_words services;
    yz_words hours_texts; /* numbers from 1 */
    yz_words items;       /* numbers from 1 */
} yz_public;

/*
 * Opens the generation in directory `path`, which exists.
 *
 * generation: its number; with `create` written into a new one, otherwise
 * what must be there.
 * YZ_OK, or YZ_NOT_FOUND, YZ_FORMAT, YZ_CORRUPT, YZ_DENIED, YZ_IO, YZ_FULL,
 * YZ_NOMEM; *public is then all zeros.  Only what yz_env_pages_check() let
 * through is opened without danger.
 */
yz_status yz_public_open(const char *path, uint64_t generation, bool create,
                         yz_public *public);
/*
 * The same for reading, beside the writer.  Its pages are looked at under a
 * read, which keeps them in place, so that none can kill the process.
 */
yz_status yz_public_open_read(const char *path, uint64_t generation,
                              yz_public *public);
void yz_public_close(yz_public *public); /* all zeros is allowed */

/* Copies a meta value of exactly `size` bytes: YZ_OK, YZ_NOT_FOUND, ... */
yz_status yz_public_meta_get(const yz_public *public, MDB_txn *txn,
                             const char *name, void *out, size_t size);
yz_status yz_public_meta_put(const yz_public *public, MDB_txn *txn,
                             const char *name, const void *bytes, size_t size);

/*
 * Notes that `txn` writes place or code records: addresses that readers
 * remember from before it are then void.
 */
yz_status yz_public_moved(const yz_public *public, MDB_txn *txn);

/*
 * Sets what is known of a code in the page of its bucket; bits is the
 * generation's.  YZ_OK; YZ_FULL when only a generation with more pages has
 * room; YZ_CORRUPT, YZ_IO, YZ_NOMEM.
 */
yz_status yz_public_code_put(const yz_public *public, MDB_txn *txn,
                             uint32_t bits,
                             const uint8_t hash[static YZ_CODE_HASH_SIZE],
                             const yz_code_value *value);

/* Reads the generation's YZ_META_CODE_BITS: YZ_OK, YZ_CORRUPT or YZ_IO. */
yz_status yz_public_code_bits(const yz_public *public, MDB_txn *txn,
                              uint32_t *bits);

/* Reads the words that are committed into the tables, unless they are. */
yz_status yz_public_words_load(yz_public *public, MDB_txn *txn);
/* To be called when a transaction that interned is aborted. */
void yz_public_words_forget(yz_public *public);

/*
 * The numbers of a place's words.
 *
 * txn: a write transaction: new words are interned; NULL: they are not.
 * YZ_OK; YZ_FULL when a vocabulary has no room (distinct hours beyond
 * YZ_HOURS_IDS_MAX do not fail, they get 0); YZ_NOT_FOUND without txn for a
 * word that is not there; YZ_IO, YZ_NOMEM.
 */
yz_status yz_public_intern(yz_public *public, MDB_txn *txn,
                           const yz_place *place, yz_place_words *words);

#endif
