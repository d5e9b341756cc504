/*
 * What the two dumps share; not for others.
 */
#ifndef YZ_SCHEMA_DUMP_IMPL_H
#define YZ_SCHEMA_DUMP_IMPL_H

#include "core/out.h"
#include "lmdb_schema/dump.h"
#include <lmdb.h>

#define YZ_DUMP_LINE_MAX (256 * 1024)

/* A line in the making. */
typedef struct {
    FILE *file;
    yz_out out;
    char *buffer; /* YZ_DUMP_LINE_MAX bytes */
} yz_dump;

/* YZ_OK or YZ_NOMEM. */
yz_status yz_dump_begin(yz_dump *dump, FILE *file);
void yz_dump_end(yz_dump *dump);

/* Writes the line and starts the next.  YZ_OK, YZ_FULL (too long), YZ_IO. */
yz_status yz_dump_line(yz_dump *dump);

/* Appends `,"name":` and a value. */
void yz_dump_name(yz_dump *dump, const char *name);
void yz_dump_text(yz_dump *dump, const char *name, yz_span text);
void yz_dump_i64(yz_dump *dump, const char *name, int64_t value);
void yz_dump_hex(yz_dump *dump, const char *name, yz_span bytes);

/*
 * Calls visit for each record of a database in the order of its keys; a
 * visit that returns not YZ_OK ends the walk with it.
 */
yz_status yz_dump_each(MDB_txn *txn, MDB_dbi dbi,
                       yz_status (*visit)(void *context, yz_span key,
                                          yz_span value),
                       void *context);

#endif
