/*
 * Opening hours, compiled: whether a place is open at a moment and until
 * when that holds.  core/hours_compile.h makes the bytes, core/hours_blob.h
 * describes them.
 */
#ifndef YZ_CORE_HOURS_H
#define YZ_CORE_HOURS_H

#include "core/hours_blob.h"
#include "core/status.h"

#include <stdint.h>

/* How far ahead the next change is looked for. */
#define YZ_HOURS_HORIZON_DAYS 400

typedef struct {
    int open;        /* 1 open, 0 closed, -1 unknown */
    int64_t until_s; /* unix time when `open` next changes, INT64_MAX if not
                        within YZ_HOURS_HORIZON_DAYS */
} yz_hours_state;

/*
 * Tells whether bytes are opening hours that yz_hours_at() may read.
 *
 * blob: `size` bytes from anywhere.
 * Returns YZ_OK or YZ_CORRUPT.
 */
yz_status yz_hours_check(const uint8_t *blob, size_t size);

/*
 * The state at a moment, to the minute, in China's time.  It is unknown only
 * where a day's class (holiday, make-up working day) would decide and the
 * calendar does not know the year.
 *
 * The next change is exact for everything that yz_hours_compile() makes of
 * text that people write.  The work is bounded: where bytes made to be slow
 * would pass the bound, until_s is the moment that was reached, a whole
 * minute after now_s, and the state has not changed before it.
 *
 * blob, size: opening hours that passed yz_hours_check().
 * calendar, calendar_size: a table that passed yz_calendar_check(), or NULL
 * and 0 for none.
 * now_s: unix time; outside YZ_UNIX_MIN_S..YZ_UNIX_MAX_S the answer is
 * unknown, INT64_MAX.
 */
yz_hours_state yz_hours_at(const uint8_t *blob, size_t size,
                           const uint8_t *calendar, size_t calendar_size,
                           int64_t now_s);

#endif
