/*
 * A directory of a test's own, removed with all that is in it.
 */
#ifndef YZ_T_UNIT_SCRATCH_DIR_H
#define YZ_T_UNIT_SCRATCH_DIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_SIZE 64

static inline int
scratch_remove_one(const char *path, const struct stat *st, int type,
                   struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* Makes the directory and writes its path to `dir`; 0 or -1. */
static inline int
scratch_make(char dir[static SCRATCH_SIZE])
{
    snprintf(dir, SCRATCH_SIZE, "/tmp/yizhan-test-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline void
scratch_remove(const char *dir)
{
    nftw(dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
