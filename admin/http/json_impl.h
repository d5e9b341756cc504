/*
 * The tree that a body becomes, between json.c (reads) and json_check.c.
 */
#ifndef YZ_HTTP_JSON_IMPL_H
#define YZ_HTTP_JSON_IMPL_H

#include "admin/http/json.h"

typedef enum {
    YZ_JSON_IS_NULL,
    YZ_JSON_IS_BOOLEAN,
    YZ_JSON_IS_NUMBER,
    YZ_JSON_IS_TEXT,
    YZ_JSON_IS_OBJECT,
    YZ_JSON_IS_ARRAY,
} yz_json_type;

struct yz_json {
    yz_json_type type;
    bool boolean;
    double number;  /* infinite when it is no double */
    yz_span key;    /* of a member */
    yz_span text;   /* NUL-terminated */
    size_t count;   /* members or items */
    yz_json *first; /* of them */
    yz_json *last;
    yz_json *next; /* of its own list */
};

/*
 * Holds an object against the table.  YZ_OK; YZ_BAD_INPUT with the 400, which
 * names every fault, answered; YZ_NOMEM.
 */
yz_status yz_json_check(yz_exchange *x, const yz_json *root,
                        const yz_json_member *members);

#endif
