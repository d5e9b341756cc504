/*
 * Percent-decoding of one component of a URL (RFC 3986, section 2.1).
 */
#ifndef YZ_CORE_URL_H
#define YZ_CORE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"
#include "core/status.h"

/*
 * Decodes `text`, one path segment or one name or value of a query string.
 *
 * plus_is_space: '+' means a space, as HTML forms write it; otherwise '+'
 *     stays '+'.
 * buf, cap: where the decoded bytes go; `text.n` bytes always suffice.  It
 *     may be where `text` itself begins (decoding in place), nothing between.
 * decoded: set on YZ_OK; points into `buf`, not terminated.
 *
 * YZ_OK; YZ_BAD_INPUT if an escape is cut or not hexadecimal, or if the
 * decoded bytes are not clean text (see yz_text_clean: overlong UTF-8, %00 and
 * other control characters, direction overrides); YZ_FULL if `cap` is too
 * small.  Raw bytes of UTF-8 are taken as they are, as old browsers send them.
 */
yz_status yz_url_decode(yz_span text, bool plus_is_space, char *buf, size_t cap,
                        yz_span *decoded);

#endif
