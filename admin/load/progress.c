/*
 * The progress bar of the yizhan command.
 */
#include "admin/load/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 40

void
yz_progress_init(yz_progress *progress, bool quiet)
{
    *progress = (yz_progress){
        .on = !quiet, .terminal = isatty(STDERR_FILENO) != 0, .percent = -1};
}

void
yz_progress_stage(yz_progress *progress, const char *stage)
{
    yz_progress_end(progress);
    progress->stage = stage;
    progress->percent = -1;
    if (progress->on && !progress->terminal) {
        fprintf(stderr, "yizhan: %s\n", stage);
    }
}

static void
draw(const yz_progress *progress)
{
    char bar[BAR_WIDTH + 1];
    int full = progress->percent * BAR_WIDTH / 100;

    for (int i = 0; i < BAR_WIDTH; i++) {
        bar[i] = i < full ? '#' : ' ';
    }
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%-12s [%s] %3d %%", progress->stage, bar,
            progress->percent);
    fflush(stderr);
}

void
yz_progress_step(void *context, uint64_t done, uint64_t total)
{
    yz_progress *progress = context;
    int percent;

    if (progress == NULL || !progress->on || !progress->terminal ||
        progress->stage == NULL) {
        return;
    }
    percent = total == 0 || done >= total
                  ? 100
                  : (int)((double)done / (double)total * 100);
    if (percent != progress->percent) {
        progress->percent = percent;
        draw(progress);
    }
}

void
yz_progress_end(yz_progress *progress)
{
    if (progress->on && progress->terminal && progress->percent >= 0) {
        fprintf(stderr, "\r%*s\r", BAR_WIDTH + 24, "");
        fflush(stderr);
    }
    progress->percent = -1;
}
