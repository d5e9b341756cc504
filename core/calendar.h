/*
 * The table of Chinese public holidays and make-up working days (调休): from
 * a yearly file to bytes for the map, and one day's class from those bytes.
 *
 * Bytes of the table, integers little-endian:
 *
 *   offset  size  meaning
 *        0     4  "YZC1"
 *        4     2  first year, 1970..9999
 *        6     1  number of years n, 1..64; first year + n - 1 <= 9999
 *        7     1  0
 *        8  96 n  one record a year, in order:
 *                   0  92  two bits a day, lowest bits first: yz_day_class
 *                          of day 0 (1 January) to day 365; February has
 *                          always 29 days here; the last four bits are 0
 *                  92   1  1 when the year's notice is in the table, else 0
 *                  93   3  0
 */
#ifndef YZ_CORE_CALENDAR_H
#define YZ_CORE_CALENDAR_H

#include "core/span.h"
#include "core/status.h"

#include <stdint.h>

#define YZ_CALENDAR_YEARS_MAX 64
#define YZ_CALENDAR_HEADER_SIZE 8
#define YZ_CALENDAR_YEAR_SIZE 96
#define YZ_CALENDAR_BLOB_MAX                                                   \
    (YZ_CALENDAR_HEADER_SIZE + YZ_CALENDAR_YEARS_MAX * YZ_CALENDAR_YEAR_SIZE)

typedef enum {
    YZ_DAY_PLAIN = 0,  /* what its weekday says */
    YZ_DAY_OFF = 1,    /* a day of a public holiday */
    YZ_DAY_WORK = 2,   /* a weekend day that is worked */
    YZ_DAY_UNKNOWN = 3 /* its year is not in the table */
} yz_day_class;

/*
 * Compiles the text of a holiday file: lines `YYYY-MM-DD,off|work,name`, a
 * header line `date,type,name` first or none, comments from `#`, blank
 * lines, LF or CRLF, with or without BOM.  The name is for people and may be
 * missing.  A year counts as known when its 1 January is listed as `off`:
 * a notice may also name days of the year before, and those alone must not
 * make that year look complete.
 *
 * csv: the whole file.  blob: receives the table; cap: its room in bytes,
 * YZ_CALENDAR_BLOB_MAX always suffices.  size: bytes written.
 * bad_line: set with YZ_BAD_INPUT to the first bad line, from 1, or to 0
 * when no single line is at fault (no rows, more than 64 years).
 * Returns YZ_OK; YZ_BAD_INPUT for a malformed line, a date that does not
 * exist, an unknown type or a date listed twice; YZ_FULL when cap is too
 * small.  blob and size mean something after YZ_OK only.
 */
yz_status yz_calendar_compile(yz_span csv, uint8_t *blob, size_t cap,
                              size_t *size, size_t *bad_line);

/*
 * Tells whether bytes are a table that yz_calendar_day() may read.
 *
 * blob: `size` bytes from anywhere.
 * Returns YZ_OK or YZ_CORRUPT.
 */
yz_status yz_calendar_check(const uint8_t *blob, size_t size);

/*
 * The class of a day.
 *
 * blob: a table that passed yz_calendar_check(), or NULL (size 0) for none.
 * day: day number of core/civil_time.h, -365..YZ_CIVIL_DAY_MAX.
 */
yz_day_class yz_calendar_day(const uint8_t *blob, size_t size, int64_t day);

/*
 * The class of a day that is given as year and index, for callers that step
 * through days.
 *
 * blob: as above.  index: 0 (1 January) to 365 (31 December); February has
 * always 29 days, so 1 March is 60.
 */
yz_day_class yz_calendar_year_day(const uint8_t *blob, size_t size,
                                  int32_t year, int32_t index);

/* The index of yz_calendar_year_day(); month: 1..12, day: 1..31. */
int32_t yz_calendar_index(int32_t month, int32_t day);

#endif
