/*
 * Folds rules of opening hours into profiles, weeks, seasons and dated
 * ranges; core/hours_compile.c calls yz_hours_fold().
 *
 * The dates of all rules cut the year, and the named dates cut time, into
 * pieces within which the same rules hold.  For each piece, each of the 21
 * days of a week (7 weekdays, 3 classes) goes through the rules once.
 */
#include "core/hours_compile_fold.h"

#include "core/calendar.h"
#include "core/civil_time.h"

#include <string.h>

#define YEAR_INDICES 366
#define CLASSES 3
#define NO_DAY INT64_C(-1)

#define DAY_WORK_SPANS 32 /* of one day while rules are applied */
#define CUTS_MAX (2 * YZ_HOURS_RULES_MAX * YZ_HOURS_RULE_DATES_MAX + 1)
#define DATED_DAYS_MAX 65535

typedef struct {
    yz_hours_span span[DAY_WORK_SPANS];
    size_t n;
    bool failed;
} day_spans;

typedef struct {
    yz_hours_span span[YZ_HOURS_DAY_SPANS_MAX];
    size_t n;
} profile;

typedef struct {
    uint8_t profile[YZ_HOURS_WEEK_SIZE];
} week;

typedef struct {
    int32_t first;
    uint8_t week;
} season;

typedef struct {
    int64_t first;
    int64_t end;
    uint8_t week;
} dated;

typedef struct {
    const yz_hours_rules *rules;
    profile profiles[YZ_HOURS_PROFILES_MAX];
    week weeks[YZ_HOURS_WEEKS_MAX];
    season seasons[YZ_HOURS_SEASONS_MAX];
    dated dated[YZ_HOURS_DATED_MAX];
    size_t profiles_n;
    size_t weeks_n;
    size_t seasons_n;
    size_t dated_n;
    bool failed; /* sticky */
} folding;

/* day: NO_DAY for "in a year that no rule names". */
static bool
dates_match(const yz_hours_rule *r, int32_t index, int64_t day)
{
    for (size_t i = 0; i < r->dates_n; i++) {
        const yz_hours_dates *d = &r->dates[i];

        if (d->absolute ? day != NO_DAY && day >= d->from && day <= d->to
                        : yz_hours_dates_hold(d, index)) {
            return true;
        }
    }
    return r->dates_n == 0;
}

static void
span_put(day_spans *to, uint16_t first, uint16_t end)
{
    if (to->n == DAY_WORK_SPANS) {
        to->failed = true;
        return;
    }
    to->span[to->n++] = (yz_hours_span){first, end};
}

static void
span_cut(day_spans *spans, yz_hours_span off)
{
    day_spans left = {.failed = spans->failed};

    for (size_t i = 0; i < spans->n; i++) {
        yz_hours_span s = spans->span[i];

        if (s.first < off.first) {
            span_put(&left, s.first, s.end < off.first ? s.end : off.first);
        }
        if (s.end > off.end) {
            span_put(&left, s.first > off.end ? s.first : off.end, s.end);
        }
    }
    *spans = left;
}

static void
rule_apply(const yz_hours_rule *r, day_spans *spans)
{
    static const yz_hours_span whole_day = {0, YZ_DAY_MIN};
    size_t n = r->spans_n == 0 ? 1 : r->spans_n;
    const yz_hours_span *span = r->spans_n == 0 ? &whole_day : r->spans;

    if ((r->off && r->spans_n == 0) || (!r->off && !r->additional)) {
        spans->n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (r->off) {
            span_cut(spans, span[i]);
        } else {
            span_put(spans, span[i].first, span[i].end);
        }
    }
}

/* Sorts spans and joins those that meet. */
static void
spans_even(day_spans *spans)
{
    size_t kept = 0;

    for (size_t i = 1; i < spans->n; i++) {
        yz_hours_span moved = spans->span[i];
        size_t j = i;

        for (; j > 0 && spans->span[j - 1].first > moved.first; j--) {
            spans->span[j] = spans->span[j - 1];
        }
        spans->span[j] = moved;
    }
    for (size_t i = 0; i < spans->n; i++) {
        yz_hours_span s = spans->span[i];

        if (kept > 0 && s.first <= spans->span[kept - 1].end) {
            if (s.end > spans->span[kept - 1].end) {
                spans->span[kept - 1].end = s.end;
            }
        } else {
            spans->span[kept++] = s;
        }
    }
    spans->n = kept;
}

static bool
profile_same(const profile *p, const day_spans *s)
{
    if (p->n != s->n) {
        return false;
    }
    for (size_t i = 0; i < p->n; i++) {
        if (p->span[i].first != s->span[i].first ||
            p->span[i].end != s->span[i].end) {
            return false;
        }
    }
    return true;
}

