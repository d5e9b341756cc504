/*
 * What only the operator does about identity: sessions for scripts, rotation
 * of the keys that seal what people wrote.
 */
#ifndef YZ_RULES_TOKENS_H
#define YZ_RULES_TOKENS_H

#include "admin/http/route.h"

extern const yz_route yz_token_routes[];

#endif
