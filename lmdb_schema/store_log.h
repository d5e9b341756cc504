/*
 * The log as readers of it see it: entry by entry, taken apart; and the codes
 * that were issued.  Inside a batch or outside, as yz_store_record_get().
 */
#ifndef YZ_SCHEMA_STORE_LOG_H
#define YZ_SCHEMA_STORE_LOG_H

#include "lmdb_schema/private_layout.h"
#include "lmdb_schema/store.h"

/* An entry; spans lie in the map and are valid inside the visit. */
typedef struct {
    uint64_t seq;
    int64_t at_s;
    uint64_t batch; /* 0: a request by itself */
    yz_log_op op;
    yz_actor actor;
    yz_place place; /* of PLACE and CODE */
    yz_table table; /* of RECORD and GONE */
    yz_span key;    /* of RECORD and GONE; of REFERENCE its name */
    yz_span value;  /* of RECORD */
    yz_span kind;   /* of BATCH: of the batch */
} yz_store_entry;

/* Not YZ_OK ends the walk with it. */
typedef yz_status yz_entry_visit(void *context, const yz_store_entry *entry);

/*
 * Calls visit for each entry from number `from` on that is still in the log,
 * oldest first.  YZ_OK, YZ_CORRUPT, YZ_IO, or what the visit returned.
 */
yz_status yz_store_each_entry(yz_store *store, uint64_t from,
                              yz_entry_visit *visit, void *context);

/*
 * The first entry that is not older than at_s (Unix seconds); one past the
 * newest when there is none.  YZ_OK, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_store_entry_since(yz_store *store, int64_t at_s, uint64_t *seq);

/* A code that was issued. */
typedef struct {
    char code[YZ_CODE_SIZE];
    int64_t issued_at_s;
    bool revoked;
} yz_store_code;

typedef yz_status yz_code_visit(void *context, const yz_store_code *code);

/*
 * Calls visit for every code that the place `id` has had, in no order.  Looks
 * at all codes of the store.  Statuses as above.
 */
yz_status yz_store_each_code(yz_store *store, yz_span id, yz_code_visit *visit,
                             void *context);

#endif
