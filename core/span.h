/*
 * A borrowed run of bytes: text from a request, a file or the map.  It owns
 * nothing and is not terminated by NUL.
 */
#ifndef YZ_CORE_SPAN_H
#define YZ_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    const char *p;
    size_t n;
} yz_span;

/* The span of a string literal. */
#define YZ_SPAN(literal) ((yz_span){(literal), sizeof(literal) - 1})

static inline yz_span
yz_span_of(const char *text)
{
    return (yz_span){text, strlen(text)};
}

static inline bool
yz_span_equal(yz_span a, yz_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
