/*
 * The list of ticks, and the one that ends whatever has an entry in the table
 * of what ends (lmdb_schema/expiry.h).
 */
#include "admin/daemon/ticks.h"

#include "admin/daemon/idempotency.h"
#include "admin/identity/session.h"
#include "admin/rules/post_store.h"
#include "admin/rules/relay.h"
#include "admin/rules/operator.h"
#include "lmdb_schema/expiry.h"

#define EXPIRY_EVERY_S 5
#define EXPIRY_MOST 256 /* of one batch */

/* Who ends the records of a table.  YZ_OK also where there is none. */
static const struct {
    yz_table table;
    yz_status (*expire)(yz_desk *desk, yz_span key);
} endings[] = {
    {YZ_TABLE_IDEMPOTENCY, yz_idempotency_expire},
    {YZ_TABLE_SESSION, yz_session_expire},
    {YZ_TABLE_POST, yz_post_expire},
    {YZ_TABLE_BINDING, yz_relay_expire},
};

#define ENDINGS (sizeof(endings) / sizeof(endings[0]))

/* Keys that are due, copied: a visit must not put. */
typedef struct {
    int64_t now_s;
    size_t count;
    size_t size[EXPIRY_MOST];
    char key[EXPIRY_MOST][YZ_RECORD_KEY_MAX];
} due;

static size_t
ending_of(yz_table table)
{
    size_t i = 0;

    while (i < ENDINGS && endings[i].table != table) {
        i++;
    }
    return i;
}

/* YZ_BUSY ends the walk: enough, or nothing more is due. */
static yz_status
collect(void *context, yz_span key, yz_span value, uint64_t seq)
{
    due *d = context;
    int64_t when_s;
    yz_table table;
    yz_span what;
    yz_status status = yz_expiry_read(key, &when_s, &table, &what);

    (void)value;
    (void)seq;
    if (status != YZ_OK) {
        return status;
    }
    if (when_s > d->now_s || d->count == EXPIRY_MOST) {
        return YZ_BUSY;
    }
    if (ending_of(table) < ENDINGS) {
        memcpy(d->key[d->count], key.p, key.n);
        d->size[d->count++] = key.n;
    }
    return YZ_OK;
}

static yz_status
end_one(yz_desk *desk, yz_span key)
{
    int64_t when_s;
    yz_table table;
    yz_span what;
    yz_status status = yz_expiry_read(key, &when_s, &table, &what);

    if (status == YZ_OK) {
        status = endings[ending_of(table)].expire(desk, what);
    }
    if (status == YZ_OK) {
        status = yz_store_record_delete(desk->store, YZ_TABLE_EXPIRY, key);
        status = status == YZ_NOT_FOUND ? YZ_OK : status;
    }
    return status;
}

static yz_status
end_due(yz_desk *desk, int64_t now_s, bool *more)
{
    due d = {.now_s = now_s, .count = 0};
    yz_status status =
        yz_store_record_each(desk->store, YZ_TABLE_EXPIRY, YZ_SPAN(""),
                             YZ_SPAN(""), false, collect, &d);

    status = status == YZ_BUSY ? YZ_OK : status;
    for (size_t i = 0; status == YZ_OK && i < d.count; i++) {
        status = end_one(desk, (yz_span){d.key[i], d.size[i]});
    }
    *more = d.count == EXPIRY_MOST;
    return status;
}

const yz_tick yz_ticks[] = {
    {.name = "ending what is due", .every_s = EXPIRY_EVERY_S, .run = end_due},
    {.name = "archiving the log",
     .every_s = YZ_ARCHIVE_EVERY_S,
     .run = yz_operator_archive_tick},
    {.run = NULL},
};
