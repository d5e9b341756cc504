/*
 * Serves pages of a geo layer to the search in core/.  Runs in nginx workers
 * and wherever else a yz_reader is.
 *
 * Pages are found by mdb_get once and then remembered by (number, version).
 * A page's value lies on overflow pages of its own, which LMDB copies only
 * when the value is put again; its version then changes in the node above.
 * So what is remembered stays right over commits: a snapshot that names this
 * version still holds these bytes at this address.
 */
#include "lmdb_schema/geo_read.h"
#include "core/geo_page.h"
#include "core/geo_tree.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_name.h"
#include <stdlib.h>
#include <string.h>

#define REMEMBERED_MIN 64
#define REMEMBERED_MAX ((size_t)1 << 18) /* 4 MiB of remembered pages */

typedef struct {
    uint32_t tag; /* number and type */
    uint32_t version;
    const void *bytes; /* NULL: empty */
} remembered;

struct yz_geo_reader {
    yz_geo_source source; /* first: the search hands it back */
    MDB_txn *txn;
    MDB_dbi dbi;
    size_t snapshot; /* transaction id that `head` is of */
    yz_geo_head head;
    size_t mask; /* entries of table less one */
    remembered *table;
};

static uint32_t
tag_of(uint32_t number, yz_page type)
{
    return number << 1 | (type == YZ_PAGE_NODE);
}

static const void *
page_fetch(yz_geo_reader *reader, uint32_t number, uint32_t version,
           yz_page type)
{
    MDB_val key = {sizeof(number), &number};
    MDB_val value;

    if (mdb_get(reader->txn, reader->dbi, &key, &value) != MDB_SUCCESS ||
        !yz_geo_page_fits(value.mv_data, value.mv_size, number, version,
                          type)) {
        return NULL;
    }
    reader->table[number & reader->mask] =
        (remembered){tag_of(number, type), version, value.mv_data};
    return value.mv_data;
}

static const void *
page_of(yz_geo_source *source, uint32_t number, uint32_t version, yz_page type)
{
    yz_geo_reader *reader = (yz_geo_reader *)source;
    const remembered *slot = &reader->table[number & reader->mask];

    if (slot->tag == tag_of(number, type) && slot->version == version &&
        slot->bytes != NULL) {
        return slot->bytes;
    }
    return page_fetch(reader, number, version, type);
}

/* Room to remember every page, up to REMEMBERED_MAX. */
static yz_status
table_fit(yz_geo_reader *reader)
{
    size_t size = REMEMBERED_MIN;

    while (size < reader->head.next && size < REMEMBERED_MAX) {
        size *= 2;
    }
    if (reader->table != NULL && size <= reader->mask + 1) {
        return YZ_OK;
    }
    remembered *table = calloc(size, sizeof(*table));
    if (table == NULL) {
        return reader->table == NULL ? YZ_NOMEM : YZ_OK;
    }
    free(reader->table);
    reader->table = table;
    reader->mask = size - 1;
    return YZ_OK;
}

/* Sets the snapshot that pages come from; reads the head when it is new. */
static yz_status
snapshot_set(yz_geo_reader *reader, MDB_txn *txn)
{
    uint32_t number = 0;
    MDB_val key = {sizeof(number), &number};
    MDB_val value;
    size_t snapshot = mdb_txn_id(txn);

    reader->txn = txn;
    if (snapshot == reader->snapshot) {
        return YZ_OK;
    }
    int rc = mdb_get(txn, reader->dbi, &key, &value);
    if (rc != MDB_SUCCESS) {
        return rc == MDB_NOTFOUND ? YZ_CORRUPT : yz_status_of_lmdb(rc);
    }
    if (value.mv_size != sizeof(reader->head)) {
        return YZ_CORRUPT;
    }
    memcpy(&reader->head, value.mv_data, sizeof(reader->head));
    if (reader->head.type != YZ_PAGE_HEAD) {
        return YZ_CORRUPT;
    }
    reader->snapshot = snapshot;
    return table_fit(reader);
}

yz_status
yz_geo_reader_open(MDB_txn *txn, const char *name, yz_geo_reader **reader)
{
    char database[YZ_GEO_NAME_SIZE];
    yz_geo_reader *r = calloc(1, sizeof(*r));

    *reader = NULL;
    if (r == NULL) {
        return YZ_NOMEM;
    }
    yz_geo_name(name, database);
    r->source.page = page_of;
    r->snapshot = SIZE_MAX;
    yz_status status =
        yz_status_of_lmdb(mdb_dbi_open(txn, database, MDB_INTEGERKEY, &r->dbi));
    if (status == YZ_OK) {
        status = snapshot_set(r, txn);
    }
    if (status != YZ_OK) {
        yz_geo_reader_free(r);
        return status;
    }
    *reader = r;
    return YZ_OK;
}

void
yz_geo_reader_free(yz_geo_reader *reader)
{
    if (reader != NULL) {
        free(reader->table);
        free(reader);
    }
}

yz_status
yz_geo_reader_nearest(yz_geo_reader *reader, MDB_txn *txn,
                      const yz_geo_query *query, yz_geo_hit *hits,
                      uint32_t *count)
{
    yz_status status = snapshot_set(reader, txn);

    *count = 0;
    if (status != YZ_OK) {
        return status;
    }
    return yz_geo_tree_nearest(&reader->source, &reader->head, query, hits,
                               count);
}

yz_status
yz_geo_reader_walk(yz_geo_reader *reader, MDB_txn *txn,
                   const yz_geo_filter *filter, bool after, uint64_t hilbert,
                   uint32_t number, uint32_t limit, yz_geo_hit *hits,
                   uint64_t *hilberts, uint32_t *count)
{
    yz_status status = snapshot_set(reader, txn);

    *count = 0;
    if (status != YZ_OK) {
        return status;
    }
    return yz_geo_tree_walk(&reader->source, &reader->head, filter, after,
                            hilbert, number, limit, hits, hilberts, count);
}
