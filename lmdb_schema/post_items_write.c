/*
 * Projects the list of items.  Runs in the writer only; called by the
 * projection and by verify.
 */
#include "core/items.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/post_project_write.h"

#include <stdlib.h>

yz_status
yz_state_items_json(const yz_state *state, MDB_txn *txn, yz_span *json)
{
    yz_span csv;
    yz_out out;
    yz_status status = yz_state_record_get(
        state, txn, YZ_TABLE_POLICY, YZ_SPAN(YZ_POLICY_ITEMS), &csv, NULL);

    *json = (yz_span){NULL, 0};
    if (status != YZ_OK) {
        return status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    size_t size = YZ_ITEMS_JSON_SIZE(csv.n);
    char *bytes = malloc(size);
    if (bytes == NULL) {
        return YZ_NOMEM;
    }
    yz_out_init(&out, bytes, size);
    yz_items_write(&out, csv);
    *json = yz_out_written(&out);
    return YZ_OK;
}

yz_status
yz_project_items(yz_projection *projection, yz_public *public, MDB_txn *txn)
{
    yz_span json;
    yz_status status =
        yz_state_items_json(projection->state, projection->state_txn, &json);

    if (status == YZ_OK && json.p != NULL) {
        status = yz_public_meta_put(public, txn, YZ_META_ITEMS, json.p, json.n);
    } else if (status == YZ_OK) {
        MDB_val key = {strlen(YZ_META_ITEMS), YZ_META_ITEMS};
        int rc = mdb_del(txn, public->meta, &key, NULL);

        status = rc == MDB_NOTFOUND ? YZ_OK : yz_status_of_lmdb(rc);
    }
    free((void *)(uintptr_t)json.p);
    return status;
}
