/*
 * Which free texts a moderator has to see first.  Without a words file all of
 * them; with one, those that hold a word of it, and those that hold a long
 * number, which may be somebody's.  A line of the file is one word; empty
 * lines and lines that begin with '#' say nothing.
 */
#ifndef YZ_RULES_WORDS_H
#define YZ_RULES_WORDS_H

#include <stdbool.h>

#include "core/span.h"

#define YZ_WORDS_FILE_MAX (256u << 10) /* bytes */
#define YZ_WORDS_DIGITS 6              /* a run of more is a number */

/* Whether `text` is to wait, by the words of `list`.  Blanks and hyphens in
   the text are passed over. */
bool yz_words_hold(yz_span list, yz_span text);

/* The same by the file at `path`; NULL, or one that can't be read: true. */
bool yz_words_file_holds(const char *path, yz_span text);

#endif
