/*
 * Generations of public data: which one serves, building the next, switching
 * to it, and removing what nobody needs.  Write half.
 */
#ifndef YZ_SCHEMA_GENERATION_WRITE_H
#define YZ_SCHEMA_GENERATION_WRITE_H

#include "lmdb_schema/project_write.h"

/*
 * Opens the generation that `public_dir`/current names, or the one that it
 * says supersedes it, for writing, and finishes a switch that was interrupted:
 * `current` names that one then.  Every page is looked at first, so
 * that none of a generation that is opened can kill the process.  YZ_OK, or
 * YZ_NOT_FOUND (there is none), YZ_FORMAT, YZ_CORRUPT, YZ_DENIED, YZ_IO,
 * YZ_FULL, YZ_NOMEM; *public is then all zeros.
 */
yz_status yz_generation_open(const char *public_dir, yz_public *public);

/*
 * Opens the generation that `current` names for reading, beside the writer.
 * Statuses as above.
 */
yz_status yz_generation_open_read(const char *public_dir, yz_public *public);

/*
 * Builds the next generation from state, tells the readers of *public (all
 * zeros: there was none) that it is superseded, and makes `current` name it.
 * On YZ_OK *public is the new one; otherwise it stays as it was and serves
 * on.  The one before is kept, older ones go.
 */
yz_status yz_generation_build(const char *public_dir, yz_state *state,
                              yz_projection *projection, yz_public *public);

#endif
