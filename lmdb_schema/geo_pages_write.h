/*
 * The pages of a geo layer while they are being changed: copies of what was
 * read, new pages, and which of them must be written.  Only for the writer of
 * a layer (geo_write.c, geo_build_write.c).  Write half.
 */
#ifndef YZ_SCHEMA_GEO_PAGES_WRITE_H
#define YZ_SCHEMA_GEO_PAGES_WRITE_H

#include "core/geo_page.h"
#include "core/status.h"
#include <lmdb.h>

typedef struct yz_geo_held yz_geo_held;

typedef struct {
    MDB_txn *txn;
    MDB_dbi dbi;
    uint32_t version; /* of what this transaction writes */
    yz_status status; /* first error, sticky */
    yz_geo_head head;
    yz_geo_held **table; /* held pages by number */
    size_t size;         /* of table, a power of two */
    size_t held;
} yz_geo_pages;

/* Opens or creates the layer's database and reads its head. */
yz_status yz_geo_pages_open(yz_geo_pages *pages, MDB_txn *txn,
                            const char *layer);

/* A held copy of a page, to be changed in place; NULL after an error. */
void *yz_geo_pages_get(yz_geo_pages *pages, uint32_t number, yz_page type);

/* A new page with a number of its own, empty; NULL after an error. */
void *yz_geo_pages_new(yz_geo_pages *pages, yz_page type);

/* Marks a held page as changed by this transaction. */
void yz_geo_pages_touch(yz_geo_pages *pages, void *page);

/* Takes a page out of the layer. */
void yz_geo_pages_drop(yz_geo_pages *pages, void *page);

/* Writes changed pages and the head, and lets go of all held pages. */
yz_status yz_geo_pages_flush(yz_geo_pages *pages);

/* Writes one page that nobody holds, in ascending order of numbers. */
void yz_geo_pages_append(yz_geo_pages *pages, const void *page);

/* Lets go without writing. */
void yz_geo_pages_free(yz_geo_pages *pages);

#endif
