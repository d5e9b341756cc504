/*
 * What the parts of yz_store_verify() share; not for others.
 */
#ifndef YZ_SCHEMA_VERIFY_IMPL_H
#define YZ_SCHEMA_VERIFY_IMPL_H

#include "lmdb_schema/region_write.h"
#include "lmdb_schema/store_impl.h"

typedef struct {
    yz_store *store;
    MDB_txn *txn;        /* a read of the private environment */
    MDB_txn *public_txn; /* one of public data beside a writer, or NULL */
    yz_state_head head;  /* of the state */
    yz_verify_problem *problem;
    void *context;
    uint64_t problems;
} yz_verification;

/* Tells one fault; after very many only counts them. */
void yz_verify_tell(yz_verification *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Each part tells what it finds, and returns YZ_OK unless it could not go on
 * (no memory, a read that the system refused); data that can't be read for
 * its form is a fault that is told.
 */
yz_status yz_verify_log(yz_verification *check);
yz_status yz_verify_state(yz_verification *check);
yz_status yz_verify_public(yz_verification *check);

/* What the log tells of the logged tables, counted along the walk. */
typedef struct {
    uint64_t live[YZ_TABLE_TALLY];   /* put and not deleted */
    uint64_t newest[YZ_TABLE_TALLY]; /* whose value the state has */
} yz_record_check;

void yz_verify_record_entry(yz_verification *check, yz_record_check *records,
                            const yz_log_entry *entry);
yz_status yz_verify_record_totals(yz_verification *check,
                                  const yz_record_check *records);
yz_status yz_verify_tallies(yz_verification *check);
yz_status yz_verify_tickets(yz_verification *check);

/* Public data under check. */
typedef struct {
    yz_verification *check;
    yz_public *public;
    MDB_txn *txn; /* a read of the generation */
    yz_region_names names;
    yz_tally tally; /* counted again from the state */
    uint32_t code_bits;
    uint8_t *found;    /* by number: YZ_FOUND_* */
    uint64_t placed;   /* places that belong into the layer */
    uint64_t unplaced; /* places that belong among the unplaced */
    uint64_t in_layer; /* points that the layer has */
} yz_public_check;

#define YZ_FOUND_PLACED 1 /* belongs into the layer */
#define YZ_FOUND_POINT 2  /* the layer has it */

/* The board: records, index by time, layer, list of items. */
yz_status yz_verify_posts(yz_public_check *at);

/* Layer, unplaced and regions against what the records were counted to. */
yz_status yz_verify_indexes(yz_public_check *at);

#endif
