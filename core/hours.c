/*
 * Whether a place is open.  Runs in nginx's workers on bytes from the map
 * and in the command; others call yz_hours_check() once and yz_hours_at().
 *
 * A moment depends on two days: its own, and the one before, whose spans may
 * reach past midnight.  A day whose class is unknown has up to three
 * profiles; the state is known where all of them agree.
 */
#include "core/hours.h"

#include "core/calendar.h"
#include "core/civil_time.h"

#define CHOICES_MAX 3

/* Spans looked at before the search ahead gives up; about 30 us. */
#define SPAN_VISITS_MAX 16384

/* The profiles that one day may have. */
typedef struct {
    uint8_t profile[CHOICES_MAX];
    size_t n;
} choices;

/* Steps through days; the parts move together. */
typedef struct {
    int64_t day;
    int32_t year;
    int32_t index; /* of yz_calendar_index() */
    int32_t weekday;
    size_t season;
    size_t dated; /* first dated range that does not end before `day` */
} cursor;

typedef struct {
    yz_hours_view view;
    const uint8_t *calendar;
    size_t calendar_size;
    cursor at;
    choices before; /* of the day before the cursor's */
    choices today;
    size_t visits;
} search;

static bool
spans_fine(const uint8_t *blob)
{
    yz_hours_view v = yz_hours_view_of(blob);

    for (size_t i = 0; i < v.profiles_n; i++) {
        uint32_t free_from = 0;

        for (size_t s = v.before[i]; s < v.before[i + 1]; s++) {
            uint32_t first = yz_hours_u16(v.spans + s * YZ_HOURS_SPAN_SIZE);
            uint32_t end = yz_hours_u16(v.spans + s * YZ_HOURS_SPAN_SIZE + 2);

            if (first >= YZ_DAY_MIN || end <= first || end > 2 * YZ_DAY_MIN ||
                (s > v.before[i] && first <= free_from)) {
                return false;
            }
            free_from = end;
        }
    }
    return true;
}

static bool
counts_fine(const uint8_t *blob, size_t size)
{
    const uint8_t *before = blob + YZ_HOURS_HEADER_SIZE;
    size_t profiles_n = blob[2];

    if (profiles_n < 1 || profiles_n > YZ_HOURS_PROFILES_MAX || blob[3] < 1 ||
        blob[3] > YZ_HOURS_WEEKS_MAX || blob[4] < 1 ||
        blob[4] > YZ_HOURS_SEASONS_MAX || blob[5] > YZ_HOURS_DATED_MAX ||
        size < YZ_HOURS_HEADER_SIZE + profiles_n + 1 || before[0] != 0 ||
        before[profiles_n] > YZ_HOURS_SPANS_MAX) {
        return false;
    }
    for (size_t i = 0; i < profiles_n; i++) {
        if (before[i + 1] < before[i] ||
            before[i + 1] - before[i] > YZ_HOURS_DAY_SPANS_MAX) {
            return false;
        }
    }
    return true;
}

static bool
weeks_fine(const yz_hours_view *v)
{
    for (size_t i = 0; i < v->weeks_n * YZ_HOURS_WEEK_SIZE; i++) {
        if (v->weeks[i] >= v->profiles_n) {
            return false;
        }
    }
    return true;
}

static bool
ranges_fine(const yz_hours_view *v)
{
    uint32_t last = 0;
    int64_t free_from = 0;

    for (size_t i = 0; i < v->seasons_n; i++) {
        const uint8_t *season = v->seasons + i * YZ_HOURS_SEASON_SIZE;
        uint32_t first = yz_hours_u16(season);

        if ((i == 0 ? first != 0 : first <= last) || first > 365 ||
            season[2] >= v->weeks_n) {
            return false;
        }
        last = first;
    }
    for (size_t i = 0; i < v->dated_n; i++) {
        const uint8_t *dated = v->dated + i * YZ_HOURS_DATED_SIZE;
        int64_t first = yz_hours_u32(dated);
        int64_t days = yz_hours_u16(dated + 4);

        if (first < free_from || days < 1 ||
            first + days - 1 > YZ_CIVIL_DAY_MAX || dated[6] >= v->weeks_n) {
            return false;
        }
        free_from = first + days;
    }
    return true;
}