static uint8_t
profile_of(folding *f, const day_spans *spans)
{
    size_t i = 0;

    while (i < f->profiles_n && !profile_same(&f->profiles[i], spans)) {
        i++;
    }
    if (i == YZ_HOURS_PROFILES_MAX || spans->n > YZ_HOURS_DAY_SPANS_MAX ||
        spans->failed) {
        f->failed = true;
        return 0;
    }
    if (i == f->profiles_n) {
        f->profiles_n++;
        f->profiles[i].n = spans->n;
        memcpy(f->profiles[i].span, spans->span,
               spans->n * sizeof(spans->span[0]));
    }
    return (uint8_t)i;
}

/* The week that holds on a piece of time, by any of its days. */
static uint8_t
week_of(folding *f, int32_t index, int64_t day)
{
    week w = {.profile = {0}};
    size_t i = 0;

    for (size_t slot = 0; slot < YZ_HOURS_WEEK_SIZE; slot++) {
        day_spans spans = {.n = 0};

        for (size_t r = 0; r < f->rules->n; r++) {
            const yz_hours_rule *rule = &f->rules->rule[r];

            if ((rule->days >> slot & 1) != 0 &&
                dates_match(rule, index, day)) {
                rule_apply(rule, &spans);
            }
        }
        spans_even(&spans);
        w.profile[slot] = profile_of(f, &spans);
    }
    while (i < f->weeks_n && memcmp(&f->weeks[i], &w, sizeof(w)) != 0) {
        i++;
    }
    if (i == YZ_HOURS_WEEKS_MAX) {
        f->failed = true;
        return 0;
    }
    if (i == f->weeks_n) {
        f->weeks[f->weeks_n++] = w;
    }
    return (uint8_t)i;
}

/* Inserts a cut into an ascending list without repeats. */
static void
cut_put(int64_t *cuts, size_t *n, int64_t cut)
{
    size_t at = *n;

    while (at > 0 && cuts[at - 1] > cut) {
        at--;
    }
    if (at > 0 && cuts[at - 1] == cut) {
        return;
    }
    memmove(cuts + at + 1, cuts + at, (*n - at) * sizeof(cuts[0]));
    cuts[at] = cut;
    ++*n;
}

/* Where rules begin and end: indices of the year, or day numbers. */
static size_t
cuts_find(const yz_hours_rules *rules, bool absolute, int64_t cuts[CUTS_MAX])
{
    size_t n = 0;

    if (!absolute) {
        cut_put(cuts, &n, 0);
    }
    for (size_t r = 0; r < rules->n; r++) {
        for (size_t i = 0; i < rules->rule[r].dates_n; i++) {
            const yz_hours_dates *d = &rules->rule[r].dates[i];

            if (d->absolute != absolute) {
                continue;
            }
            cut_put(cuts, &n, d->from);
            if (absolute || d->to + 1 < YEAR_INDICES) {
                cut_put(cuts, &n, d->to + 1);
            }
        }
    }
    return n;
}

static void
seasons_fold(folding *f, const int64_t *cuts, size_t cuts_n)
{
    for (size_t i = 0; i < cuts_n && !f->failed; i++) {
        uint8_t w = week_of(f, (int32_t)cuts[i], NO_DAY);

        if (f->seasons_n > 0 && f->seasons[f->seasons_n - 1].week == w) {
            continue;
        }
        if (f->seasons_n == YZ_HOURS_SEASONS_MAX) {
            f->failed = true;
            return;
        }
        f->seasons[f->seasons_n++] = (season){(int32_t)cuts[i], w};
    }
}

static bool
day_named(const yz_hours_rules *rules, int64_t day)
{
    for (size_t r = 0; r < rules->n; r++) {
        for (size_t i = 0; i < rules->rule[r].dates_n; i++) {
            const yz_hours_dates *d = &rules->rule[r].dates[i];

            if (d->absolute && day >= d->from && day <= d->to) {
                return true;
            }
        }
    }
    return false;
}

static int32_t
index_of(int64_t day)
{
    yz_civil date;

    yz_civil_from_day(day, &date);
    return yz_calendar_index(date.month, date.day);
}

/* The first day after `day`, at most `end`, at which the year is cut. */
static int64_t
piece_end(const int64_t *cuts, size_t cuts_n, int64_t day, int64_t end)
{
    int32_t index = index_of(day);
    yz_civil date;
    int64_t next;

    yz_civil_from_day(day, &date);
    next = yz_civil_day(date.year + 1, 1, 1);
    for (size_t i = 0; i < cuts_n; i++) {
        if (cuts[i] > index) {
            int64_t reach = day + (cuts[i] - index);

            /* The 29th of February may be missing on the way. */
            if (!yz_civil_leap(date.year) && index < 59 && cuts[i] > 59) {
                reach--;
            }
            next = reach < next && reach > day ? reach : next;
            break;
        }
    }
    return next < end ? next : end;
}

