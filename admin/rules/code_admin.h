/*
 * Administration of codes: what is printed for a place, issued anew, and
 * what was printed before.
 */
#ifndef YZ_RULES_CODE_ADMIN_H
#define YZ_RULES_CODE_ADMIN_H

#include "admin/http/route.h"

extern const yz_route yz_code_admin_routes[];

#endif
