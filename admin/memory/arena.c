/*
 * Memory given back all at once: of a load in the command, of a request in the
 * daemon.
 */
#include "admin/memory/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)1 << 20)

struct yz_arena_chunk {
    yz_arena_chunk *next;
    size_t cap;
    alignas(max_align_t) char bytes[];
};

/* A chunk with room for `size` bytes becomes the newest one. */
static bool
grow(yz_arena *arena, size_t size)
{
    size_t usual = arena->chunk_size > 0 ? arena->chunk_size : CHUNK_SIZE;
    size_t cap = size > usual ? size : usual;
    yz_arena_chunk *chunk;

    if (cap > SIZE_MAX - sizeof(*chunk)) {
        return false;
    }
    chunk = calloc(1, sizeof(*chunk) + cap);
    if (chunk == NULL) {
        return false;
    }
    chunk->next = arena->chunks;
    chunk->cap = cap;
    arena->chunks = chunk;
    arena->used = 0;
    return true;
}

void *
yz_arena_alloc(yz_arena *arena, size_t size)
{
    size_t at =
        (arena->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);

    if (arena->chunks == NULL || at > arena->chunks->cap ||
        size > arena->chunks->cap - at) {
        if (!grow(arena, size)) {
            arena->failed = true;
            return NULL;
        }
        at = 0;
    }
    arena->used = at + size;
    return arena->chunks->bytes + at;
}

yz_span
yz_arena_copy(yz_arena *arena, yz_span text)
{
    return (yz_span){yz_arena_text(arena, text), arena->failed ? 0 : text.n};
}

const char *
yz_arena_text(yz_arena *arena, yz_span text)
{
    char *copy = yz_arena_alloc(arena, text.n + 1);

    if (copy == NULL) {
        return "";
    }
    if (text.n > 0) {
        memcpy(copy, text.p, text.n);
    }
    return copy;
}

void
yz_arena_keep_place(yz_arena *arena, yz_place *place)
{
    yz_span *texts[] = {&place->id,      &place->name,  &place->kind,
                        &place->address, &place->hours, &place->services,
                        &place->phone};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = yz_arena_copy(arena, *texts[i]);
    }
}

void
yz_arena_free(yz_arena *arena)
{
    while (arena->chunks != NULL) {
        yz_arena_chunk *next = arena->chunks->next;

        free(arena->chunks);
        arena->chunks = next;
    }
    *arena = YZ_ARENA_OF(arena->chunk_size);
}
