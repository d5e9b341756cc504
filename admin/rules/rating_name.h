/*
 * What a rating is called in paths: by its writer its place and day, by staff
 * its day and a keyed hash that tells nothing of its writer.
 */
#ifndef YZ_RULES_RATING_NAME_H
#define YZ_RULES_RATING_NAME_H

#include "admin/vault/vault.h"
#include "core/out.h"
#include "lmdb_schema/rating_record.h"

#define YZ_DAY_TEXT_SIZE 11    /* "2026-11-27" with NUL */
#define YZ_RATING_NAME_SIZE 28 /* "2026-11-27-0123456789abcdef" with NUL */

/* day: of core/civil_time.h, 0..YZ_CIVIL_DAY_MAX. */
void yz_day_write(uint32_t day, char text[static YZ_DAY_TEXT_SIZE]);
/* YZ_OK or YZ_BAD_INPUT (no date from 1970 to 9999, or another form). */
yz_status yz_day_read(yz_span text, uint32_t *day);

/* The path by which its writer reads it: /v1/me/ratings/{place}/{day}. */
void yz_rating_location(yz_out *out, yz_span place_id, uint32_t day);

/* Its name for staff.  YZ_OK or YZ_NOMEM. */
yz_status yz_rating_name(yz_vault *vault, const yz_rating_key *key,
                         char name[static YZ_RATING_NAME_SIZE]);

#endif
