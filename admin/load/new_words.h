/*
 * Kinds and services that a file brings in: words that neither the program
 * knows nor any stored place has.  The vocabularies are open, so such a word
 * is loaded; it is told because it may be a slip of the pen.
 */
#ifndef YZ_ADMIN_NEW_WORDS_H
#define YZ_ADMIN_NEW_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "admin/load/text_index.h"
#include "lmdb_schema/place.h"

#define YZ_NEW_WORDS_SHOWN 20

typedef struct {
    bool is_kind; /* else a service */
    yz_span word;
    uint64_t line; /* of the first row that has it */
} yz_new_word;

/* Starts zeroed. */
typedef struct {
    yz_text_index kinds;    /* met before */
    yz_text_index services; /* the same */
    yz_text_index cells;    /* lists of services met before */
    yz_new_word items[YZ_NEW_WORDS_SHOWN];
    size_t count; /* also of those that items has no room for */
    bool failed;  /* no memory */
} yz_new_words;

/*
 * Words of a place that is stored are not new.
 *
 * stored: its texts outlive `words`.
 */
void yz_new_words_see(yz_new_words *words, const yz_place *stored);

/*
 * Notes the words of a place to be stored that were not met before.
 *
 * place: its texts outlive `words`.
 * line: of its row, from 1.
 * kinds, services: words that are not new either.
 */
void yz_new_words_take(yz_new_words *words, const yz_place *place,
                       uint64_t line, const yz_text_index *kinds,
                       const yz_text_index *services);

/* Prints one line for each new word, at most YZ_NEW_WORDS_SHOWN, and how many
   more there are. */
void yz_new_words_print(FILE *file, const yz_new_words *words);

void yz_new_words_free(yz_new_words *words);

#endif
