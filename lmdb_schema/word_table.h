/*
 * Words and the numbers they are interned as, both ways, in memory.  Read
 * half; also used by the writer.
 */
#ifndef YZ_SCHEMA_WORD_TABLE_H
#define YZ_SCHEMA_WORD_TABLE_H

#include "core/span.h"
#include "core/status.h"
#include <stdbool.h>
#include <stdint.h>

/* Starts as all zeros; ends with yz_words_free(). */
typedef struct {
    yz_span *words;  /* by number; p is NULL where there is none */
    uint32_t end;    /* one above the largest number */
    uint32_t count;  /* of words */
    uint32_t room;   /* entries of words */
    uint32_t *slots; /* number + 1, 0 for free */
    uint32_t mask;   /* slots - 1, a power of two less one */
} yz_words;

/* The number of `word`; false when it has none. */
bool yz_words_find(const yz_words *words, yz_span word, uint32_t *number);

/* The word of `number`, {NULL, 0} when there is none. */
yz_span yz_words_at(const yz_words *words, uint32_t number);

/*
 * Takes a copy of `word` as `number`; neither may be in it yet.  YZ_OK,
 * YZ_CORRUPT (one of them is) or YZ_NOMEM.
 */
yz_status yz_words_add(yz_words *words, yz_span word, uint32_t number);

/* Forgets all; the table can be used again. */
void yz_words_free(yz_words *words);

#endif
