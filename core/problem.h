/*
 * Errors of the HTTP interface: stable codes, and their rendering as
 * application/problem+json (RFC 9457).  Details are Chinese, for workers and
 * clerks; codes are for programs and never change their meaning.
 */
#ifndef YZ_CORE_PROBLEM_H
#define YZ_CORE_PROBLEM_H

#include <stddef.h>

#include "core/out.h"
#include "core/query.h"

typedef enum {
    YZ_PROBLEM_PARAMETER_INVALID = 0, /* 400, with `errors` */
    YZ_PROBLEM_PATH_INVALID,          /* 400, a path that names nothing */
    YZ_PROBLEM_PATH_UNKNOWN,          /* 404, no such resource */
    YZ_PROBLEM_CODE_UNKNOWN,          /* 404, unknown or malformed code */
    YZ_PROBLEM_PLACE_UNKNOWN,         /* 404 */
    YZ_PROBLEM_REGION_UNKNOWN,        /* 404 */
    YZ_PROBLEM_METHOD_NOT_ALLOWED,    /* 405 */
    YZ_PROBLEM_NOT_ACCEPTABLE,        /* 406 */
    YZ_PROBLEM_CODE_REVOKED,          /* 410 */
    YZ_PROBLEM_PLACE_GONE,            /* 410, delisted or closed for good */
    YZ_PROBLEM_URI_TOO_LONG,          /* 414 */
    YZ_PROBLEM_RECORD_DAMAGED,        /* 500, one stored record is corrupt */
    YZ_PROBLEM_INTERNAL,              /* 500, anything else of our own */
    YZ_PROBLEM_DATA_UNAVAILABLE,      /* 503, no data is loaded */
    /* of the writing side */
    YZ_PROBLEM_BODY_MALFORMED,       /* 400, no JSON, or too deep */
    YZ_PROBLEM_BODY_INVALID,         /* 400, with `errors` */
    YZ_PROBLEM_KEY_MISSING,          /* 400, no Idempotency-Key */
    YZ_PROBLEM_UNAUTHENTICATED,      /* 401 */
    YZ_PROBLEM_FORBIDDEN,            /* 403, known but may not */
    YZ_PROBLEM_SCAN_TOKEN_INVALID,   /* 403, forged or of another place */
    YZ_PROBLEM_SCAN_TOKEN_EXPIRED,   /* 403, good once */
    YZ_PROBLEM_TICKET_UNKNOWN,       /* 404, also an unknown receipt */
    YZ_PROBLEM_POST_UNKNOWN,         /* 404 */
    YZ_PROBLEM_RECORD_UNKNOWN,       /* 404, of the organisation, a batch ... */
    YZ_PROBLEM_RATED_ALREADY,        /* 409, with Location */
    YZ_PROBLEM_REQUEST_RUNNING,      /* 409, the same key is being answered */
    YZ_PROBLEM_STATE_CONFLICT,       /* 409, not in this state */
    YZ_PROBLEM_POST_GONE,            /* 410, resolved or expired */
    YZ_PROBLEM_BODY_TOO_LARGE,       /* 413 */
    YZ_PROBLEM_MEDIA_UNSUPPORTED,    /* 415 */
    YZ_PROBLEM_KEY_REUSED,           /* 422, same key, another body */
    YZ_PROBLEM_UNPROCESSABLE,        /* 422, understood and impossible */
    YZ_PROBLEM_TOO_MANY,             /* 429 */
    YZ_PROBLEM_WRITES_UNAVAILABLE,   /* 503, queue full or daemon away */
    YZ_PROBLEM_UPSTREAM_UNAVAILABLE, /* 503, login or relay does not answer */
    YZ_PROBLEM_DISK_FULL,            /* 507 */
    YZ_PROBLEM_COUNT
} yz_problem_code;

/* One member of `errors`; exactly one of parameter and pointer is given. */
typedef struct {
    const char *parameter; /* name of a query parameter, or NULL */
    const char *pointer;   /* JSON pointer into a body, or NULL */
    const char *code;      /* stable, e.g. "parameter-range" */
    const char *detail;    /* Chinese; NULL leaves it away */
} yz_problem_error;

typedef struct {
    yz_problem_code code;
    const char *detail; /* Chinese; NULL takes the code's own */
    const yz_problem_error *errors;
    size_t error_count; /* 0 leaves `errors` away */
} yz_problem;

/*
 * The stable text of a code ("code-unknown"), its HTTP status, its Chinese
 * title and default detail.  A value outside of the enum reads as
 * YZ_PROBLEM_INTERNAL.  Static storage.
 */
const char *yz_problem_code_text(yz_problem_code code);
unsigned yz_problem_status(yz_problem_code code);
const char *yz_problem_title(yz_problem_code code);
const char *yz_problem_detail(yz_problem_code code);

/* The stable text of a fault, e.g. "parameter-range"; static storage. */
const char *yz_param_fault_text(yz_param_fault fault);

/*
 * Writes the whole problem object: type, title, status, code, detail, errors.
 * All texts must be UTF-8.  YZ_OK, or YZ_FULL if `out` was or became full.
 */
yz_status yz_problem_write(yz_out *out, const yz_problem *problem);

/*
 * Like yz_problem_write() without the closing brace, so that the caller can
 * add members (",\"nearest\":[...]") and "}" itself.
 */
yz_status yz_problem_begin(yz_out *out, const yz_problem *problem);

/*
 * Writes the 400 problem of parameters, with a member of `errors` for each.
 *
 * code: YZ_PROBLEM_PARAMETER_INVALID for a query that one of yz_query_*()
 *     refused, YZ_PROBLEM_PATH_INVALID for parameters in a path.
 *
 * YZ_OK or YZ_FULL; YZ_QUERY_PROBLEM_SIZE bytes always suffice.
 */
#define YZ_QUERY_PROBLEM_SIZE (1024 + 512 * YZ_QUERY_FAULTS_MAX)
yz_status yz_problem_write_query(yz_out *out, yz_problem_code code,
                                 const yz_query_error *error);

#endif
