/*
 * The index of what someone wrote: YZ_TABLE_WRITTEN, actor id, table (one
 * byte) and key of the record, to when.  Rules note each record that they put
 * for a worker or a device; GET /v1/me lists them.  Only in `apply` steps.
 */
#ifndef YZ_IDENTITY_WRITTEN_H
#define YZ_IDENTITY_WRITTEN_H

#include "admin/identity/desk.h"

/*
 * Notes that the exchange's actor wrote the record; does nothing for others
 * than workers and devices.  key: at most YZ_WRITTEN_KEY_MAX bytes.  YZ_OK,
 * YZ_BAD_INPUT (the key is too long), or a failure of the store.
 */
#define YZ_WRITTEN_KEY_MAX (YZ_RECORD_KEY_MAX - YZ_ACTOR_ID_SIZE - 1)
yz_status yz_written_add(yz_desk *desk, const yz_exchange *x, yz_table table,
                         yz_span key);

/*
 * Calls visit for each, by table and key; it must not put.  A visit that
 * returns not YZ_OK ends the walk with it.
 */
typedef yz_status yz_written_visit(void *context, yz_table table, yz_span key,
                                   int64_t at_s);
yz_status yz_written_each(yz_desk *desk,
                          const uint8_t id[static YZ_ACTOR_ID_SIZE],
                          yz_written_visit *visit, void *context);

/* Forgets all of it.  YZ_OK, or a failure of the store. */
yz_status yz_written_forget(yz_desk *desk,
                            const uint8_t id[static YZ_ACTOR_ID_SIZE]);

#endif
