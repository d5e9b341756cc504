/*
 * Generations of public data: which one serves, building the next, switching
 * to it, and removing what nobody needs.  Write half.
 */
#ifndef YZ_SCHEMA_GENERATION_WRITE_H
#define YZ_SCHEMA_GENERATION_WRITE_H

#include "lmdb_schema/project_write.h"

/*
 * Opens the generation that `public_dir`/current names, for writing, and
 * finishes a switch that was interrupted.  Every page is looked at first, so
 * that none of a generation that is opened can kill the process.  YZ_OK, or
 * YZ_NOT_FOUND (there is none), YZ_FORMAT, YZ_CORRUPT, YZ_DENIED, YZ_IO,
 * YZ_FULL, YZ_NOMEM; *public is then all zeros.
 */
yz_status yz_generation_open(const char *public_dir, yz_public *public);

/*
 * Builds the next generation from state, makes `current` name it, and tells
 * the readers of *public (all zeros: there was none) that it is superseded.
 * On YZ_OK *public is the new one; otherwise it stays as it was and serves
 * on.  The one before is kept, older ones go.
 */
yz_status yz_generation_build(const char *public_dir, yz_state *state,
                              yz_projection *projection, yz_public *public);

#endif
