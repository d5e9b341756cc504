/*
 * What is wrong with a file: each fault with line, column, value and
 * reason, in English for the terminal and in Chinese for the report.
 */
#ifndef YZ_ADMIN_FAULTS_H
#define YZ_ADMIN_FAULTS_H

#include <stdint.h>

#include "admin/memory/arena.h"
#include "admin/load/columns.h"
#include "core/out.h"

typedef enum {
    /* Errors: the load is refused. */
    YZ_FAULT_FIELDS = 0, /* number: fields, other: of the header */
    YZ_FAULT_QUOTE_OPEN,
    YZ_FAULT_AFTER_QUOTE,
    YZ_FAULT_MANY_FIELDS,
    YZ_FAULT_TOO_LONG, /* number: bytes, other: most */
    YZ_FAULT_NOT_CLEAN,
    YZ_FAULT_NO_ID_NO_NAME,
    YZ_FAULT_ID_TWICE, /* number: the other line */
    YZ_FAULT_ID_SIGN,
    YZ_FAULT_MEMBER_TWICE,
    YZ_FAULT_NO_TEXT,
    YZ_FAULT_NO_POINT,
    YZ_FAULT_NO_NUMBER,
    YZ_FAULT_RANGE, /* number: most degrees */
    YZ_FAULT_SWAPPED,
    YZ_FAULT_ZERO,
    YZ_FAULT_HALF,
    YZ_FAULT_CRS_MISSING,
    YZ_FAULT_CRS_UNKNOWN,
    YZ_FAULT_REGION_UNKNOWN,
    YZ_FAULT_REGION_AMBIGUOUS,
    YZ_FAULT_LEVEL,
    YZ_FAULT_STATUS,
    YZ_FAULT_UNTIL,
    YZ_FAULT_KIND_COMMA,
    YZ_FAULT_KINDS_MANY,    /* number: most */
    YZ_FAULT_SERVICES_MANY, /* number: most */
    YZ_FAULT_PHONE,
    YZ_FAULT_MOVED,       /* number: metres; value: the new name */
    YZ_FAULT_MATCH_MANY,  /* number: places */
    YZ_FAULT_MATCH_TWICE, /* number: the other line */
    YZ_FAULT_MATCH_TWIN,  /* number: the other line */
    /* Warnings: the row is loaded. */
    YZ_WARNING_NAME_EMPTY,
    YZ_WARNING_MARKS,
    YZ_WARNING_REGION_UNKNOWN,
    YZ_WARNING_MOBILE,
    YZ_WARNING_MOBILE_TEXT,
    YZ_WARNING_HOURS,
    YZ_WARNING_FAR, /* number: kilometres */
    YZ_WARNING_SWAPPED,
    YZ_FAULT_CODE_COUNT
} yz_fault_code;

typedef struct {
    yz_fault_code code;
    yz_column column; /* YZ_COLUMN_UNKNOWN: the row as a whole */
    uint64_t line;    /* where the row begins */
    uint32_t row;     /* number of the row in the file, 0-based */
    uint64_t number;  /* as the code says */
    uint64_t other;
    yz_span value; /* as in the file, cut to what shows; may be empty */
} yz_fault;

typedef struct {
    yz_fault *items;
    size_t count;
    size_t cap;
    size_t errors; /* of the count */
    size_t by_code[YZ_FAULT_CODE_COUNT];
    bool failed; /* no memory for some of them */
} yz_faults;

bool yz_fault_is_warning(yz_fault_code code);

/*
 * Appends a copy of `fault`; its value is cut at a character's end.  The
 * value must live as long as the list.
 */
void yz_faults_add(yz_faults *faults, const yz_fault *fault);

/* Orders the list by row, then column, then kind of fault. */
void yz_faults_sort(yz_faults *faults);

/* Appends the reason alone, without value and line, in English or Chinese. */
void yz_fault_reason(yz_out *out, const yz_fault *fault, bool chinese);

/* Appends "line 7, column lng: "abc" is no decimal number". */
void yz_fault_line(yz_out *out, const yz_fault *fault);

void yz_faults_free(yz_faults *faults);

#endif
