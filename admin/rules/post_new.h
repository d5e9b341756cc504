/*
 * The board's writing side for workers: POST /v1/posts, .../resolve.
 */
#ifndef YZ_RULES_POST_NEW_H
#define YZ_RULES_POST_NEW_H

#include "admin/http/route.h"

#define YZ_POST_LIFE_DAYS 14  /* of needs and offers */
#define YZ_POSTS_AT_A_TIME 10 /* of one worker, waiting or on the board */

extern const yz_route yz_post_routes[];

#endif
