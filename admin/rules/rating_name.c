/*
 * Names of ratings, and days as text.  Called by both sides of the rules of
 * ratings: the writer's and the staff's.
 */
#include "admin/rules/rating_name.h"

#include <stdio.h>

#include "core/civil_time.h"

#define HASH_SHOWN 8 /* bytes: enough among the ratings of one place and day */

void
yz_day_write(uint32_t day, char text[static YZ_DAY_TEXT_SIZE])
{
    yz_civil civil;

    yz_civil_from_day(day <= YZ_CIVIL_DAY_MAX ? (int64_t)day : YZ_CIVIL_DAY_MAX,
                      &civil);
    /* The masks tell the compiler what the calendar promises. */
    snprintf(text, YZ_DAY_TEXT_SIZE, "%04u-%02u-%02u",
             (unsigned)civil.year % 10000u, (unsigned)civil.month % 100u,
             (unsigned)civil.day % 100u);
}

yz_status
yz_day_read(yz_span text, uint32_t *day)
{
    static const char midnight[] = "T00:00:00+08:00";
    char whole[YZ_DAY_TEXT_SIZE - 1 + sizeof(midnight)];
    int64_t at_s;

    if (text.n != YZ_DAY_TEXT_SIZE - 1) {
        return YZ_BAD_INPUT;
    }
    memcpy(whole, text.p, text.n);
    memcpy(whole + text.n, midnight, sizeof(midnight));
    if (yz_rfc3339_parse(yz_span_of(whole), &at_s) != YZ_OK) {
        return YZ_BAD_INPUT;
    }
    *day = (uint32_t)yz_civil_day_of_unix(at_s);
    return YZ_OK;
}

void
yz_rating_location(yz_out *out, yz_span place_id, uint32_t day)
{
    char text[YZ_DAY_TEXT_SIZE];

    yz_day_write(day, text);
    YZ_OUT_LIT(out, "/v1/me/ratings/");
    yz_out_percent(out, place_id);
    yz_out_char(out, '/');
    yz_out_text(out, text);
}

yz_status
yz_rating_name(yz_vault *vault, const yz_rating_key *key,
               char name[static YZ_RATING_NAME_SIZE])
{
    uint8_t bytes[YZ_RATING_KEY_SIZE];
    uint8_t hash[YZ_RECEIPT_HASH_SIZE];
    yz_status status;
    yz_out out;

    yz_rating_key_write(key, bytes);
    status = yz_vault_hash(vault, "rating",
                           (yz_span){(char *)bytes, sizeof(bytes)}, hash);
    yz_day_write(key->day, name);
    yz_out_init(&out, name, YZ_RATING_NAME_SIZE);
    out.n = YZ_DAY_TEXT_SIZE - 1;
    yz_out_char(&out, '-');
    yz_out_hex(&out, hash, HASH_SHOWN);
    yz_out_char(&out, '\0');
    return status;
}
