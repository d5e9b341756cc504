/*
 * Counts the distinct kinds and services that a batch would need.  Runs in
 * the writer only; called by the store for each put.
 */
#include "lmdb_schema/word_limits.h"
#include "core/limits.h"

/* One of the two vocabularies. */
typedef struct {
    const yz_words *known; /* of the generation */
    yz_words *more;
    bool *recounted;
    uint32_t max;
    bool is_kind;
} vocabulary;

/* Counting again. */
typedef struct {
    yz_words used;
    bool is_kind;
} recount;

static yz_status
add_once(yz_words *words, yz_span word)
{
    uint32_t number;

    return yz_words_find(words, word, &number)
               ? YZ_OK
               : yz_words_add(words, word, words->count);
}

/* Calls add_once() for each word of the place. */
static yz_status
add_used(void *context, const yz_place *place)
{
    recount *counting = context;
    yz_span rest = place->services;
    yz_status status = YZ_OK;

    if (counting->is_kind) {
        return add_once(&counting->used, place->kind);
    }
    while (status == YZ_OK && rest.n > 0) {
        const char *comma = memchr(rest.p, ',', rest.n);
        size_t n = comma != NULL ? (size_t)(comma - rest.p) : rest.n;

        status = add_once(&counting->used, (yz_span){rest.p, n});
        n += comma != NULL;
        rest.p += n;
        rest.n -= n;
    }
    return status;
}

/* Counts what is in use, in the hope that the words of `place` then fit. */
static yz_status
count_again(vocabulary *words, const yz_state *state, MDB_txn *txn,
            const yz_place *place)
{
    recount counting = {.is_kind = words->is_kind};
    yz_status status = yz_state_each_place(state, txn, add_used, &counting);

    if (status == YZ_OK) {
        status = add_used(&counting, place);
    }
    if (status == YZ_OK && counting.used.count > words->max) {
        status = YZ_FULL;
    }
    if (status != YZ_OK) {
        yz_words_free(&counting.used);
        return status;
    }
    yz_words_free(words->more);
    *words->more = counting.used;
    *words->recounted = true;
    return YZ_OK;
}

static yz_status
admit(vocabulary *words, const yz_state *state, MDB_txn *txn,
      const yz_place *place, yz_span word)
{
    uint32_t number, count = words->more->count;

    if (!*words->recounted) {
        if (yz_words_find(words->known, word, &number)) {
            return YZ_OK;
        }
        count += words->known->count;
    }
    if (yz_words_find(words->more, word, &number)) {
        return YZ_OK;
    }
    if (count < words->max) {
        return yz_words_add(words->more, word, words->more->count);
    }
    return count_again(words, state, txn, place);
}

yz_status
yz_word_limits_admit(yz_word_limits *limits, const yz_public *public,
                     const yz_state *state, MDB_txn *txn, const yz_place *place,
                     yz_span *word)
{
    vocabulary kinds = {&public->kinds, &limits->kinds,
                        &limits->kinds_recounted, YZ_KINDS_MAX, true};
    vocabulary services = {&public->services, &limits->services,
                           &limits->services_recounted, YZ_SERVICES_MAX, false};
    yz_span rest = place->services;
    yz_status status = admit(&kinds, state, txn, place, place->kind);

    *word = place->kind;
    while (status == YZ_OK && rest.n > 0) {
        const char *comma = memchr(rest.p, ',', rest.n);
        size_t n = comma != NULL ? (size_t)(comma - rest.p) : rest.n;

        *word = (yz_span){rest.p, n};
        status = admit(&services, state, txn, place, *word);
        n += comma != NULL;
        rest.p += n;
        rest.n -= n;
    }
    return status;
}

void
yz_word_limits_free(yz_word_limits *limits)
{
    yz_words_free(&limits->kinds);
    yz_words_free(&limits->services);
    memset(limits, 0, sizeof(*limits));
}
