/*
 * Counting places by region and writing region records.  Write half.
 */
#ifndef YZ_SCHEMA_REGION_WRITE_H
#define YZ_SCHEMA_REGION_WRITE_H

#include "lmdb_schema/layout.h"
#include "lmdb_schema/region_names.h"
#include <lmdb.h>

/* What changes for the places of one kind in one region. */
typedef struct {
    uint32_t code; /* six digits, 0 in a free slot */
    uint32_t kind;
    int64_t places;
    int64_t rating_count;
    int64_t rating_sum;
    int32_t box_e7[4]; /* as in yz_region_head */
} yz_region_change;

/* Starts as all zeros; ends with yz_tally_free(). */
typedef struct {
    yz_region_change *slots;
    uint32_t count;
    uint32_t room; /* slots, a power of two */
} yz_tally;

/*
 * Adds (sign 1) or takes away (sign -1) one place that is in service.  Region
 * 0 is not counted.  YZ_OK or YZ_NOMEM.
 */
yz_status yz_tally_place(yz_tally *tally, const yz_place_head *head, int sign);

/*
 * Changes the records in `dbi` by what was counted, each region on all its
 * levels.  With `all` names get a record even where no place is.  YZ_OK,
 * YZ_CORRUPT (a record is damaged or a count would be negative), YZ_FULL,
 * YZ_IO or YZ_NOMEM.
 */
yz_status yz_tally_write(yz_tally *tally, MDB_txn *txn, MDB_dbi dbi,
                         const yz_region_names *names, bool all);

/*
 * The same counts as a list, ascending by (code, kind), all levels.  Owned by
 * the caller: free().  YZ_OK or YZ_NOMEM.
 */
yz_status yz_tally_list(const yz_tally *tally, yz_region_change **list,
                        size_t *count);

void yz_tally_free(yz_tally *tally);

#endif
