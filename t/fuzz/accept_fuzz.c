/*
 * Accept headers: no header breaks the parser, and an exact type added in
 * front of any header is heeded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/accept.h"

#define TEXT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The answer for `front` followed by the input. */
static bool
html_behind(const char *front, const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    size_t n = strlen(front);

    memcpy(text, front, n);
    memcpy(text + n, data, size);
    return yz_accept_html((yz_span){text, n + size});
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)yz_accept_html((yz_span){(const char *)data, size});
    if (size > TEXT_MAX - 64) {
        return 0;
    }
    /* Nothing is wanted more than JSON at q=1, which is named. */
    if (html_behind("application/json,", data, size)) {
        abort();
    }
    return 0;
}
