/*
 * Bodies of requests, and the texts that go into them.  What people wrote
 * comes from a file or standard input, never from the command line, which
 * everyone on the machine can read.
 */
#ifndef YZ_COMMAND_BODY_H
#define YZ_COMMAND_BODY_H

#include "admin/load/refusal.h"
#include "admin/memory/arena.h"
#include "core/out.h"
#include "core/status.h"

#define YZ_BODY_TEXT_MAX ((size_t)64 << 10)

/*
 * Reads the file, or standard input for NULL and "-", without the line breaks
 * at its end.
 *
 * text: in the arena.
 *
 * YZ_OK; YZ_BAD_INPUT (longer than YZ_BODY_TEXT_MAX), YZ_IO or YZ_NOMEM with
 * the reason in `refusal`.
 */
yz_status yz_body_text(const char *path, yz_arena *arena, yz_span *text,
                       yz_refusal *refusal);

/* Starts `{` in `cap` bytes of the arena; YZ_OK or YZ_NOMEM. */
yz_status yz_body_begin(yz_arena *arena, size_t cap, yz_out *out);

/* Adds a member with a text, or with a value that is JSON already. */
void yz_body_text_member(yz_out *out, const char *name, yz_span text);
void yz_body_member(yz_out *out, const char *name, const char *json);

/* Ends it; n 0 when the body did not fit. */
yz_span yz_body_end(yz_out *out);

#endif