static void
dated_put(folding *f, int64_t first, int64_t end, uint8_t w)
{
    dated *last = f->dated_n > 0 ? &f->dated[f->dated_n - 1] : NULL;

    if (last != NULL && last->end == first && last->week == w) {
        last->end = end;
    } else if (f->dated_n == YZ_HOURS_DATED_MAX) {
        f->failed = true;
        return;
    } else {
        last = &f->dated[f->dated_n++];
        *last = (dated){first, end, w};
    }
    f->failed = f->failed || last->end - last->first > DATED_DAYS_MAX;
}

/* Dates of one year, cut again where the year is cut. */
static void
dated_fold(folding *f, const int64_t *cuts, size_t cuts_n)
{
    int64_t named[CUTS_MAX];
    size_t named_n = cuts_find(f->rules, true, named);

    for (size_t i = 0; i + 1 < named_n; i++) {
        int64_t day = named[i];

        while (!f->failed && day < named[i + 1] &&
               day_named(f->rules, named[i])) {
            int64_t end = piece_end(cuts, cuts_n, day, named[i + 1]);

            dated_put(f, day, end, week_of(f, index_of(day), day));
            day = end;
        }
    }
}

/* What the text claims of all days has to be so. */
static bool
claims_hold(const folding *f)
{
    for (size_t w = 0; w < f->weeks_n; w++) {
        for (size_t slot = 0; slot < YZ_HOURS_WEEK_SIZE; slot++) {
            const uint8_t *p = f->weeks[w].profile;

            if ((f->rules->no_rest && f->profiles[p[slot]].n == 0) ||
                (f->rules->as_usual && slot % CLASSES == YZ_DAY_OFF &&
                 p[slot] != p[slot - 1])) {
                return false;
            }
        }
    }
    return true;
}

/*
 * Off-times are taken from the spans of their own day.  Beside spans past
 * midnight it would be unclear which day's they are.
 */
static bool
off_times_clear(const yz_hours_rules *rules)
{
    bool off_times = false;
    bool late = false;

    for (size_t r = 0; r < rules->n; r++) {
        const yz_hours_rule *rule = &rules->rule[r];

        off_times = off_times || (rule->off && rule->spans_n > 0);
        for (size_t i = 0; i < rule->spans_n; i++) {
            late = late || rule->spans[i].end > YZ_DAY_MIN;
        }
    }
    return !off_times || !late;
}

static uint8_t *
put_u16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value & 0xFF);
    p[1] = (uint8_t)(value >> 8 & 0xFF);
    return p + 2;
}

static uint8_t *
profiles_write(const folding *f, uint8_t *p)
{
    size_t before = 0;

    for (size_t i = 0; i < f->profiles_n; i++) {
        *p++ = (uint8_t)before;
        before += f->profiles[i].n;
    }
    *p++ = (uint8_t)before;
    for (size_t i = 0; i < f->profiles_n; i++) {
        for (size_t s = 0; s < f->profiles[i].n; s++) {
            p = put_u16(p, f->profiles[i].span[s].first);
            p = put_u16(p, f->profiles[i].span[s].end);
        }
    }
    return p;
}

static size_t
blob_write(const folding *f, uint8_t *blob)
{
    uint8_t *p = profiles_write(f, blob + YZ_HOURS_HEADER_SIZE);

    memcpy(p, f->weeks, f->weeks_n * YZ_HOURS_WEEK_SIZE);
    p += f->weeks_n * YZ_HOURS_WEEK_SIZE;
    for (size_t i = 0; i < f->seasons_n; i++) {
        p = put_u16(p, (uint32_t)f->seasons[i].first);
        *p++ = f->seasons[i].week;
    }
    for (size_t i = 0; i < f->dated_n; i++) {
        const dated *d = &f->dated[i];

        p = put_u16(p, (uint32_t)d->first);
        p = put_u16(p, (uint32_t)d->first >> 16);
        p = put_u16(p, (uint32_t)(d->end - d->first));
        *p++ = d->week;
    }
    blob[0] = 'H';
    blob[1] = YZ_HOURS_FORMAT;
    blob[2] = (uint8_t)f->profiles_n;
    blob[3] = (uint8_t)f->weeks_n;
    blob[4] = (uint8_t)f->seasons_n;
    blob[5] = (uint8_t)f->dated_n;
    put_u16(blob + 6, (uint32_t)(p - blob));
    return (size_t)(p - blob);
}

yz_status
yz_hours_fold(const yz_hours_rules *rules,
              uint8_t blob[static YZ_HOURS_BLOB_MAX], size_t *size)
{
    folding f = {.rules = rules};
    int64_t cuts[CUTS_MAX];
    size_t cuts_n = cuts_find(rules, false, cuts);
    size_t spans_n = 0;

    seasons_fold(&f, cuts, cuts_n);
    dated_fold(&f, cuts, cuts_n);
    for (size_t i = 0; i < f.profiles_n; i++) {
        spans_n += f.profiles[i].n;
    }
    if (f.failed || spans_n > YZ_HOURS_SPANS_MAX || !claims_hold(&f) ||
        !off_times_clear(rules)) {
        return YZ_BAD_INPUT;
    }
    *size = blob_write(&f, blob);
    return YZ_OK;
}
