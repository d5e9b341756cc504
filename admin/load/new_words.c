/*
 * Collects the words that a load would bring into the vocabularies.  Filled
 * by check.c, shown by load.c.
 */
#include "admin/load/new_words.h"

#include "core/vocabulary.h"

static bool
is_known(yz_span word, bool is_kind)
{
    size_t n;
    const yz_vocabulary_entry *entries =
        is_kind ? yz_vocabulary_kinds(&n) : yz_vocabulary_services(&n);

    for (size_t i = 0; i < n; i++) {
        if (yz_span_equal(word, yz_span_of(entries[i].word))) {
            return true;
        }
    }
    return false;
}

/* Remembers `word`; true when it was not met before and is not empty. */
static bool
meet(yz_new_words *words, yz_text_index *index, yz_span word)
{
    yz_text_slot *slot;

    if (word.n == 0 || yz_text_index_find(index, word) != NULL) {
        return false;
    }
    if (yz_text_index_add(index, word, 0, &slot) != YZ_OK) {
        words->failed = true;
        return false;
    }
    return true;
}

static void
take_word(yz_new_words *words, yz_span word, bool is_kind, uint64_t line,
          const yz_text_index *others)
{
    yz_text_index *index = is_kind ? &words->kinds : &words->services;

    if (!meet(words, index, word) || is_known(word, is_kind) ||
        yz_text_index_find(others, word) != NULL) {
        return;
    }
    if (words->count < YZ_NEW_WORDS_SHOWN) {
        words->items[words->count] = (yz_new_word){is_kind, word, line};
    }
    words->count++;
}

/* Takes the first word off a list of services. */
static yz_span
next_service(yz_span *list)
{
    const char *comma = memchr(list->p, ',', list->n);
    yz_span word = {list->p,
                    comma == NULL ? list->n : (size_t)(comma - list->p)};
    size_t step = word.n + (comma != NULL);

    *list = (yz_span){list->p + step, list->n - step};
    return word;
}

void
yz_new_words_see(yz_new_words *words, const yz_place *stored)
{
    yz_span list = stored->services;

    meet(words, &words->kinds, stored->kind);
    if (meet(words, &words->cells, list)) {
        while (list.n > 0) {
            meet(words, &words->services, next_service(&list));
        }
    }
}

void
yz_new_words_take(yz_new_words *words, const yz_place *place, uint64_t line,
                  const yz_text_index *kinds, const yz_text_index *services)
{
    yz_span list = place->services;

    take_word(words, place->kind, true, line, kinds);
    if (meet(words, &words->cells, list)) {
        while (list.n > 0) {
            take_word(words, next_service(&list), false, line, services);
        }
    }
}

void
yz_new_words_print(FILE *file, const yz_new_words *words)
{
    for (size_t i = 0; i < words->count && i < YZ_NEW_WORDS_SHOWN; i++) {
        const yz_new_word *item = &words->items[i];

        fprintf(file, "note: new %s: %.*s, first at line %llu\n",
                item->is_kind ? "kind" : "service", (int)item->word.n,
                item->word.p, (unsigned long long)item->line);
    }
    if (words->count > YZ_NEW_WORDS_SHOWN) {
        fprintf(file, "note: and %zu more new kinds and services\n",
                words->count - YZ_NEW_WORDS_SHOWN);
    }
}

void
yz_new_words_free(yz_new_words *words)
{
    yz_text_index_free(&words->kinds);
    yz_text_index_free(&words->services);
    yz_text_index_free(&words->cells);
    *words = (yz_new_words){0};
}
