/*
 * An open-addressing table of words.  Runs in nginx workers and the command;
 * called by the reader's vocabularies, and in the writer by the interning of
 * public data and the check of vocabularies.
 */
#include "lmdb_schema/word_table.h"

#include <stdlib.h>
#include <xxhash.h>

#define SLOTS_MIN 64u

/* The slot that holds `word`, or the free one where it would go. */
static uint32_t
slot_of(const yz_words *words, yz_span word)
{
    uint32_t at = (uint32_t)XXH3_64bits(word.p, word.n) & words->mask;

    while (words->slots[at] != 0 &&
           !yz_span_equal(words->words[words->slots[at] - 1], word)) {
        at = (at + 1) & words->mask;
    }
    return at;
}

bool
yz_words_find(const yz_words *words, yz_span word, uint32_t *number)
{
    uint32_t slot;

    if (words->count == 0) {
        return false;
    }
    slot = words->slots[slot_of(words, word)];
    if (slot == 0) {
        return false;
    }
    *number = slot - 1;
    return true;
}

yz_span
yz_words_at(const yz_words *words, uint32_t number)
{
    return number < words->end ? words->words[number] : (yz_span){NULL, 0};
}

/* Makes the slots at least twice as many as the words. */
static yz_status
grow_slots(yz_words *words)
{
    uint32_t size = words->slots == NULL ? SLOTS_MIN : (words->mask + 1) * 2;
    uint32_t i;

    if (words->slots != NULL && words->count < (words->mask + 1) / 2) {
        return YZ_OK;
    }
    free(words->slots);
    words->slots = calloc(size, sizeof(*words->slots));
    if (words->slots == NULL) {
        yz_words_free(words);
        return YZ_NOMEM;
    }
    words->mask = size - 1;
    for (i = 0; i < words->end; i++) {
        if (words->words[i].p != NULL) {
            words->slots[slot_of(words, words->words[i])] = i + 1;
        }
    }
    return YZ_OK;
}

/* Makes room for `number` among the words. */
static yz_status
grow_words(yz_words *words, uint32_t number)
{
    uint32_t room = words->room < 16 ? 16 : words->room * 2;
    yz_span *grown;

    if (number < words->room) {
        return YZ_OK;
    }
    if (room <= number) {
        room = number + 1;
    }
    grown = realloc(words->words, room * sizeof(*grown));
    if (grown == NULL) {
        return YZ_NOMEM;
    }
    memset(grown + words->room, 0, (room - words->room) * sizeof(*grown));
    words->words = grown;
    words->room = room;
    return YZ_OK;
}

yz_status
yz_words_add(yz_words *words, yz_span word, uint32_t number)
{
    uint32_t known;
    char *copy;

    if (number >= UINT32_MAX / 2 || yz_words_find(words, word, &known) ||
        yz_words_at(words, number).p != NULL) {
        return YZ_CORRUPT;
    }
    if (grow_words(words, number) != YZ_OK || grow_slots(words) != YZ_OK) {
        return YZ_NOMEM;
    }
    copy = malloc(word.n + 1);
    if (copy == NULL) {
        return YZ_NOMEM;
    }
    if (word.n > 0) {
        memcpy(copy, word.p, word.n);
    }
    words->slots[slot_of(words, word)] = number + 1;
    words->words[number] = (yz_span){copy, word.n};
    words->count++;
    if (number >= words->end) {
        words->end = number + 1;
    }
    return YZ_OK;
}

void
yz_words_free(yz_words *words)
{
    uint32_t i;

    for (i = 0; i < words->end; i++) {
        free((char *)words->words[i].p);
    }
    free(words->words);
    free(words->slots);
    memset(words, 0, sizeof(*words));
}
