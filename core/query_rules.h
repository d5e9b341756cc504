/*
 * The parameters of query strings: which endpoint takes which, how a value is
 * read, and the Chinese sentence that says what is allowed.
 */
#ifndef YZ_CORE_QUERY_RULES_H
#define YZ_CORE_QUERY_RULES_H

#include "core/query.h"

/* Endpoints, as bits. */
#define YZ_QUERY_NEARBY 1u
#define YZ_QUERY_PLACES 2u
#define YZ_QUERY_PLACE 4u
#define YZ_QUERY_REGION 8u
#define YZ_QUERY_POSTS 16u
#define YZ_QUERY_POST 32u

typedef enum {
    YZ_QUERY_PARAM_LNG,
    YZ_QUERY_PARAM_LAT,
    YZ_QUERY_PARAM_PLACE,
    YZ_QUERY_PARAM_CRS,
    YZ_QUERY_PARAM_OUT_CRS,
    YZ_QUERY_PARAM_LIMIT,
    YZ_QUERY_PARAM_RADIUS,
    YZ_QUERY_PARAM_KIND,
    YZ_QUERY_PARAM_SERVICES,
    YZ_QUERY_PARAM_LEVEL,
    YZ_QUERY_PARAM_REGION,
    YZ_QUERY_PARAM_OPEN,
    YZ_QUERY_PARAM_BBOX,
    YZ_QUERY_PARAM_CURSOR,
    YZ_QUERY_PARAM_TOPIC,
    YZ_QUERY_PARAM_ITEM,
    YZ_QUERY_PARAM_SORT,
    YZ_QUERY_PARAM_COUNT
} yz_query_param;

/*
 * Reads the decoded, non-empty value of one parameter into `q`.  YZ_OK;
 * YZ_BAD_INPUT if it is malformed; YZ_FULL if it is well-formed but out of
 * its range.
 */
typedef yz_status (*yz_query_value_parser)(yz_span value, yz_query *q);

typedef struct {
    const char *name;
    unsigned endpoints;
    bool plus_is_space; /* free text; in times '+' is a sign */
    yz_query_value_parser parse;
    const char *detail; /* Chinese: what is allowed */
} yz_query_rule;

/* By yz_query_param. */
extern const yz_query_rule yz_query_rules[YZ_QUERY_PARAM_COUNT];

#endif
