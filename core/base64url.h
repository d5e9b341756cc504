/*
 * Base64 with the URL and filename safe alphabet, without padding (RFC 4648,
 * section 5): the text form of cursors and tokens.
 */
#ifndef YZ_CORE_BASE64URL_H
#define YZ_CORE_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

/* Characters that `n` bytes take, without a NUL. */
#define YZ_BASE64URL_LENGTH(n) (((n)*8 + 5) / 6)

/*
 * Encodes `n` bytes into `text`, which has room for YZ_BASE64URL_LENGTH(n)
 * characters; adds no NUL.  Returns how many it wrote.
 */
size_t yz_base64url_encode(const uint8_t *bytes, size_t n, char *text);

/*
 * Decodes `text` into at most `cap` bytes and sets *n to their number.
 *
 * YZ_OK; YZ_BAD_INPUT for a character outside of the alphabet (padding too),
 * a length that no bytes have, or set bits behind the last byte, so that each
 * run of bytes has exactly one text; YZ_FULL if `cap` is too small.
 */
yz_status yz_base64url_decode(yz_span text, uint8_t *bytes, size_t cap,
                              size_t *n);

#endif