yz_status
yz_hours_check(const uint8_t *blob, size_t size)
{
    yz_hours_view v;

    if (size < YZ_HOURS_HEADER_SIZE || size > YZ_HOURS_BLOB_MAX ||
        blob[0] != 'H' || blob[1] != YZ_HOURS_FORMAT ||
        yz_hours_u16(blob + 6) != size || !counts_fine(blob, size)) {
        return YZ_CORRUPT;
    }
    v = yz_hours_view_of(blob);
    if ((size_t)(v.dated - blob) + v.dated_n * YZ_HOURS_DATED_SIZE != size ||
        !spans_fine(blob) || !weeks_fine(&v) || !ranges_fine(&v)) {
        return YZ_CORRUPT;
    }
    return YZ_OK;
}

static bool
dated_ends_before(const uint8_t *dated, int64_t day)
{
    return (int64_t)yz_hours_u32(dated) + yz_hours_u16(dated + 4) <= day;
}

/* Moves season and dated range on to the cursor's day. */
static void
cursor_settle(const yz_hours_view *v, cursor *c)
{
    while (c->season + 1 < v->seasons_n &&
           (int32_t)yz_hours_u16(v->seasons +
                                 (c->season + 1) * YZ_HOURS_SEASON_SIZE) <=
               c->index) {
        c->season++;
    }
    while (
        c->dated < v->dated_n &&
        dated_ends_before(v->dated + c->dated * YZ_HOURS_DATED_SIZE, c->day)) {
        c->dated++;
    }
}

static void
cursor_set(const yz_hours_view *v, cursor *c, int64_t day)
{
    yz_civil date;

    yz_civil_from_day(day, &date);
    c->day = day;
    c->year = date.year;
    c->index = yz_calendar_index(date.month, date.day);
    c->weekday = date.weekday;
    c->season = 0;
    c->dated = 0;
    cursor_settle(v, c);
}

static void
cursor_step(const yz_hours_view *v, cursor *c)
{
    c->day++;
    c->weekday = c->weekday == 6 ? 0 : c->weekday + 1;
    c->index++;
    if (c->index == 59 && !yz_civil_leap(c->year)) {
        c->index++;
    }
    if (c->index == 366) {
        c->index = 0;
        c->year++;
        c->season = 0;
    }
    cursor_settle(v, c);
}

/* The profiles by class of the cursor's day. */
static const uint8_t *
day_profiles(const yz_hours_view *v, const cursor *c)
{
    const uint8_t *dated = v->dated + c->dated * YZ_HOURS_DATED_SIZE;
    size_t week = v->seasons[c->season * YZ_HOURS_SEASON_SIZE + 2];

    if (c->dated < v->dated_n && (int64_t)yz_hours_u32(dated) <= c->day) {
        week = dated[6];
    }
    return v->weeks + week * YZ_HOURS_WEEK_SIZE + (size_t)c->weekday * 3;
}

static choices
day_choices(const search *s)
{
    const uint8_t *p = day_profiles(&s->view, &s->at);
    choices out = {.profile = {p[0]}, .n = 1};
    yz_day_class class;

    if (p[0] == p[1] && p[0] == p[2]) {
        return out;
    }
    class = yz_calendar_year_day(s->calendar, s->calendar_size, s->at.year,
                                 s->at.index);
    if (class != YZ_DAY_UNKNOWN) {
        out.profile[0] = p[class];
        return out;
    }
    if (p[1] != p[0]) {
        out.profile[out.n++] = p[1];
    }
    if (p[2] != p[0] && p[2] != p[1]) {
        out.profile[out.n++] = p[2];
    }
    return out;
}

/*
 * Whether a profile is open at `minute` of its day (0..2879).  Lowers *next
 * to the first minute after it at which the profile starts or ends a span.
 */
