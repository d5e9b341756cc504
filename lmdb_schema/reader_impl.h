/*
 * What the files of the reader share among themselves.  Only lmdb_schema/
 * includes it: the reader's own files, and verify and dump, which look at
 * the databases behind it.
 */
#ifndef YZ_SCHEMA_READER_IMPL_H
#define YZ_SCHEMA_READER_IMPL_H

#include "core/calendar.h"
#include "lmdb_schema/geo_read.h"
#include "lmdb_schema/reader.h"
#include "lmdb_schema/word_table.h"
#include <lmdb.h>

/* The databases of public data in the order of READER_DATABASES. */
enum {
    READER_META,
    READER_PLACE,
    READER_ID,
    READER_CODE,
    READER_KIND,
    READER_SERVICE,
    READER_HOURS,
    READER_REGION,
    READER_UNPLACED,
    READER_POST, /* from here on: since YZ_FORMAT_POSTS */
    READER_POST_TIME,
    READER_ITEM,
    READER_DBI_COUNT
};

/* What is known of one interned opening hours id. */
typedef struct {
    int64_t from_s;  /* `state` was asked at this moment ... */
    int64_t valid_s; /* ... and holds before this one */
    yz_hours_state state;
    uint32_t epoch; /* of the calendar it was made with; 0: nothing known */
} reader_hours_entry;

typedef struct {
    reader_hours_entry *entries; /* YZ_HOURS_IDS_MAX + 1, mostly untouched */
    uint8_t *open;               /* YZ_HOURS_IDS_MAX + 1, for filters */
    uint32_t used;               /* bytes of `open` that mean something */
    int64_t open_minute;         /* the minute they are about */
    int64_t open_at_s;
    uint32_t open_epoch; /* the calendar they are about */
    uint32_t epoch;      /* of the calendar now; 1.. */
    uint8_t calendar[YZ_CALENDAR_BLOB_MAX];
    size_t calendar_size; /* 0: none */
} reader_hours;

/* A vocabulary of the generation; it only grows. */
typedef struct {
    yz_words words;
    bool stale; /* the snapshot may hold more words */
} reader_words;

/*
 * Where place records and code pages lie.  LMDB writes a page anew only when
 * its own database is written, so an address that was found once is right
 * while the snapshots name the same transaction as the last one that wrote
 * these databases.
 */
#define READER_PLACES_MIN 64
#define READER_PLACES_MAX ((size_t)1 << 20) /* 8 MiB of addresses */

typedef struct {
    uint64_t moved;     /* YZ_META_MOVED_TXN; 0: nothing is known */
    uint64_t serial;    /* see yz_reader_records() */
    uint32_t code_bits; /* YZ_META_CODE_BITS */
    const void **codes; /* by bucket; NULL: not known */
    uint64_t *places;   /* by number & mask: see reader_records.c */
    size_t mask;
} reader_addresses;

struct yz_reader {
    MDB_env *env;
    MDB_txn *txn;    /* reset between lookups */
    bool active;     /* between begin and end */
    bool superseded; /* in the snapshot `snapshot` */
    uint64_t
        successor;   /* what supersedes it; 0: nothing, or it can't be read */
    size_t snapshot; /* transaction id that `facts` belong to; 0: none */
    MDB_dbi dbis[READER_DBI_COUNT];
    yz_geo_reader *geo; /* remembers addresses inside the map */
    yz_geo_reader *geo_posts;
    bool has_posts; /* the generation has what the board needs */
    void *remaps;   /* of the environment when `geo` was opened */
    yz_reader_facts facts;
    reader_words kinds;
    reader_words services;
    reader_words items;
    reader_hours hours;
    MDB_cursor *gather; /* over `place`; NULL until it is wanted */
    reader_addresses addresses;
};

/*
 * Makes a reader over an environment that is already open in this process,
 * as the writer's is: an environment is never opened twice in one process.
 * The environment stays the caller's and must outlive the reader.  Statuses
 * and *reader as with yz_reader_open().
 */
yz_status yz_reader_open_env(MDB_env *env, uint64_t generation,
                             yz_reader **reader);

/* The snapshot of the running lookup. */
static inline MDB_txn *
yz_reader_txn(const yz_reader *reader)
{
    return reader->txn;
}

/*
 * Looks `key` up in database `db` of the running lookup; *value points into
 * the map.  YZ_OK, YZ_NOT_FOUND, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_get(const yz_reader *reader, int db, const void *key,
                        size_t key_size, MDB_val *value);

/*
 * Reads meta in the snapshot of the running transaction and makes what hangs
 * on it stale.  YZ_OK, YZ_FORMAT, YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_snapshot_load(yz_reader *reader);

/*
 * Sets what the snapshot says of codes and records, and forgets addresses
 * that are void by it.  YZ_OK or YZ_NOMEM.
 */
yz_status yz_reader_addresses_set(yz_reader *reader, uint64_t moved,
                                  uint32_t code_bits, uint64_t places);
void yz_reader_addresses_forget(yz_reader *reader);

/* Opens the geo layers (anew) in `txn`; statuses as with yz_reader_open(). */
yz_status yz_reader_geo_open(yz_reader *reader, MDB_txn *txn);

/* The number of an item's word; statuses as with yz_reader_kind_of(). */
yz_status yz_reader_item_of(yz_reader *reader, yz_span word, uint16_t *item);

/* The opening-hours cache: made, told of a snapshot's calendar, freed. */
yz_status yz_reader_hours_init(reader_hours *hours);
void yz_reader_hours_calendar(reader_hours *hours, yz_span calendar);
void yz_reader_hours_free(reader_hours *hours);

/* The environment of public data in `path`, one for each file; see .c. */
yz_status yz_reader_env_open(const char *path, MDB_env **env);
/* Gives it back; an environment that is not its own is left alone. */
void yz_reader_env_close(MDB_env *env);

/*
 * Narrows a copy of a filter that has a region to where the region's points
 * lie.  YZ_OK, YZ_NOT_FOUND (there is no point of the layer that passes),
 * YZ_CORRUPT or YZ_IO.
 */
yz_status yz_reader_narrow(yz_reader *reader, yz_geo_filter *filter);

#endif
