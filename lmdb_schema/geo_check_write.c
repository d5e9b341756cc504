/*
 * Holds every page of a geo layer against the rules of its format.  Runs in
 * yizhan verify and in tests.
 */
#include "core/geo_scan.h"
#include "core/geo_tree.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/geo_edit.h"
#include "lmdb_schema/geo_name.h"
#include "lmdb_schema/geo_write.h"
#include <stdio.h>
#include <string.h>

#define WHY_SIZE 160

typedef struct {
    MDB_txn *txn;
    MDB_dbi dbi;
    yz_status (*visit)(void *context, const yz_geo_point *point);
    void *context;
    char *why;
    uint64_t points;
    uint32_t pages;
    bool any; /* a point was seen; it is hilbert, number */
    uint64_t hilbert;
    uint32_t number;
} check;

static yz_status
broken(check *c, const char *what, uint32_t page)
{
    snprintf(c->why, WHY_SIZE, "geo page %u: %s", page, what);
    return YZ_CORRUPT;
}

static yz_status
page_get(check *c, uint32_t number, uint32_t version, yz_page type,
         const void **page)
{
    MDB_val key = {sizeof(number), &number};
    MDB_val value;
    int rc = mdb_get(c->txn, c->dbi, &key, &value);

    if (rc == MDB_NOTFOUND) {
        return broken(c, "is named but not there", number);
    }
    if (rc != MDB_SUCCESS) {
        return yz_status_of_lmdb(rc);
    }
    if (!yz_geo_page_fits(value.mv_data, value.mv_size, number, version,
                          type)) {
        return broken(c, "has not the form its parent says", number);
    }
    *page = value.mv_data;
    c->pages++;
    return YZ_OK;
}

static yz_status
point_check(check *c, const yz_geo_chunk *chunk, uint32_t i)
{
    const int32_t *box = chunk->shape + i / YZ_CHUNK_BLOCK;
    yz_geo_point point = yz_geo_chunk_point(chunk, i);
    uint64_t hilbert = yz_hilbert_of(point.lat_e7, point.lng_e7);

    if (c->any && (hilbert < c->hilbert ||
                   (hilbert == c->hilbert && point.number <= c->number))) {
        return broken(c, "points are out of order", chunk->self);
    }
    if (point.lng_e7 < box[YZ_CHUNK_WEST] ||
        point.lng_e7 > box[YZ_CHUNK_EAST] ||
        point.lat_e7 < box[YZ_CHUNK_SOUTH] ||
        point.lat_e7 > box[YZ_CHUNK_NORTH]) {
        return broken(c, "a point lies outside its block", chunk->self);
    }
    c->any = true;
    c->hilbert = hilbert;
    c->number = point.number;
    c->points++;
    return c->visit == NULL ? YZ_OK : c->visit(c->context, &point);
}

static yz_status
chunk_check(check *c, uint32_t number, uint32_t version,
            yz_geo_summary *summary)
{
    const void *page;
    yz_status status = page_get(c, number, version, YZ_PAGE_CHUNK, &page);

    if (status != YZ_OK) {
        return status;
    }
    const yz_geo_chunk *chunk = page;
    for (uint32_t i = 0; i < chunk->count && status == YZ_OK; i++) {
        status = point_check(c, chunk, i);
    }
    yz_geo_chunk_summary(chunk, summary);
    return status;
}

static bool
summary_is(const yz_geo_node *node, uint32_t i, const yz_geo_summary *s)
{
    const int32_t *box = node->box + i;
    const uint64_t *sets = node->sets + i;

    return node->hilbert[i] == s->hilbert && node->number[i] == s->number &&
           sets[YZ_NODE_KINDS] == s->kinds &&
           sets[YZ_NODE_SERVICES] == s->services &&
           sets[YZ_NODE_REGIONS] == s->regions &&
           box[YZ_NODE_WEST] == s->west && box[YZ_NODE_SOUTH] == s->south &&
           box[YZ_NODE_EAST] == s->east && box[YZ_NODE_NORTH] == s->north &&
           (uint32_t)box[YZ_NODE_LEVELS] == s->levels;
}

static yz_status
node_check(check *c, uint32_t number, uint32_t version, uint32_t levels,
           yz_geo_summary *summary)
{
    const void *page;
    yz_status status = page_get(c, number, version, YZ_PAGE_NODE, &page);

    if (status != YZ_OK) {
        return status;
    }
    const yz_geo_node *node = page;
    for (uint32_t i = 0; i < node->count && status == YZ_OK; i++) {
        yz_geo_summary below;
        status = levels > 1
                     ? node_check(c, node->child[i], node->child_version[i],
                                  levels - 1, &below)
                     : chunk_check(c, node->child[i], node->child_version[i],
                                   &below);
        if (status == YZ_OK && !summary_is(node, i, &below)) {
            status = broken(c, "a child's summary is not its own", number);
        }
    }
    yz_geo_node_summary(node, summary);
    return status;
}

static yz_status
head_check(check *c, const yz_geo_head *head)
{
    MDB_stat stat;
    yz_geo_summary summary;
    yz_status status = YZ_OK;

    if (head->type != YZ_PAGE_HEAD || head->depth > YZ_GEO_DEPTH_MAX ||
        (head->root == 0) != (head->depth == 0)) {
        return broken(c, "the head is malformed", 0);
    }
    if (head->root != 0) {
        status =
            node_check(c, head->root, head->version, head->depth, &summary);
    }
    if (status == YZ_OK && c->points != head->points) {
        status = broken(c, "the head counts other points", 0);
    }
    if (status == YZ_OK && c->pages != head->pages) {
        status = broken(c, "the head counts other pages", 0);
    }
    if (status == YZ_OK) {
        status = yz_status_of_lmdb(mdb_stat(c->txn, c->dbi, &stat));
    }
    if (status == YZ_OK && stat.ms_entries != (size_t)head->pages + 1) {
        status = broken(c, "pages lie outside the tree", 0);
    }
    return status;
}

static yz_status
layer_bytes(const check *c, size_t *bytes)
{
    MDB_stat stat;
    yz_status status = yz_status_of_lmdb(mdb_stat(c->txn, c->dbi, &stat));

    if (status == YZ_OK && bytes != NULL) {
        *bytes = (stat.ms_branch_pages + stat.ms_leaf_pages +
                  stat.ms_overflow_pages) *
                 stat.ms_psize;
    }
    return status;
}

yz_status
yz_geo_layer_check(MDB_txn *txn, const char *name,
                   yz_status (*visit)(void *context, const yz_geo_point *point),
                   void *context, size_t *bytes, char why[static WHY_SIZE])
{
    char database[YZ_GEO_NAME_SIZE];
    uint32_t number = 0;
    MDB_val key = {sizeof(number), &number};
    MDB_val value;
    yz_geo_head head;
    check c = {.txn = txn, .visit = visit, .context = context, .why = why};

    why[0] = '\0';
    yz_geo_name(name, database);
    int rc = mdb_dbi_open(txn, database, MDB_INTEGERKEY, &c.dbi);
    if (rc == MDB_SUCCESS) {
        rc = mdb_get(txn, c.dbi, &key, &value);
    }
    if (rc != MDB_SUCCESS) {
        return yz_status_of_lmdb(rc);
    }
    if (value.mv_size != sizeof(head)) {
        return broken(&c, "the head has a wrong size", 0);
    }
    memcpy(&head, value.mv_data, sizeof(head));
    yz_status status = head_check(&c, &head);
    return status == YZ_OK ? layer_bytes(&c, bytes) : status;
}