static bool
profile_open(search *s, size_t profile, uint32_t minute, uint32_t *next)
{
    const uint8_t *before = s->view.before;
    bool open = false;

    for (size_t i = before[profile]; i < before[profile + 1]; i++) {
        const uint8_t *span = s->view.spans + i * YZ_HOURS_SPAN_SIZE;
        uint32_t first = yz_hours_u16(span);
        uint32_t end = yz_hours_u16(span + 2);

        s->visits++;
        if (minute < first) {
            *next = first < *next ? first : *next;
        } else if (minute < end) {
            open = true;
            *next = end < *next ? end : *next;
        }
    }
    return open;
}

/*
 * State of a day's choices at `minute`: sets *any and *all when at least one
 * and when each of them is open.
 */
static void
choices_open(search *s, const choices *c, uint32_t minute, uint32_t *next,
             bool *any, bool *all)
{
    *any = false;
    *all = true;
    for (size_t i = 0; i < c->n; i++) {
        bool open = profile_open(s, c->profile[i], minute, next);

        *any = *any || open;
        *all = *all && open;
    }
}

/*
 * State at `minute` (0..1439) of the cursor's day; *next becomes the next
 * minute that can differ, 1440 for the next day.
 */
static int
minute_state(search *s, uint32_t minute, uint32_t *next)
{
    uint32_t next_late = 2 * YZ_DAY_MIN;
    bool any;
    bool all;
    bool late_any;
    bool late_all;

    *next = YZ_DAY_MIN;
    choices_open(s, &s->today, minute, next, &any, &all);
    choices_open(s, &s->before, minute + YZ_DAY_MIN, &next_late, &late_any,
                 &late_all);
    if (next_late - YZ_DAY_MIN < *next) {
        *next = next_late - YZ_DAY_MIN;
    }
    if (all || late_all) {
        return 1;
    }
    return any || late_any ? -1 : 0;
}

/* Closed or open round the clock on every day: nothing to look for. */
static bool
never_changes(const yz_hours_view *v)
{
    if (v->profiles_n != 1) {
        return false;
    }
    return v->before[1] == 0 ||
           (v->before[1] == 1 && yz_hours_u16(v->spans) == 0 &&
            yz_hours_u16(v->spans + 2) == YZ_DAY_MIN);
}

/* The first moment from `minute` of the cursor's day not in state `open`. */
static int64_t
change_find(search *s, int open, uint32_t minute)
{
    int64_t last = s->at.day + YZ_HOURS_HORIZON_DAYS;

    while (s->at.day <= last && s->at.day <= YZ_CIVIL_DAY_MAX) {
        while (minute < YZ_DAY_MIN) {
            uint32_t next;

            if (minute_state(s, minute, &next) != open ||
                s->visits > SPAN_VISITS_MAX) {
                return yz_civil_day_start_s(s->at.day) + minute * INT64_C(60);
            }
            minute = next;
        }
        minute = 0;
        cursor_step(&s->view, &s->at);
        s->before = s->today;
        s->today = day_choices(s);
    }
    return INT64_MAX;
}

yz_hours_state
yz_hours_at(const uint8_t *blob, size_t size, const uint8_t *calendar,
            size_t calendar_size, int64_t now_s)
{
    yz_hours_state state = {.open = -1, .until_s = INT64_MAX};
    search s = {.calendar = calendar, .calendar_size = calendar_size};
    int64_t day;
    uint32_t minute;
    uint32_t next;

    if (size == 0 || now_s < YZ_UNIX_MIN_S || now_s > YZ_UNIX_MAX_S) {
        return state;
    }
    s.view = yz_hours_view_of(blob);
    day = yz_civil_day_of_unix(now_s);
    minute = (uint32_t)((now_s - yz_civil_day_start_s(day)) / 60);
    cursor_set(&s.view, &s.at, day - 1);
    s.before = day_choices(&s);
    cursor_step(&s.view, &s.at);
    s.today = day_choices(&s);
    state.open = minute_state(&s, minute, &next);
    if (!never_changes(&s.view)) {
        state.until_s = change_find(&s, state.open, next);
    }
    return state;
}
