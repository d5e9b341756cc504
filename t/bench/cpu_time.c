/*
 * The CPU time of processes by what the scheduler counted for each of their
 * threads (/proc/PID/task/TID/schedstat), or by /proc/PID/stat where the
 * kernel does not keep that.  Called by cpu_load through cpu_time_of().
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpu_time.h"

/* CPU seconds of one thread; negative when there is no schedstat. */
static double
thread_cpu(int pid, const char *tid)
{
    char path[128];
    unsigned long long ns = 0;
    FILE *file;
    int got;

    snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, tid);
    file = fopen(path, "r");
    if (file == NULL) {
        return -1;
    }
    got = fscanf(file, "%llu", &ns);
    fclose(file);
    return got == 1 ? (double)ns / 1e9 : -1;
}

/* CPU seconds of a process by the kernel's clock ticks. */
static double
process_ticks(int pid)
{
    char path[64], line[1024], *after;
    unsigned long user = 0, system = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
        (after = strrchr(line, ')')) == NULL ||
        sscanf(after + 1,
               " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
               "%lu %lu",
               &user, &system) != 2) {
        fprintf(stderr, "cpu_time: no such process: %s\n", path);
        exit(2);
    }
    fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* CPU seconds of a process; clears *schedstat when it had to use ticks. */
static double
process_cpu(int pid, bool *schedstat)
{
    char path[64];
    struct dirent *entry;
    double sum = 0, one;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    dir = opendir(path);
    if (dir == NULL) {
        fprintf(stderr, "cpu_time: no such process: %s\n", path);
        exit(2);
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        one = thread_cpu(pid, entry->d_name);
        if (one < 0) {
            *schedstat = false;
            sum = process_ticks(pid);
            break;
        }
        sum += one;
    }
    closedir(dir);
    return sum;
}

double
cpu_time_of(const int *pids, int count, bool *schedstat)
{
    double sum = 0;

    for (int i = 0; i < count; i++) {
        sum += process_cpu(pids[i], schedstat);
    }
    return sum;
}
