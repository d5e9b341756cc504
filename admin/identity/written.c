/*
 * Who wrote what.  Runs in the writer, inside the open batch; called by rules
 * that put records of people, and by /v1/me.
 */
#include "admin/identity/written.h"

#define HEAD_SIZE (YZ_ACTOR_ID_SIZE + 1)

/* Value of YZ_TABLE_WRITTEN. */
typedef struct {
    int64_t at_s; /* 0 */
} written_record;

_Static_assert(sizeof(written_record) == 8, "written is 8 bytes");

yz_status
yz_written_add(yz_desk *desk, const yz_exchange *x, yz_table table, yz_span key)
{
    uint8_t bytes[YZ_RECORD_KEY_MAX];
    const written_record record = {yz_store_now_s(desk->store)};

    if (x->actor.kind != YZ_ACTOR_WORKER && x->actor.kind != YZ_ACTOR_DEVICE) {
        return YZ_OK;
    }
    if (key.n > YZ_WRITTEN_KEY_MAX) {
        return YZ_BAD_INPUT;
    }
    memcpy(bytes, x->actor.id, YZ_ACTOR_ID_SIZE);
    bytes[YZ_ACTOR_ID_SIZE] = (uint8_t)table;
    memcpy(bytes + HEAD_SIZE, key.p, key.n);
    return yz_store_record_put(
        desk->store, YZ_TABLE_WRITTEN,
        (yz_span){(const char *)bytes, HEAD_SIZE + key.n},
        (yz_span){(const char *)&record, sizeof(record)});
}

typedef struct {
    yz_written_visit *visit;
    void *context;
} each_walk;

static yz_status
visit_one(void *context, yz_span key, yz_span value, uint64_t seq)
{
    const each_walk *walk = context;
    written_record record;

    (void)seq;
    if (key.n < HEAD_SIZE || value.n != sizeof(record)) {
        return YZ_CORRUPT;
    }
    memcpy(&record, value.p, sizeof(record));
    return walk->visit(
        walk->context, (yz_table)(uint8_t)key.p[YZ_ACTOR_ID_SIZE],
        (yz_span){key.p + HEAD_SIZE, key.n - HEAD_SIZE}, record.at_s);
}

yz_status
yz_written_each(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE],
                yz_written_visit *visit, void *context)
{
    each_walk walk = {visit, context};

    return yz_store_record_each(desk->store, YZ_TABLE_WRITTEN,
                                (yz_span){(const char *)id, YZ_ACTOR_ID_SIZE},
                                (yz_span){"", 0}, false, visit_one, &walk);
}

typedef struct {
    uint8_t bytes[YZ_RECORD_KEY_MAX];
    size_t n;
} first_key;

static yz_status
take_first(void *context, yz_span key, yz_span value, uint64_t seq)
{
    first_key *first = context;

    (void)value;
    (void)seq;
    if (key.n > sizeof(first->bytes)) {
        return YZ_CORRUPT;
    }
    memcpy(first->bytes, key.p, key.n);
    first->n = key.n;
    return YZ_BUSY; /* ends the walk */
}

yz_status
yz_written_forget(yz_desk *desk, const uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    first_key first;
    yz_status status;

    for (;;) {
        status =
            yz_store_record_each(desk->store, YZ_TABLE_WRITTEN,
                                 (yz_span){(const char *)id, YZ_ACTOR_ID_SIZE},
                                 (yz_span){"", 0}, false, take_first, &first);
        if (status != YZ_BUSY) {
            return status;
        }
        status = yz_store_record_delete(
            desk->store, YZ_TABLE_WRITTEN,
            (yz_span){(const char *)first.bytes, first.n});
        if (status != YZ_OK) {
            return status;
        }
    }
}
