/*
 * What ends at a time: keys of the table `expiry`, in the order in which
 * things end.  Whoever keeps a record that ends puts one beside it; the
 * daemon's tick finds those that are due and ends them.
 */
#ifndef YZ_SCHEMA_EXPIRY_H
#define YZ_SCHEMA_EXPIRY_H

#include "lmdb_schema/store.h"

#define YZ_EXPIRY_KEY_MAX (YZ_RECORD_KEY_MAX - 9) /* bytes of what ends */

/* `key` of `table` ends at when_s (Unix seconds, not negative).  As
   yz_store_record_put(); the value is empty. */
yz_status yz_expiry_put(yz_store *store, int64_t when_s, yz_table table,
                        yz_span key);
/* It does not; as yz_store_record_delete(). */
yz_status yz_expiry_delete(yz_store *store, int64_t when_s, yz_table table,
                           yz_span key);

/* Takes the key of an expiry apart; YZ_OK or YZ_CORRUPT. */
yz_status yz_expiry_read(yz_span bytes, int64_t *when_s, yz_table *table,
                         yz_span *key);

#endif
