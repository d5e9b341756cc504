/*
 * GB18030 (and so GBK and GB2312), which Chinese Excel writes, to UTF-8.
 */
#ifndef YZ_ADMIN_GB18030_H
#define YZ_ADMIN_GB18030_H

#include "core/span.h"
#include "core/status.h"

/*
 * Decodes a whole text.
 *
 * text: any bytes.
 * out: on YZ_OK receives UTF-8 that the caller frees with free().
 * bad_at: on YZ_BAD_INPUT receives the offset of the first byte that is no
 *     GB18030.
 *
 * YZ_OK, YZ_BAD_INPUT, YZ_NOMEM, or YZ_IO when the C library lacks the
 * conversion.
 */
yz_status yz_gb18030_decode(yz_span text, yz_span *out, size_t *bad_at);

#endif
