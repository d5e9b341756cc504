/*
 * Reading the head of a stored rating.  Used by verify and by the rules.
 */
#include "lmdb_schema/rating.h"

yz_status
yz_rating_decode(yz_span value, yz_rating *rating)
{
    if (value.n < sizeof(*rating)) {
        return YZ_CORRUPT;
    }
    memcpy(rating, value.p, sizeof(*rating));
    return rating->version == YZ_RATING_VERSION && rating->score >= 1 &&
                   rating->score <= 5 && rating->zero == 0 &&
                   (rating->flags & ~(YZ_RATING_TAKEN_BACK | YZ_RATING_LATE)) ==
                       0
               ? YZ_OK
               : YZ_CORRUPT;
}
