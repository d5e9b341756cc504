/*
 * The ids of --moved: places that really moved and changed their name.
 */
#ifndef YZ_ADMIN_MOVED_H
#define YZ_ADMIN_MOVED_H

#include "admin/load/input.h"
#include "admin/load/refusal.h"
#include "admin/load/text_index.h"

typedef struct {
    yz_text_index ids;
    yz_input file; /* of @FILE */
} yz_moved;

/*
 * Reads ids joined by commas, or of `@FILE` one a line.
 *
 * text: the option's value, must outlive `moved`; NULL: no ids.
 * moved: filled; freed by yz_moved_free() whatever the answer is.
 *
 * YZ_OK, or YZ_IO, YZ_BAD_INPUT or YZ_NOMEM with the reason in `refusal`.
 */
yz_status yz_moved_read(const char *text, yz_moved *moved, yz_refusal *refusal);

void yz_moved_free(yz_moved *moved);

#endif
