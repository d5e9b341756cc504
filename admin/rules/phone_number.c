/*
 * Reads mobile numbers.  Called by the rules of posts.
 */
#include "admin/rules/phone_number.h"

#include <stdbool.h>

#define DIGITS (YZ_MOBILE_SIZE - 1)
#define LONGEST (DIGITS + 2) /* with 86 */

yz_status
yz_mobile_read(yz_span text, char number[static YZ_MOBILE_SIZE])
{
    char digits[LONGEST];
    bool plus = text.n > 0 && text.p[0] == '+';
    size_t n = 0;

    for (size_t i = plus; i < text.n; i++) {
        char c = text.p[i];

        if (c == ' ' || c == '-') {
            continue;
        }
        if (c < '0' || c > '9' || n == LONGEST) {
            return YZ_BAD_INPUT;
        }
        digits[n++] = c;
    }
    const char *at = digits;
    if (n == LONGEST && digits[0] == '8' && digits[1] == '6') {
        at += 2;
        n -= 2;
    } else if (plus) {
        return YZ_BAD_INPUT;
    }
    if (n != DIGITS || at[0] != '1' || at[1] < '3') {
        return YZ_BAD_INPUT;
    }
    memcpy(number, at, DIGITS);
    number[DIGITS] = '\0';
    return YZ_OK;
}
