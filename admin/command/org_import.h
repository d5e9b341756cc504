/*
 * The organisation from a file of a union's: a row for each node, named by its
 * path from the root.
 */
#ifndef YZ_COMMAND_ORG_IMPORT_H
#define YZ_COMMAND_ORG_IMPORT_H

#include "admin/command/errand.h"

/* A row, and what is known of its node. */
typedef struct {
    uint64_t line;
    yz_span path;     /* names joined by '/' */
    yz_span name;     /* the last of them */
    yz_span parent;   /* path of the node above; n 0: a root */
    const char *kind; /* as the daemon names it */
    uint32_t region;  /* 0: none */
    unsigned depth;   /* names in the path */
} yz_org_row;

typedef struct {
    yz_org_row *rows;
    size_t count;
} yz_org_rows;

typedef void yz_org_fault(void *context, uint64_t line, const char *reason);

/*
 * Reads CSV with the columns path, kind and region (组织, 类型, 行政区划), rows in
 * the order of their depth.  fault: gets each thing that is wrong.
 *
 * text: UTF-8 without byte order mark; outlives the rows, as arena does.
 *
 * YZ_OK; YZ_BAD_INPUT after at least one fault; YZ_NOMEM.
 */
yz_status yz_org_rows_read(yz_span text, yz_arena *arena, yz_org_rows *rows,
                           yz_org_fault *fault, void *context);

/* `yizhan org import FILE`: checks all rows, then adds and changes nodes. */
int yz_org_import(yz_errand *errand, const char *path);

#endif
