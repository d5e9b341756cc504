/*
 * Civil time of China and RFC 3339.  Runs everywhere; others call
 * yz_civil_from_unix(), yz_rfc3339_parse() and yz_rfc3339_write().
 *
 * Day numbers count with years that begin in March, so that the leap day is
 * a year's last: then a month's first day is a linear formula, and 400 years
 * are 146,097 days.
 */
#include "core/civil_time.h"

#define ERA_YEARS 400
#define ERA_DAYS 146097
#define EPOCH_OFFSET_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

bool
yz_civil_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t
yz_civil_month_days(int32_t year, int32_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};

    if (month < 1 || month > 12) {
        return 0;
    }
    return days[month - 1] + (month == 2 && yz_civil_leap(year) ? 1 : 0);
}

int64_t
yz_civil_day(int32_t year, int32_t month, int32_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t from_march = month > 2 ? month - 3 : month + 9;
    int64_t era = y / ERA_YEARS;
    int64_t of_era = y - era * ERA_YEARS;
    int64_t of_year = (153 * from_march + 2) / 5 + day - 1;

    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           EPOCH_OFFSET_DAYS;
}

void
yz_civil_from_day(int64_t day, yz_civil *out)
{
    int64_t z = day + EPOCH_OFFSET_DAYS;
    int64_t era = z / ERA_DAYS;
    int64_t d = z - era * ERA_DAYS;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t of_year = d - (365 * y + y / 4 - y / 100);
    int64_t from_march = (5 * of_year + 2) / 153;

    *out = (yz_civil){0};
    out->day = (int32_t)(of_year - (153 * from_march + 2) / 5 + 1);
    out->month = (int32_t)(from_march < 10 ? from_march + 3 : from_march - 9);
    out->year = (int32_t)(y + era * ERA_YEARS + (out->month <= 2 ? 1 : 0));
    out->weekday = yz_civil_weekday(day);
}

int32_t
yz_civil_weekday(int64_t day)
{
    /* Day 0 was a Thursday; 371 is a multiple of 7 above 365. */
    return (int32_t)((day + 371 + 3) % 7);
}

int64_t
yz_civil_day_of_unix(int64_t unix_s)
{
    int64_t day = unix_s / YZ_DAY_S;
    int64_t rest_s = unix_s % YZ_DAY_S;

    /* C rounds towards zero, days are counted downwards. */
    if (rest_s < 0) {
        rest_s += YZ_DAY_S;
        day--;
    }
    return day + (rest_s + YZ_CIVIL_OFFSET_S >= YZ_DAY_S ? 1 : 0);
}

int64_t
yz_civil_day_start_s(int64_t day)
{
    return day * YZ_DAY_S - YZ_CIVIL_OFFSET_S;
}

void
yz_civil_from_unix(int64_t unix_s, yz_civil *out)
{
    int64_t day;
    int32_t rest_s;

    if (unix_s < YZ_UNIX_MIN_S) {
        unix_s = YZ_UNIX_MIN_S;
    } else if (unix_s > YZ_UNIX_MAX_S) {
        unix_s = YZ_UNIX_MAX_S;
    }
    day = yz_civil_day_of_unix(unix_s);
    rest_s = (int32_t)(unix_s - yz_civil_day_start_s(day));
    yz_civil_from_day(day, out);
    out->hour = rest_s / 3600;
    out->minute = rest_s / 60 % 60;
    out->second = rest_s % 60;
}

int64_t
yz_civil_to_unix(const yz_civil *civil)
{
    return yz_civil_day_start_s(
               yz_civil_day(civil->year, civil->month, civil->day)) +
           civil->hour * 3600 + civil->minute * 60 + civil->second;
}

/* Reads exactly `digits` digits at *at and moves past them; -1 if not so. */
static int32_t
digits_read(yz_span text, size_t *at, size_t digits)
{
    int32_t value = 0;

    if (text.n - *at < digits) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        char c = text.p[*at + i];

        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    *at += digits;
    return value;
}

/* Moves past one of the two characters; false if neither is there. */
static bool
char_read(yz_span text, size_t *at, char a, char b)
{
    if (*at >= text.n || (text.p[*at] != a && text.p[*at] != b)) {
        return false;
    }
    ++*at;
    return true;
}

