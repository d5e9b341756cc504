/*
 * Holds pages of a geo layer for its writer.  Called by geo_write.c and
 * geo_build_write.c only.
 */
#include "lmdb_schema/geo_pages_write.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_name.h"
#include <stdlib.h>
#include <string.h>

#define TABLE_MIN 64

typedef union {
    yz_geo_chunk chunk;
    yz_geo_node node;
} page_bytes;

struct yz_geo_held {
    page_bytes bytes; /* first: a page is its held page */
    bool dirty;
    bool dropped;
};

static size_t
slot_of(const yz_geo_pages *pages, uint32_t number)
{
    size_t slot = (number * 2654435761u) & (pages->size - 1);

    while (pages->table[slot] != NULL &&
           pages->table[slot]->bytes.node.self != number) {
        slot = (slot + 1) & (pages->size - 1);
    }
    return slot;
}

static void
table_grow(yz_geo_pages *pages)
{
    yz_geo_held **old = pages->table;
    size_t old_size = pages->size;

    pages->size = old_size == 0 ? TABLE_MIN : old_size * 2;
    pages->table = calloc(pages->size, sizeof(*pages->table));
    if (pages->table == NULL) {
        pages->table = old;
        pages->size = old_size;
        pages->status = YZ_NOMEM;
        return;
    }
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != NULL) {
            pages->table[slot_of(pages, old[i]->bytes.node.self)] = old[i];
        }
    }
    free(old);
}

/* A held page with that number, its bytes still to be filled. */
static yz_geo_held *
hold(yz_geo_pages *pages, uint32_t number)
{
    if (pages->held * 2 >= pages->size) {
        table_grow(pages);
    }
    if (pages->status != YZ_OK) {
        return NULL;
    }
    yz_geo_held *held = calloc(1, sizeof(*held));
    if (held == NULL) {
        pages->status = YZ_NOMEM;
        return NULL;
    }
    pages->table[slot_of(pages, number)] = held;
    held->bytes.node.self = number;
    pages->held++;
    return held;
}

static yz_status
head_read(yz_geo_pages *pages)
{
    uint32_t number = 0;
    MDB_val key = {sizeof(number), &number};
    MDB_val value;
    int rc = mdb_get(pages->txn, pages->dbi, &key, &value);

    if (rc == MDB_NOTFOUND) {
        pages->head = (yz_geo_head){.type = YZ_PAGE_HEAD, .next = 1};
        return YZ_OK;
    }
    if (rc != MDB_SUCCESS) {
        return yz_status_of_lmdb(rc);
    }
    if (value.mv_size != sizeof(pages->head)) {
        return YZ_CORRUPT;
    }
    memcpy(&pages->head, value.mv_data, sizeof(pages->head));
    return pages->head.type == YZ_PAGE_HEAD &&
                   pages->head.depth <= YZ_GEO_DEPTH_MAX
               ? YZ_OK
               : YZ_CORRUPT;
}

yz_status
yz_geo_pages_open(yz_geo_pages *pages, MDB_txn *txn, const char *layer)
{
    char database[YZ_GEO_NAME_SIZE];

    *pages = (yz_geo_pages){.txn = txn, .version = (uint32_t)mdb_txn_id(txn)};
    yz_geo_name(layer, database);
    pages->status = yz_status_of_lmdb(
        mdb_dbi_open(txn, database, MDB_INTEGERKEY | MDB_CREATE, &pages->dbi));
    if (pages->status == YZ_OK) {
        pages->status = head_read(pages);
    }
    return pages->status;
}

void *
yz_geo_pages_get(yz_geo_pages *pages, uint32_t number, yz_page type)
{
    MDB_val key = {sizeof(number), &number};
    MDB_val value;

    if (pages->status != YZ_OK) {
        return NULL;
    }
    if (pages->size != 0) {
        yz_geo_held *held = pages->table[slot_of(pages, number)];
        if (held != NULL) {
            return held;
        }
    }
    int rc = mdb_get(pages->txn, pages->dbi, &key, &value);
    if (rc != MDB_SUCCESS) {
        pages->status = rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
        return NULL;
    }
    const yz_geo_any *stored = value.mv_data;
    if (value.mv_size < 16 || !yz_geo_page_fits(stored, value.mv_size, number,
                                                stored->version, type)) {
        pages->status = YZ_CORRUPT;
        return NULL;
    }
    yz_geo_held *held = hold(pages, number);
    if (held != NULL) {
        memcpy(&held->bytes, value.mv_data, value.mv_size);
    }
    return held;
}

void *
yz_geo_pages_new(yz_geo_pages *pages, yz_page type)
{
    if (pages->status != YZ_OK) {
        return NULL;
    }
    yz_geo_held *held = hold(pages, pages->head.next);
    if (held != NULL) {
        pages->head.next++;
        pages->head.pages++;
        held->bytes.node.type = type;
        yz_geo_pages_touch(pages, held);
    }
    return held;
}

void
yz_geo_pages_touch(yz_geo_pages *pages, void *page)
{
    yz_geo_held *held = page;

    held->dirty = true;
    held->bytes.node.version = pages->version;
}

void
yz_geo_pages_drop(yz_geo_pages *pages, void *page)
{
    yz_geo_held *held = page;

    held->dropped = true;
    held->dirty = true;
    pages->head.pages--;
}

static void
page_write(yz_geo_pages *pages, const yz_geo_held *held)
{
    uint32_t number = held->bytes.node.self;
    MDB_val key = {sizeof(number), &number};
    MDB_val value = {yz_geo_page_size(held->bytes.node.type),
                     (void *)(uintptr_t)held};
    int rc;

    if (held->dropped) {
        rc = mdb_del(pages->txn, pages->dbi, &key, NULL);
        rc = rc == MDB_NOTFOUND ? MDB_SUCCESS : rc; /* never was written */
    } else {
        rc = mdb_put(pages->txn, pages->dbi, &key, &value, 0);
    }
    if (rc != MDB_SUCCESS) {
        pages->status = yz_status_of_lmdb(rc);
    }
}

yz_status
yz_geo_pages_flush(yz_geo_pages *pages)
{
    uint32_t number = 0;
    MDB_val key = {sizeof(number), &number};
    MDB_val value = {sizeof(pages->head), &pages->head};

    for (size_t i = 0; i < pages->size && pages->status == YZ_OK; i++) {
        if (pages->table[i] != NULL && pages->table[i]->dirty) {
            page_write(pages, pages->table[i]);
        }
    }
    if (pages->status == YZ_OK) {
        pages->status =
            yz_status_of_lmdb(mdb_put(pages->txn, pages->dbi, &key, &value, 0));
    }
    yz_geo_pages_free(pages);
    return pages->status;
}

void
yz_geo_pages_append(yz_geo_pages *pages, const void *page)
{
    const yz_geo_any *common = page;
    uint32_t number = common->self;
    MDB_val key = {sizeof(number), &number};
    MDB_val value = {yz_geo_page_size(common->type), (void *)(uintptr_t)page};

    if (pages->status == YZ_OK) {
        pages->status = yz_status_of_lmdb(
            mdb_put(pages->txn, pages->dbi, &key, &value, MDB_APPEND));
    }
}

void
yz_geo_pages_free(yz_geo_pages *pages)
{
    for (size_t i = 0; i < pages->size; i++) {
        free(pages->table[i]);
    }
    free(pages->table);
    pages->table = NULL;
    pages->size = 0;
    pages->held = 0;
}
