/*
 * The audit: what was written, by whom and in which role.
 */
#ifndef YZ_RULES_AUDIT_H
#define YZ_RULES_AUDIT_H

#include "admin/http/route.h"

extern const yz_route yz_audit_routes[];

#endif
