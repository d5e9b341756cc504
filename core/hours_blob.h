/*
 * The bytes of compiled opening hours, shared by the one that writes them
 * (core/hours_compile_fold.c) and the one that reads them (core/hours.c).
 *
 * A profile is what one day opens: spans of minutes from that day's
 * midnight, which may reach into the next day.  A week gives each weekday a
 * profile, once for each class of day of core/calendar.h.  Seasons split
 * every year between weeks; dated ranges take days out of the seasons.
 *
 * Integers are little-endian.
 *
 *   offset      size  meaning
 *        0         1  'H'
 *        1         1  format, 1
 *        2         1  P, number of profiles, 1..32
 *        3         1  W, number of weeks, 1..12
 *        4         1  S, number of seasons, 1..48
 *        5         1  D, number of dated ranges, 0..24
 *        6         2  size of all, in bytes
 *        8       P+1  number of spans before profile i; the last: of all, N
 *               4 N  spans: first minute (2), 0..1439, and end (2), greater
 *                    and at most 2880; ascending within a profile, with gaps
 *                    between; at most 8 a profile, 96 in all
 *              21 W  weeks: profile of weekday w (0 Monday) and class c
 *                    (0 plain, 1 holiday, 2 make-up working day) at 3 w + c
 *               3 S  seasons, ascending: first day (2) as index of
 *                    yz_calendar_index(), the first one 0; week (1)
 *               7 D  dated ranges, ascending, disjoint: first day number
 *                    (4), number of days (2), at least 1; week (1)
 */
#ifndef YZ_CORE_HOURS_BLOB_H
#define YZ_CORE_HOURS_BLOB_H

#include <stddef.h>
#include <stdint.h>

#define YZ_HOURS_BLOB_MAX 1024

#define YZ_HOURS_FORMAT 1
#define YZ_HOURS_HEADER_SIZE 8
#define YZ_HOURS_SPAN_SIZE 4
#define YZ_HOURS_WEEK_SIZE 21
#define YZ_HOURS_SEASON_SIZE 3
#define YZ_HOURS_DATED_SIZE 7

#define YZ_HOURS_PROFILES_MAX 32
#define YZ_HOURS_DAY_SPANS_MAX 8
#define YZ_HOURS_SPANS_MAX 96
#define YZ_HOURS_WEEKS_MAX 12
#define YZ_HOURS_SEASONS_MAX 48
#define YZ_HOURS_DATED_MAX 24

_Static_assert(YZ_HOURS_HEADER_SIZE + YZ_HOURS_PROFILES_MAX + 1 +
                       YZ_HOURS_SPANS_MAX * YZ_HOURS_SPAN_SIZE +
                       YZ_HOURS_WEEKS_MAX * YZ_HOURS_WEEK_SIZE +
                       YZ_HOURS_SEASONS_MAX * YZ_HOURS_SEASON_SIZE +
                       YZ_HOURS_DATED_MAX * YZ_HOURS_DATED_SIZE <=
                   YZ_HOURS_BLOB_MAX,
               "the largest opening hours fit their buffer");

/* Where the parts of compiled opening hours lie. */
typedef struct {
    const uint8_t *before; /* number of spans before each profile */
    const uint8_t *spans;
    const uint8_t *weeks;
    const uint8_t *seasons;
    const uint8_t *dated;
    size_t profiles_n;
    size_t weeks_n;
    size_t seasons_n;
    size_t dated_n;
} yz_hours_view;

static inline uint32_t
yz_hours_u16(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
yz_hours_u32(const uint8_t *p)
{
    return yz_hours_u16(p) | yz_hours_u16(p + 2) << 16;
}

/*
 * Finds the parts; needs the header and the span counts to be readable and
 * nothing else, and so may point past bytes that nobody has checked yet.
 */
static inline yz_hours_view
yz_hours_view_of(const uint8_t *blob)
{
    yz_hours_view v;

    v.profiles_n = blob[2];
    v.weeks_n = blob[3];
    v.seasons_n = blob[4];
    v.dated_n = blob[5];
    v.before = blob + YZ_HOURS_HEADER_SIZE;
    v.spans = v.before + v.profiles_n + 1;
    v.weeks = v.spans + v.before[v.profiles_n] * (size_t)YZ_HOURS_SPAN_SIZE;
    v.seasons = v.weeks + v.weeks_n * YZ_HOURS_WEEK_SIZE;
    v.dated = v.seasons + v.seasons_n * YZ_HOURS_SEASON_SIZE;
    return v;
}

#endif
