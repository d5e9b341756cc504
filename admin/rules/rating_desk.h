/*
 * The staff's side of ratings: read them with their comments, hide one.
 */
#ifndef YZ_RULES_RATING_DESK_H
#define YZ_RULES_RATING_DESK_H

#include "admin/identity/desk.h"

#define YZ_RATING_REASON_MAX 200 /* characters */

/* Names of the query parameters of the list, for its route. */
extern const char *const yz_rating_list_parameters[];

/* Steps of GET /v1/admin/places/{id}/ratings and DELETE .../{rating}. */
yz_status yz_rating_list_apply(yz_desk *desk, yz_exchange *x);
yz_status yz_rating_hide_apply(yz_desk *desk, yz_exchange *x);

#endif
