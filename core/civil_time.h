/*
 * Civil time of China, which is UTC+8 all year, and RFC 3339.  Pure
 * arithmetic: no clock and no time zone database.  Days are counted from
 * 1970-01-01 (day 0) in China's own calendar days.
 */
#ifndef YZ_CORE_CIVIL_TIME_H
#define YZ_CORE_CIVIL_TIME_H

#include "core/span.h"
#include "core/status.h"

#include <stdint.h>

#define YZ_CIVIL_OFFSET_S (8 * 3600)
#define YZ_DAY_S 86400
#define YZ_DAY_MIN 1440

/* The moments that have a four-digit year from 1970 in China. */
#define YZ_UNIX_MIN_S ((int64_t)-28800)       /* 1970-01-01T00:00:00+08:00 */
#define YZ_UNIX_MAX_S ((int64_t)253402271999) /* 9999-12-31T23:59:59+08:00 */
#define YZ_CIVIL_DAY_MAX ((int64_t)2932896)   /* 9999-12-31 */

#define YZ_RFC3339_SIZE 26 /* of yz_rfc3339_write(), with its NUL */

typedef struct {
    int32_t year;    /* 1970..9999 */
    int32_t month;   /* 1..12 */
    int32_t day;     /* 1..31 */
    int32_t hour;    /* 0..23 */
    int32_t minute;  /* 0..59 */
    int32_t second;  /* 0..59 */
    int32_t weekday; /* 0 is Monday, 6 is Sunday */
} yz_civil;

/* Whether `year` of the Gregorian calendar has a 29th of February. */
bool yz_civil_leap(int32_t year);

/* How many days month `month` (1..12) of `year` has; 0 for another month. */
int32_t yz_civil_month_days(int32_t year, int32_t month);

/*
 * The day number of a date.
 *
 * year: 1969..10000, month: 1..12, day: 1..31, all of them unchecked.
 */
int64_t yz_civil_day(int32_t year, int32_t month, int32_t day);

/*
 * The date of a day number; the time of day becomes midnight.
 *
 * day: -365..YZ_CIVIL_DAY_MAX + 366.  out: filled whole.
 */
void yz_civil_from_day(int64_t day, yz_civil *out);

/* The weekday of a day number, 0 is Monday; any day from -365 on. */
int32_t yz_civil_weekday(int64_t day);

/* The day number in China at a moment; unix_s: any. */
int64_t yz_civil_day_of_unix(int64_t unix_s);

/* The first second of day `day` in China; day: within +-10^13. */
int64_t yz_civil_day_start_s(int64_t day);

/*
 * Date and time of day in China at a moment.
 *
 * unix_s: seconds since the epoch, YZ_UNIX_MIN_S..YZ_UNIX_MAX_S; what lies
 * outside is taken as the nearer end.  out: filled whole.
 */
void yz_civil_from_unix(int64_t unix_s, yz_civil *out);

/*
 * The moment of a date and time of day in China; `weekday` is not read.
 *
 * civil: a date that exists, in the ranges of yz_civil, all of it unchecked.
 */
int64_t yz_civil_to_unix(const yz_civil *civil);

/*
 * Reads a date-time of RFC 3339 section 5.6 with any offset.  Fractions of a
 * second are cut off.  A leap second is accepted where one can be, at
 * 23:59:60 UTC of a month's last day, and reads as the second after it, as
 * in POSIX.
 *
 * text: all of it must be the date-time, nothing round it.
 * unix_s: set when the answer is YZ_OK.
 * Returns YZ_OK; YZ_BAD_INPUT when the text breaks the grammar or names a
 * date or time that does not exist; YZ_FULL for a moment outside
 * YZ_UNIX_MIN_S..YZ_UNIX_MAX_S.
 */
yz_status yz_rfc3339_parse(yz_span text, int64_t *unix_s);

/*
 * Writes a moment as RFC 3339 in China's time, `2026-11-21T22:00:00+08:00`.
 *
 * unix_s: YZ_UNIX_MIN_S..YZ_UNIX_MAX_S.  out: gets 25 characters and a NUL.
 * Returns 25; or 0 with an empty `out` for a moment outside the range.
 */
size_t yz_rfc3339_write(int64_t unix_s, char out[static YZ_RFC3339_SIZE]);

#endif
