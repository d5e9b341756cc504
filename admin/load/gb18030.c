/*
 * GB18030 to UTF-8 by the C library's iconv.  Used by input.c.
 */
#include "admin/load/gb18030.h"

#include <iconv.h>
#include <stdlib.h>

/* More than the UTF-8 of `n` bytes takes: two bytes of GBK become three, four
   of GB18030 at most four, and a single one at most two. */
static size_t
room_for(size_t n)
{
    return n * 2 + 4;
}

static yz_status
convert(iconv_t cd, yz_span text, char *buffer, size_t room, yz_span *out,
        size_t *bad_at)
{
    char *in = (char *)text.p; /* iconv does not write there */
    size_t in_left = text.n;
    char *to = buffer;
    size_t to_left = room;

    if (iconv(cd, &in, &in_left, &to, &to_left) == (size_t)-1) {
        *bad_at = text.n - in_left;
        return YZ_BAD_INPUT;
    }
    *out = (yz_span){buffer, room - to_left};
    return YZ_OK;
}

yz_status
yz_gb18030_decode(yz_span text, yz_span *out, size_t *bad_at)
{
    iconv_t cd = iconv_open("UTF-8", "GB18030");
    yz_status status = YZ_NOMEM;
    char *buffer;

    if (cd == (iconv_t)-1) {
        return YZ_IO;
    }
    buffer = malloc(room_for(text.n));
    if (buffer != NULL) {
        status = convert(cd, text, buffer, room_for(text.n), out, bad_at);
    }
    iconv_close(cd);
    if (status != YZ_OK) {
        free(buffer);
    }
    return status;
}
