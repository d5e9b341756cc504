/*
 * Query strings: under /v1 nothing is guessed, so a parameter that a route
 * does not take, one given twice or one that cannot be decoded gets 400.
 */
#ifndef YZ_HTTP_PARAMETERS_H
#define YZ_HTTP_PARAMETERS_H

#include "admin/http/exchange.h"

/*
 * Holds x->query against the names that a route takes (ended by NULL; NULL
 * itself: none).  YZ_OK; YZ_BAD_INPUT with the 400 answered; YZ_NOMEM.
 */
yz_status yz_parameters_check(yz_exchange *x, const char *const *names);

#endif
