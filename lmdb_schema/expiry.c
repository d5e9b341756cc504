/*
 * Keys of the table of what ends.  Runs in the writer.
 */
#include "lmdb_schema/expiry.h"

#define PREFIX 9 /* time and table */

typedef struct {
    uint8_t bytes[YZ_RECORD_KEY_MAX];
    size_t n;
} expiry_key;

static yz_status
make_key(int64_t when_s, yz_table table, yz_span key, expiry_key *made)
{
    if (when_s < 0 || !yz_table_known(table) || key.n > YZ_EXPIRY_KEY_MAX) {
        return YZ_BAD_INPUT;
    }
    yz_put_u64_be(made->bytes, (uint64_t)when_s);
    made->bytes[8] = (uint8_t)table;
    memcpy(made->bytes + PREFIX, key.p, key.n);
    made->n = PREFIX + key.n;
    return YZ_OK;
}

static yz_span
span_of(const expiry_key *key)
{
    return (yz_span){(const char *)key->bytes, key->n};
}

yz_status
yz_expiry_put(yz_store *store, int64_t when_s, yz_table table, yz_span key)
{
    expiry_key made;
    yz_status status = make_key(when_s, table, key, &made);

    return status == YZ_OK ? yz_store_record_put(store, YZ_TABLE_EXPIRY,
                                                 span_of(&made), YZ_SPAN(""))
                           : status;
}

yz_status
yz_expiry_delete(yz_store *store, int64_t when_s, yz_table table, yz_span key)
{
    expiry_key made;
    yz_status status = make_key(when_s, table, key, &made);

    return status == YZ_OK
               ? yz_store_record_delete(store, YZ_TABLE_EXPIRY, span_of(&made))
               : status;
}

yz_status
yz_expiry_read(yz_span bytes, int64_t *when_s, yz_table *table, yz_span *key)
{
    uint64_t when;

    if (bytes.n <= PREFIX) {
        return YZ_CORRUPT;
    }
    when = yz_get_u64_be(bytes.p);
    *table = (yz_table)(uint8_t)bytes.p[8];
    *key = (yz_span){bytes.p + PREFIX, bytes.n - PREFIX};
    if (when > INT64_MAX || !yz_table_known(*table)) {
        return YZ_CORRUPT;
    }
    *when_s = (int64_t)when;
    return YZ_OK;
}
