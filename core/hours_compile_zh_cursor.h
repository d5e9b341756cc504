/*
 * A place in the words of Chinese opening hours, for the files that read
 * them.  Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_ZH_CURSOR_H
#define YZ_CORE_HOURS_COMPILE_ZH_CURSOR_H

#include "core/hours_compile_zh_lex.h"

typedef struct {
    yz_zh_token tokens[YZ_ZH_TOKENS_MAX];
    size_t at;
    bool failed; /* sticky: not understood */
} yz_zh_cursor;

/* The kind of the word `ahead` words on, YZ_ZH_END past the end. */
static inline yz_zh_kind
yz_zh_peek(const yz_zh_cursor *c, size_t ahead)
{
    for (size_t i = 0; i < ahead; i++) {
        if (c->tokens[c->at + i].kind == YZ_ZH_END) {
            return YZ_ZH_END;
        }
    }
    return c->tokens[c->at + ahead].kind;
}

/* Takes the next word if it is of this kind, which is not YZ_ZH_END. */
static inline bool
yz_zh_accept(yz_zh_cursor *c, yz_zh_kind want)
{
    if (c->tokens[c->at].kind != want) {
        return false;
    }
    c->at++;
    return true;
}

/* Takes the next word, which the caller has seen to be no YZ_ZH_END. */
static inline const yz_zh_token *
yz_zh_next(yz_zh_cursor *c)
{
    return &c->tokens[c->at++];
}

#endif
