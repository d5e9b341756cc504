/*
 * Choosing between the two forms that a scan's answer has, by the Accept
 * header (RFC 9110, section 12.5.1).
 */
#ifndef YZ_CORE_ACCEPT_H
#define YZ_CORE_ACCEPT_H

#include <stdbool.h>

#include "core/span.h"

/*
 * Tells whether the reader of an answer wants HTML rather than JSON.
 *
 * accept: the header's value, any bytes; n is 0 without one.
 *
 * True if text/html is wanted more than application/geo+json and
 * application/json, or as much as they and only it is named: so browsers get
 * the page, and programs that take anything get JSON.  Elements that break
 * the grammar count for nothing.
 */
bool yz_accept_html(yz_span accept);

#endif
