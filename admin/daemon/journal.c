/*
 * Lines of the error log.  Each is one write(), so that lines of threads do
 * not mix.
 */
#include "admin/daemon/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void
yz_journal(const char *format, ...)
{
    time_t now = time(NULL);
    char line[1024];
    va_list arguments;
    struct tm local;
    size_t n;

    localtime_r(&now, &local);
    n = strftime(line, sizeof(line),
                 "%Y/%m/%d %H:%M:%S yizhan-admind: ", &local);
    va_start(arguments, format);
    vsnprintf(line + n, sizeof(line) - n - 1, format, arguments);
    va_end(arguments);
    for (char *at = line; *at != '\0'; at++) {
        *at = *at == '\n' || *at == '\r' ? ' ' : *at;
    }
    n = strlen(line);
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0) {
        return; /* there is nobody else to tell */
    }
}
