/*
 * Opening states of interned hours, kept between lookups.  Runs in nginx
 * workers and the command; others call yz_reader_hours() and
 * yz_reader_filter_open().
 *
 * An id keeps its meaning within a generation, and a state comes with the
 * moment until which it holds, so what is known outlives snapshots: only
 * another calendar makes it void.
 */
#include "core/civil_time.h"
#include "lmdb_schema/env.h"
#include "lmdb_schema/reader_impl.h"
#include <stdlib.h>

#define IDS (YZ_HOURS_IDS_MAX + 1)
#define UNKNOWN_FOR_S 60 /* the record may be mended meanwhile */
#define ASK 2            /* in the table of a filter: nobody has looked yet */

static const yz_hours_state unknown = {-1, INT64_MAX};

yz_status
yz_reader_hours_init(reader_hours *hours)
{
    /* Most of it is never touched, and so never takes memory. */
    hours->entries = calloc(IDS, sizeof(*hours->entries));
    hours->open = calloc(IDS, 1);
    hours->epoch = 1;
    return hours->entries == NULL || hours->open == NULL ? YZ_NOMEM : YZ_OK;
}

void
yz_reader_hours_free(reader_hours *hours)
{
    free(hours->entries);
    free(hours->open);
}

void
yz_reader_hours_calendar(reader_hours *hours, yz_span calendar)
{
    const uint8_t *bytes = (const uint8_t *)calendar.p;

    /* Without a calendar, what hangs on it is unknown: better than wrong. */
    if (calendar.n > sizeof(hours->calendar) ||
        (calendar.n > 0 && yz_calendar_check(bytes, calendar.n) != YZ_OK)) {
        calendar = (yz_span){NULL, 0};
    }
    if (yz_span_equal(calendar, (yz_span){(const char *)hours->calendar,
                                          hours->calendar_size})) {
        return;
    }
    if (calendar.n > 0) {
        memcpy(hours->calendar, calendar.p, calendar.n);
    }
    hours->calendar_size = calendar.n;
    hours->epoch = hours->epoch == UINT32_MAX ? 1 : hours->epoch + 1;
}

/* Works the state out from the record of the map. */
static yz_hours_state
look_up(const yz_reader *reader, uint32_t id, int64_t now_s)
{
    const reader_hours *hours = &reader->hours;
    MDB_val value;
    uint16_t size;

    if (yz_reader_get(reader, READER_HOURS, &id, sizeof(id), &value) != YZ_OK ||
        value.mv_size < sizeof(size)) {
        return unknown;
    }
    memcpy(&size, value.mv_data, sizeof(size));
    const uint8_t *blob = (const uint8_t *)value.mv_data + sizeof(size);
    if (size == 0 || size > value.mv_size - sizeof(size) ||
        yz_hours_check(blob, size) != YZ_OK) {
        return unknown;
    }
    return yz_hours_at(blob, size,
                       hours->calendar_size == 0 ? NULL : hours->calendar,
                       hours->calendar_size, now_s);
}

yz_hours_state
yz_reader_hours(yz_reader *reader, uint16_t hours, int64_t now_s)
{
    reader_hours_entry *entry = &reader->hours.entries[hours];

    if (hours == 0 || now_s < YZ_UNIX_MIN_S || now_s > YZ_UNIX_MAX_S) {
        return unknown;
    }
    if (entry->epoch == reader->hours.epoch && now_s >= entry->from_s &&
        now_s < entry->valid_s) {
        return entry->state;
    }
    entry->state = look_up(reader, hours, now_s);
    entry->epoch = reader->hours.epoch;
    entry->from_s = now_s;
    entry->valid_s = entry->state.until_s;
    if (entry->valid_s == INT64_MAX) {
        /* "No change in sight" says nothing for ever. */
        entry->valid_s =
            now_s + (entry->state.open < 0 ? UNKNOWN_FOR_S : YZ_DAY_S);
    }
    return entry->state;
}

static uint8_t
open_of(void *context, uint16_t hours)
{
    yz_reader *reader = context;
    yz_hours_state state =
        yz_reader_hours(reader, hours, reader->hours.open_at_s);

    reader->hours.open[hours] = state.open == 1;
    return state.open == 1;
}

/* How many ids the snapshot has, with 0; ids have no gaps. */
static uint32_t
ids_used(const yz_reader *reader)
{
    MDB_stat stat;

    if (mdb_stat(reader->txn, reader->dbis[READER_HOURS], &stat) != 0) {
        return 1;
    }
    return stat.ms_entries < IDS ? (uint32_t)stat.ms_entries + 1 : IDS;
}

void
yz_reader_filter_open(yz_reader *reader, int64_t at_s, yz_geo_filter *filter)
{
    reader_hours *hours = &reader->hours;
    int64_t minute = at_s / 60 - (at_s % 60 < 0);
    uint32_t used = ids_used(reader);

    if (minute != hours->open_minute || hours->open_epoch != hours->epoch) {
        hours->open_minute = minute;
        hours->open_epoch = hours->epoch;
        hours->used = 0;
    }
    if (used > hours->used) {
        memset(hours->open + hours->used, ASK, used - hours->used);
        hours->open[0] = 0; /* unknown is not open */
        hours->used = used;
    }
    hours->open_at_s = at_s;
    filter->open = hours->open;
    filter->open_count = used;
    filter->open_of = open_of;
    filter->open_context = reader;
}
