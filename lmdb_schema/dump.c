/*
 * Lines and walks that both dumps use.  Runs in the command; called by
 * dump_public.c and dump_private.c.
 */
#include "lmdb_schema/dump.h"
#include "lmdb_schema/dump_impl.h"
#include "lmdb_schema/env.h"

#include <stdlib.h>

yz_status
yz_dump_begin(yz_dump *dump, FILE *file)
{
    dump->file = file;
    dump->buffer = malloc(YZ_DUMP_LINE_MAX);
    yz_out_init(&dump->out, dump->buffer, YZ_DUMP_LINE_MAX);
    return dump->buffer != NULL ? YZ_OK : YZ_NOMEM;
}

void
yz_dump_end(yz_dump *dump)
{
    free(dump->buffer);
    dump->buffer = NULL;
}

yz_status
yz_dump_line(yz_dump *dump)
{
    yz_span line;

    yz_out_char(&dump->out, '\n');
    line = yz_out_written(&dump->out);
    if (dump->out.full) {
        return YZ_FULL;
    }
    yz_out_init(&dump->out, dump->buffer, YZ_DUMP_LINE_MAX);
    return fwrite(line.p, 1, line.n, dump->file) == line.n ? YZ_OK : YZ_IO;
}

void
yz_dump_name(yz_dump *dump, const char *name)
{
    YZ_OUT_LIT(&dump->out, ",\"");
    yz_out_text(&dump->out, name);
    YZ_OUT_LIT(&dump->out, "\":");
}

void
yz_dump_text(yz_dump *dump, const char *name, yz_span text)
{
    yz_dump_name(dump, name);
    yz_out_json(&dump->out, text);
}

void
yz_dump_i64(yz_dump *dump, const char *name, int64_t value)
{
    yz_dump_name(dump, name);
    yz_out_i64(&dump->out, value);
}

void
yz_dump_hex(yz_dump *dump, const char *name, yz_span bytes)
{
    yz_dump_name(dump, name);
    yz_out_char(&dump->out, '"');
    yz_out_hex(&dump->out, bytes.p, bytes.n);
    yz_out_char(&dump->out, '"');
}

yz_status
yz_dump_each(MDB_txn *txn, MDB_dbi dbi,
             yz_status (*visit)(void *context, yz_span key, yz_span value),
             void *context)
{
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    yz_status status = yz_status_of_lmdb(mdb_cursor_open(txn, dbi, &cursor));

    while (status == YZ_OK) {
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);

        if (rc == MDB_NOTFOUND) {
            break;
        }
        status = rc != 0 ? yz_status_of_lmdb(rc)
                         : visit(context, (yz_span){key.mv_data, key.mv_size},
                                 (yz_span){value.mv_data, value.mv_size});
    }
    mdb_cursor_close(cursor);
    return status;
}
