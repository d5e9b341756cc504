/*
 * A hash table from texts to small numbers: ids to rows, cells that were
 * understood before to what they mean.  Keys are borrowed.
 */
#ifndef YZ_ADMIN_TEXT_INDEX_H
#define YZ_ADMIN_TEXT_INDEX_H

#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

typedef struct {
    yz_span key; /* p is NULL in an empty slot */
    uint32_t hash;
    uint32_t value; /* the caller's */
} yz_text_slot;

typedef struct {
    yz_text_slot *slots; /* NULL before the first key */
    size_t cap;          /* a power of two, or 0 */
    size_t count;
} yz_text_index;

/* The empty index. */
#define YZ_TEXT_INDEX_INIT ((yz_text_index){NULL, 0, 0})

/* Makes room for `count` keys at once.  YZ_OK or YZ_NOMEM. */
yz_status yz_text_index_reserve(yz_text_index *index, size_t count);

/* The slot of `key`, or NULL; valid until the next add. */
yz_text_slot *yz_text_index_find(const yz_text_index *index, yz_span key);

/*
 * Finds `key` or adds it with `value`.
 *
 * key: stays the caller's and must live as long as the index.
 * slot: receives the slot, valid until the next add; its value is another
 *     one when the key was there before.
 *
 * YZ_OK or YZ_NOMEM.
 */
yz_status yz_text_index_add(yz_text_index *index, yz_span key, uint32_t value,
                            yz_text_slot **slot);

void yz_text_index_free(yz_text_index *index);

#endif
