/*
 * The board's desk: moderators list posts, release, hide and delete them.
 */
#ifndef YZ_RULES_POST_DESK_H
#define YZ_RULES_POST_DESK_H

#include "admin/http/route.h"

extern const yz_route yz_post_desk_routes[];

#endif
