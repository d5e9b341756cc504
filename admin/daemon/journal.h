/*
 * The daemon's error log: one line each on stderr, with the time.  Whoever
 * calls it passes nothing that came from a person.
 */
#ifndef YZ_DAEMON_JOURNAL_H
#define YZ_DAEMON_JOURNAL_H

__attribute__((format(printf, 1, 2))) void yz_journal(const char *format, ...);

#endif
