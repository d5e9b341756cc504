/*
 * What is stored, readably: one JSON line for each record, words instead of
 * interned numbers, in an order that does not depend on how it came to be,
 * so that two ways of making the same data can be compared as text.  Reads
 * without the writer's lock, also while a writer works.
 */
#ifndef YZ_SCHEMA_DUMP_H
#define YZ_SCHEMA_DUMP_H

#include "core/span.h"
#include "core/status.h"
#include <stdio.h>

/*
 * Writes the current generation below `dir`: a line of facts, the places by
 * id, the hashes of codes, the regions by code.  Generation numbers and what
 * only grows (boxes) are left out.
 *
 * id: only the place with that id (n is 0: everything).
 * YZ_OK, or YZ_NOT_FOUND (no public data, no such place), YZ_CORRUPT,
 * YZ_FORMAT, YZ_IO (also when `out` fails), YZ_NOMEM.
 */
yz_status yz_dump_public(const char *dir, yz_span id, FILE *out);

/*
 * Writes state and log below `dir`: places by id, codes, batches, reference
 * data by name and size, log entries by number.  Shows every code: for the
 * operator's eyes only.
 *
 * id, statuses: as above; with an id only its place, codes and log entries.
 */
yz_status yz_dump_private(const char *dir, yz_span id, FILE *out);

#endif
