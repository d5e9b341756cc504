/*
 * What running processes have cost so far.
 */
#ifndef YZ_BENCH_CPU_TIME_H
#define YZ_BENCH_CPU_TIME_H

#include <stdbool.h>

/*
 * The user and system time, in seconds, of all threads of the `count`
 * processes `pids`.  Clears *schedstat, which the caller has set, when the
 * kernel keeps no nanoseconds and clock ticks (mostly 10 ms) had to do.
 * Ends the program with a message when one of the processes is gone.
 */
double cpu_time_of(const int *pids, int count, bool *schedstat);

#endif
