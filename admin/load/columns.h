/*
 * The loader's columns and the names that files have for them.
 */
#ifndef YZ_ADMIN_COLUMNS_H
#define YZ_ADMIN_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "core/status.h"

typedef enum {
    YZ_COLUMN_ID = 0,
    YZ_COLUMN_NAME,
    YZ_COLUMN_KIND,
    YZ_COLUMN_LEVEL,
    YZ_COLUMN_REGION,
    YZ_COLUMN_ADDRESS,
    YZ_COLUMN_LNG,
    YZ_COLUMN_LAT,
    YZ_COLUMN_CRS,
    YZ_COLUMN_HOURS,
    YZ_COLUMN_SERVICES,
    YZ_COLUMN_PHONE,
    YZ_COLUMN_STATUS,
    YZ_COLUMN_UNTIL,
    YZ_COLUMN_COUNT,
    YZ_COLUMN_UNKNOWN, /* a column that the loader does not know */
    YZ_COLUMN_PERSONAL /* names and numbers of people: never loaded */
} yz_column;

/* The bit of a column in a set of columns. */
#define YZ_COLUMN_BIT(column) (UINT32_C(1) << (column))

#define YZ_RENAMES_MAX 64

/* One `theirs=ours` of --map. */
typedef struct {
    yz_span theirs;
    yz_column ours;
    bool used; /* some header was called so */
} yz_rename;

typedef struct {
    yz_rename items[YZ_RENAMES_MAX];
    size_t count;
} yz_renames;

/* The loader's own name of a column and the Chinese one of the template;
   static storage; column < YZ_COLUMN_COUNT. */
const char *yz_column_name(yz_column column);
const char *yz_column_label(yz_column column);

/* `text` without blanks, line breaks and full-width blanks at its ends. */
yz_span yz_text_trim(yz_span text);

/*
 * Reads `theirs=ours,theirs=ours` and appends it to `renames`.
 *
 * text: borrowed by the renames.
 * bad: on YZ_BAD_INPUT the piece that is wrong.
 *
 * YZ_OK; YZ_BAD_INPUT for a piece without '=', an unknown column, a name
 * given twice, or more than YZ_RENAMES_MAX.
 */
yz_status yz_renames_add(yz_renames *renames, yz_span text, yz_span *bad);

/*
 * What the header `text` means: a rename first, then a known name in any
 * ASCII case, then YZ_COLUMN_PERSONAL or YZ_COLUMN_UNKNOWN.  Marks the rename
 * as used.
 */
yz_column yz_column_of(yz_renames *renames, yz_span text);

#endif
