/*
 * Public telephone numbers: landlines, 400 and 800 numbers, short service
 * numbers.  Mobile numbers belong to people and are not published.
 */
#ifndef YZ_ADMIN_PHONE_H
#define YZ_ADMIN_PHONE_H

#include <stdbool.h>

#include "core/out.h"
#include "core/span.h"
#include "core/status.h"

/*
 * Reads a cell with any number of numbers, separated by ; / , 、 or a line
 * break, and appends the public ones to `out`, joined by ';', each as it was
 * written but with plain digits, signs and single blanks.  无 and - mean none.
 *
 * text: UTF-8.
 * mobile: set to whether a mobile number was left away.
 *
 * YZ_OK; YZ_BAD_INPUT when a piece is no telephone number; YZ_FULL when `out`
 * is too small.
 */
yz_status yz_phone_publish(yz_span text, yz_out *out, bool *mobile);

/*
 * Tells whether `text` holds what looks like a mobile number of mainland
 * China: eleven digits from 13 to 19, with no digit next to them.
 */
bool yz_phone_has_mobile(yz_span text);

#endif
