/*
 * The sealed texts of a rating, and its members in JSON.
 */
#ifndef YZ_RULES_RATING_TEXT_H
#define YZ_RULES_RATING_TEXT_H

#include "admin/identity/desk.h"
#include "lmdb_schema/rating_record.h"

typedef enum { YZ_RATING_COMMENT, YZ_RATING_REASON } yz_rating_text;

/*
 * Seals a text for the writer of the rating; an empty one stays empty.
 * sealed: in the arena.  Statuses of yz_person_seal().
 */
yz_status yz_rating_seal(yz_desk *desk, yz_exchange *x,
                         const yz_rating_key *key, yz_rating_text which,
                         yz_span plain, yz_span *sealed);

/*
 * Writes `"comment":...` or `"reason":...`: the text, or null when there is none, or none any
 * more.  YZ_OK; YZ_CORRUPT; YZ_NOMEM or a failure of the store.
 */
yz_status yz_rating_text_render(yz_desk *desk, yz_exchange *x,
                                const yz_rating_key *key, yz_rating_text which,
                                yz_span sealed, yz_out *out);

/* Writes `"day":...,"at":...,"score":...,"late":...,"hidden":...`. */
void yz_rating_render(const yz_rating_key *key, const yz_rating *rating,
                      yz_out *out);

/* For /v1/me: as yz_me_show (me.h). */
yz_status yz_rating_show(yz_desk *desk, yz_exchange *x, yz_span key,
                         yz_span value, yz_span *json);

/* Writes a time as RFC 3339 in China's time with its quotes; null for 0. */
void yz_time_render(int64_t at_s, yz_out *out);

#endif
