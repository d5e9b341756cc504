/*
 * How far a long command is: a bar on a terminal, a line for each stage
 * elsewhere, both on stderr.
 */
#ifndef YZ_ADMIN_PROGRESS_H
#define YZ_ADMIN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool on;
    bool terminal;
    const char *stage; /* NULL before the first */
    int percent;       /* shown last, -1: nothing of this stage */
} yz_progress;

/* Starts in silence when `quiet`. */
void yz_progress_init(yz_progress *progress, bool quiet);

/* Begins a stage; `stage` must live on. */
void yz_progress_stage(yz_progress *progress, const char *stage);

/* Shows done of total; `context` is a yz_progress, or NULL for none. */
void yz_progress_step(void *context, uint64_t done, uint64_t total);

/* Wipes the bar away, so that other output has the line for itself. */
void yz_progress_end(yz_progress *progress);

#endif
