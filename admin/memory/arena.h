/*
 * Memory that is given back all at once: everything that one load reads lives
 * until the load ends, everything of a request until its answer is sent.  Failure is sticky, so that parsers need not look after
 * each piece; whoever drives them looks at `failed` once.
 */
#ifndef YZ_ADMIN_ARENA_H
#define YZ_ADMIN_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"
#include "lmdb_schema/place.h"

typedef struct yz_arena_chunk yz_arena_chunk;

typedef struct {
    yz_arena_chunk *chunks; /* newest first, NULL when empty */
    size_t used;            /* bytes of the newest chunk */
    size_t chunk_size;      /* bytes taken at a time; 0: 1 MiB, for loads */
    bool failed;            /* some allocation found no memory */
} yz_arena;

/* The empty arena; and one whose chunks have another size. */
#define YZ_ARENA_INIT ((yz_arena){NULL, 0, 0, false})
#define YZ_ARENA_OF(size) ((yz_arena){NULL, 0, (size), false})

/*
 * `size` zeroed bytes, aligned for any object, valid until yz_arena_free();
 * NULL without memory, and `failed` is set then.
 */
void *yz_arena_alloc(yz_arena *arena, size_t size);

/* A copy of `text`; the empty span without memory (`failed` is set). */
yz_span yz_arena_copy(yz_arena *arena, yz_span text);

/* A NUL-terminated copy of `text`; "" without memory (`failed` is set). */
const char *yz_arena_text(yz_arena *arena, yz_span text);

/* Copies all texts of `place` into the arena and points its spans there. */
void yz_arena_keep_place(yz_arena *arena, yz_place *place);

/* Frees everything; the arena is empty again, its chunk size stays. */
void yz_arena_free(yz_arena *arena);

#endif