static bool
full_date_read(yz_span text, size_t *at, yz_civil *c)
{
    c->year = digits_read(text, at, 4);
    if (!char_read(text, at, '-', '-')) {
        return false;
    }
    c->month = digits_read(text, at, 2);
    if (!char_read(text, at, '-', '-')) {
        return false;
    }
    c->day = digits_read(text, at, 2);
    return c->year >= 0 && c->month >= 1 && c->day >= 1 &&
           c->day <= yz_civil_month_days(c->year, c->month);
}

static bool
partial_time_read(yz_span text, size_t *at, yz_civil *c)
{
    c->hour = digits_read(text, at, 2);
    if (!char_read(text, at, ':', ':')) {
        return false;
    }
    c->minute = digits_read(text, at, 2);
    if (!char_read(text, at, ':', ':')) {
        return false;
    }
    c->second = digits_read(text, at, 2);
    if (c->hour < 0 || c->hour > 23 || c->minute < 0 || c->minute > 59 ||
        c->second < 0 || c->second > 60) {
        return false;
    }
    if (char_read(text, at, '.', '.')) {
        if (digits_read(text, at, 1) < 0) {
            return false;
        }
        while (digits_read(text, at, 1) >= 0) {
        }
    }
    return true;
}

static bool
offset_read(yz_span text, size_t *at, int32_t *offset_s)
{
    int32_t sign;
    int32_t hour;
    int32_t minute;

    *offset_s = 0;
    if (char_read(text, at, 'Z', 'z')) {
        return true;
    }
    sign = *at < text.n && text.p[*at] == '-' ? -1 : 1;
    if (!char_read(text, at, '+', '-')) {
        return false;
    }
    hour = digits_read(text, at, 2);
    if (!char_read(text, at, ':', ':')) {
        return false;
    }
    minute = digits_read(text, at, 2);
    *offset_s = sign * (hour * 3600 + minute * 60);
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59;
}

/* Whether a second 60 that reads as `unix_s` can have been inserted. */
static bool
leap_second_possible(int64_t unix_s)
{
    yz_civil next;

    if (unix_s < 0 || unix_s % YZ_DAY_S != 0) {
        return false;
    }
    yz_civil_from_day(unix_s / YZ_DAY_S, &next);
    return next.day == 1;
}

yz_status
yz_rfc3339_parse(yz_span text, int64_t *unix_s)
{
    yz_civil c = {0};
    size_t at = 0;
    int32_t offset_s;
    int64_t moment_s;

    if (!full_date_read(text, &at, &c) || !char_read(text, &at, 'T', 't') ||
        !partial_time_read(text, &at, &c) ||
        !offset_read(text, &at, &offset_s) || at != text.n) {
        return YZ_BAD_INPUT;
    }
    moment_s = yz_civil_to_unix(&c) + YZ_CIVIL_OFFSET_S - offset_s;
    if (moment_s < YZ_UNIX_MIN_S || moment_s > YZ_UNIX_MAX_S) {
        return YZ_FULL;
    }
    if (c.second == 60 && !leap_second_possible(moment_s)) {
        return YZ_BAD_INPUT;
    }
    *unix_s = moment_s;
    return YZ_OK;
}

/* Writes `digits` decimal digits of `value` and moves the pointer. */
static void
digits_write(char **out, int32_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        (*out)[i] = (char)('0' + value % 10);
        value /= 10;
    }
    *out += digits;
}

size_t
yz_rfc3339_write(int64_t unix_s, char out[static YZ_RFC3339_SIZE])
{
    yz_civil c;
    char *p = out;

    out[0] = '\0';
    if (unix_s < YZ_UNIX_MIN_S || unix_s > YZ_UNIX_MAX_S) {
        return 0;
    }
    yz_civil_from_unix(unix_s, &c);
    digits_write(&p, c.year, 4);
    *p++ = '-';
    digits_write(&p, c.month, 2);
    *p++ = '-';
    digits_write(&p, c.day, 2);
    *p++ = 'T';
    digits_write(&p, c.hour, 2);
    *p++ = ':';
    digits_write(&p, c.minute, 2);
    *p++ = ':';
    digits_write(&p, c.second, 2);
    memcpy(p, "+08:00", 7);
    return YZ_RFC3339_SIZE - 1;
}
