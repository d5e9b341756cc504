/*
 * Reaching the writer of a post: POST /v1/posts/{id}/contact, and where a
 * relay number leads, for the city's exchange.
 */
#ifndef YZ_RULES_POST_CONTACT_H
#define YZ_RULES_POST_CONTACT_H

#include "admin/http/route.h"

extern const yz_route yz_contact_routes[];

#endif
