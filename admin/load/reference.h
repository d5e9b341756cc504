/*
 * Reference data that comes with the program: the table of regions and the
 * yearly table of holidays.
 */
#ifndef YZ_ADMIN_REFERENCE_H
#define YZ_ADMIN_REFERENCE_H

#include "admin/load/input.h"
#include "admin/load/refusal.h"
#include "admin/load/regions.h"
#include "lmdb_schema/store.h"

typedef struct {
    yz_input regions_file; /* text.n is 0 when there is none */
    yz_input holidays_file;
    yz_regions regions; /* from the file, else from the store */
} yz_reference;

/*
 * Reads both files from `data_dir`, or if that is NULL from the environment's
 * YIZHAN_DATA, or else from ../data beside the executable, and checks them.
 * What is not there is taken from `store` (NULL: from nowhere).
 *
 * reference: filled; freed by yz_reference_free() whatever the answer is.
 *     Its regions may point into the store's map until its next batch.
 *
 * YZ_OK, also without any table; YZ_BAD_INPUT or YZ_NOMEM with the reason in
 * `refusal`.
 */
yz_status yz_reference_read(const char *data_dir, yz_store *store,
                            yz_reference *reference, yz_refusal *refusal);

/* Puts what was read from files into the open batch; the store's status. */
yz_status yz_reference_put(const yz_reference *reference, yz_store *store);

void yz_reference_free(yz_reference *reference);

#endif
