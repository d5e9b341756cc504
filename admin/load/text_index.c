/*
 * A hash table from texts to small numbers, with linear probing and at most
 * half of the slots in use.  Used by the loader.
 */
#include "admin/load/text_index.h"

#include <stdlib.h>
#include <xxhash.h>

#define CAP_MIN 64

static uint32_t
hash_of(yz_span key)
{
    return (uint32_t)XXH3_64bits(key.p, key.n);
}

/* The slot that holds `key`, or the empty one where it belongs. */
static yz_text_slot *
probe(const yz_text_index *index, yz_span key, uint32_t hash)
{
    size_t at = hash & (index->cap - 1);

    while (index->slots[at].key.p != NULL &&
           (index->slots[at].hash != hash ||
            !yz_span_equal(index->slots[at].key, key))) {
        at = (at + 1) & (index->cap - 1);
    }
    return &index->slots[at];
}

static yz_status
resize(yz_text_index *index, size_t cap)
{
    yz_text_index bigger = {calloc(cap, sizeof(yz_text_slot)), cap, 0};

    if (bigger.slots == NULL) {
        return YZ_NOMEM;
    }
    for (size_t i = 0; i < index->cap; i++) {
        const yz_text_slot *old = &index->slots[i];

        if (old->key.p != NULL) {
            *probe(&bigger, old->key, old->hash) = *old;
        }
    }
    bigger.count = index->count;
    free(index->slots);
    *index = bigger;
    return YZ_OK;
}

yz_status
yz_text_index_reserve(yz_text_index *index, size_t count)
{
    size_t cap = index->cap > 0 ? index->cap : CAP_MIN;

    while (cap / 2 < count) {
        if (cap > SIZE_MAX / 4 / sizeof(yz_text_slot)) {
            return YZ_NOMEM;
        }
        cap *= 2;
    }
    return cap == index->cap ? YZ_OK : resize(index, cap);
}

yz_text_slot *
yz_text_index_find(const yz_text_index *index, yz_span key)
{
    yz_text_slot *slot;

    if (index->count == 0) {
        return NULL;
    }
    slot = probe(index, key, hash_of(key));
    return slot->key.p == NULL ? NULL : slot;
}

yz_status
yz_text_index_add(yz_text_index *index, yz_span key, uint32_t value,
                  yz_text_slot **slot)
{
    uint32_t hash = hash_of(key);
    yz_status status = yz_text_index_reserve(index, index->count + 1);

    if (status != YZ_OK) {
        return status;
    }
    *slot = probe(index, key, hash);
    if ((*slot)->key.p == NULL) {
        /* The empty text is a key too, and NULL would mark an empty slot. */
        (*slot)->key = key.p != NULL ? key : YZ_SPAN("");
        (*slot)->hash = hash;
        (*slot)->value = value;
        index->count++;
    }
    return YZ_OK;
}

void
yz_text_index_free(yz_text_index *index)
{
    free(index->slots);
    *index = YZ_TEXT_INDEX_INIT;
}
