/*
 * The list of items that posts may name: CSV lines `word,name,group` (the
 * group may be left away with its comma).  A first line `word,name,group`,
 * empty lines, lines that begin with '#' and a BOM say nothing.
 */
#ifndef YZ_CORE_ITEMS_H
#define YZ_CORE_ITEMS_H

#include "core/limits.h"
#include "core/out.h"
#include "core/span.h"
#include "core/status.h"

#define YZ_ITEM_NAME_MAX YZ_NAME_MAX
#define YZ_ITEMS_FILE_MAX (64u << 10) /* bytes */
#define YZ_ITEMS_LIST_MAX 1000        /* items */

typedef struct {
    yz_span word;  /* 1..YZ_WORD_MAX of a-z, 0-9 and _ */
    yz_span name;  /* 1..YZ_ITEM_NAME_MAX, Chinese, for people */
    yz_span group; /* 0..YZ_ITEM_NAME_MAX */
} yz_item;

/* Where a walk over a list stands. */
typedef struct {
    yz_span rest;
    size_t line; /* of the last item or fault, from 1 */
} yz_items_walk;

/* A walk from the start of `csv`. */
yz_items_walk yz_items_begin(yz_span csv);

/*
 * The next item.  YZ_OK; YZ_NOT_FOUND at the end; YZ_BAD_INPUT (walk->line is
 * malformed; the walk is over).
 */
yz_status yz_items_next(yz_items_walk *walk, yz_item *item);

/*
 * Checks a whole list: each line, and that no word is there twice.
 * YZ_OK; YZ_BAD_INPUT with *line and a Chinese sentence in *why; YZ_FULL
 * (longer than YZ_ITEMS_FILE_MAX, or more items than YZ_ITEMS_LIST_MAX).
 */
yz_status yz_items_check(yz_span csv, size_t *line, const char **why);

/* The item of a word.  YZ_OK or YZ_NOT_FOUND. */
yz_status yz_items_find(yz_span csv, yz_span word, yz_item *item);

/*
 * Appends {"items":[{"item":...,"name":...,"group":...},...]}.  A list that
 * is malformed ends where it is; YZ_ITEMS_JSON_SIZE bytes always suffice.
 */
#define YZ_ITEMS_JSON_SIZE(csv_size) (12 * (csv_size) + 64)
void yz_items_write(yz_out *out, yz_span csv);

#endif
