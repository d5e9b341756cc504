/*
 * The bytes of a file that is loaded, as UTF-8 without byte order mark.
 */
#ifndef YZ_ADMIN_INPUT_H
#define YZ_ADMIN_INPUT_H

#include <stdbool.h>

#include "admin/load/refusal.h"
#include "core/span.h"
#include "core/status.h"

typedef enum {
    YZ_ENCODING_SNIFF = 0, /* UTF-8 when it is well-formed, else GB18030 */
    YZ_ENCODING_UTF8,
    YZ_ENCODING_GB18030
} yz_encoding;

typedef struct {
    yz_span text; /* UTF-8; inside `owned` */
    char *owned;  /* freed by yz_input_free() */
    bool decoded; /* it was GB18030 */
} yz_input;

/*
 * Reads all of `path` ("-" is standard input).  YZ_OK with the bytes as they
 * are, YZ_IO or YZ_NOMEM with the reason in `refusal`.
 */
yz_status yz_input_read(const char *path, yz_input *input, yz_refusal *refusal);

/*
 * Turns the bytes into UTF-8.
 *
 * YZ_OK; YZ_BAD_INPUT for an empty file, a workbook or another binary, UTF-16,
 * NUL bytes, and bytes that are not of the encoding (the reason names the
 * line); YZ_NOMEM; YZ_IO when the C library has no GB18030.
 */
yz_status yz_input_decode(yz_input *input, yz_encoding encoding,
                          yz_refusal *refusal);

void yz_input_free(yz_input *input);

#endif
