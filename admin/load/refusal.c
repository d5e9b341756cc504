/*
 * The sentence that says why a whole file is refused.  Used by the readers
 * of the yizhan command.
 */
#include "admin/load/refusal.h"

#include <stdarg.h>
#include <stdio.h>

void
yz_refuse(yz_refusal *refusal, const char *format, ...)
{
    va_list arguments;

    if (refusal->text[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
    va_end(arguments);
}
