/*
 * A page that may not be touched right behind a text: a parser that reads one
 * byte too far dies instead of passing.
 */
#ifndef YZ_T_UNIT_GUARD_PAGE_H
#define YZ_T_UNIT_GUARD_PAGE_H

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "core/span.h"

#define GUARD_ROOM 16384 /* longest text; a multiple of every page size */

typedef void (*guard_try)(yz_span text, void *context);

/* The end of GUARD_ROOM bytes that a page without access follows, or NULL. */
static inline char *
guard_open(void)
{
    char *base = mmap(NULL, 2 * GUARD_ROOM, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (base == MAP_FAILED ||
        mprotect(base + GUARD_ROOM, GUARD_ROOM, PROT_NONE) != 0) {
        return NULL;
    }
    return base + GUARD_ROOM;
}

static inline void
guard_close(char *end)
{
    munmap(end - GUARD_ROOM, 2 * GUARD_ROOM);
}

/*
 * Calls `try` with every truncation of `text`, the whole and the empty one
 * included, each ending at the guard page.  Returns how many there were.
 */
static inline size_t
guard_truncations(yz_span text, guard_try try, void *context)
{
    char *end = guard_open();
    size_t count = 0;

    if (end == NULL || text.n > GUARD_ROOM) {
        return 0;
    }
    for (size_t n = 0; n <= text.n; n++) {
        char *at = end - n;

        memcpy(at, text.p, n);
        try((yz_span){at, n}, context);
        count++;
    }
    guard_close(end);
    return count;
}

#endif
