/*
 * Keeps the vocabularies within their limits before anything is committed:
 * a word that no generation could hold is refused when its place is put.
 * Runs in the writer only.
 */
#ifndef YZ_SCHEMA_WORD_LIMITS_H
#define YZ_SCHEMA_WORD_LIMITS_H

#include "lmdb_schema/public_write.h"
#include "lmdb_schema/state.h"

/*
 * Words that a batch may use beyond those of the current generation.  Starts
 * as all zeros at each batch; ends with yz_word_limits_free().
 */
typedef struct {
    yz_words kinds;
    yz_words services;
    bool kinds_recounted;    /* kinds holds all that are in use */
    bool services_recounted; /* services holds all that are in use */
} yz_word_limits;

/*
 * Lets the words of `place` in.  When a vocabulary of the generation is full,
 * the words still in use are counted: a new generation will hold only them.
 *
 * public: the current generation with its words loaded; all zeros for none.
 * txn: the batch's transaction.
 * YZ_OK; YZ_FULL with *word the one too many; YZ_IO, YZ_CORRUPT, YZ_NOMEM.
 */
yz_status yz_word_limits_admit(yz_word_limits *limits, const yz_public *public,
                               const yz_state *state, MDB_txn *txn,
                               const yz_place *place, yz_span *word);

void yz_word_limits_free(yz_word_limits *limits);

#endif
