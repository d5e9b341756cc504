/*
 * Ratings: a score of a place, by a worker or a phone whose page of it is
 * fresh; one a day.  A comment is for the station's staff alone.
 */
#ifndef YZ_RULES_RATING_H
#define YZ_RULES_RATING_H

#include "admin/http/route.h"

/* POST /v1/places/{id}/ratings, GET /v1/me/ratings/{place}/{day}, and what
   staff read and hide below /v1/admin/places/{id}/ratings. */
extern const yz_route yz_rating_routes[];

#endif
