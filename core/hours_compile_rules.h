/*
 * What the two grammars of opening hours produce and what is made of it: an
 * ordered list of rules.  Internal to core/hours_compile*.c.
 *
 * A set of days is 21 bits, one for each weekday and class of day: bit
 * 3 w + c, w from 0 for Monday, c as yz_day_class (plain, off, work).
 */
#ifndef YZ_CORE_HOURS_COMPILE_RULES_H
#define YZ_CORE_HOURS_COMPILE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YZ_HOURS_RULES_MAX 32
#define YZ_HOURS_RULE_DATES_MAX 12
#define YZ_HOURS_RULE_SPANS_MAX 8

#define YZ_HOURS_DAYS_ALL UINT32_C(0x1FFFFF)
#define YZ_HOURS_DAYS_HOLIDAY UINT32_C(0x092492) /* class off, all weekdays */
#define YZ_HOURS_DAYS_MAKEUP UINT32_C(0x124924)  /* class work */
#define YZ_HOURS_DAYS_WEEKEND UINT32_C(0x1F8000) /* Saturday, Sunday */

/* Inclusive; of every year (indices of yz_calendar_index(), wrapping round
   the year's end when from > to) or absolute (day numbers). */
typedef struct {
    bool absolute;
    int32_t from;
    int32_t to;
} yz_hours_dates;

/* Minutes from the day's midnight: first 0..1439, end up to first + 1440. */
typedef struct {
    uint16_t first;
    uint16_t end;
} yz_hours_span;

/* A date as far as it is written; year and day are 0 when they are not. */
typedef struct {
    int32_t year;
    int32_t month;
    int32_t day;
} yz_hours_date;

typedef struct {
    uint32_t days;
    size_t dates_n; /* 0: every date */
    size_t spans_n; /* 0: the whole day */
    yz_hours_dates dates[YZ_HOURS_RULE_DATES_MAX];
    yz_hours_span spans[YZ_HOURS_RULE_SPANS_MAX];
    bool off;        /* takes its spans away instead of opening */
    bool additional; /* adds to earlier rules instead of replacing them */
    bool loose; /* Chinese: 节假日 without 法定, may mean weekends too */
    bool days_named; /* OSM, Chinese: the text names days */
    bool unbound;    /* Chinese: names a season and still lacks its dates */
} yz_hours_rule;

typedef struct {
    yz_hours_rule rule[YZ_HOURS_RULES_MAX];
    size_t n;
    bool no_rest;  /* the text claims: open on every day */
    bool as_usual; /* the text claims: holidays are like other days */
    bool working;  /* Chinese: 工作日 occurs */
    bool failed;   /* sticky: not understood */
} yz_hours_rules;

/* The days of weekdays from..to (0..6), wrapping round Sunday. */
uint32_t yz_hours_days_range(uint32_t from, uint32_t to);

/* Working days in China's sense: Monday to Friday without holidays, and
   weekends that are worked instead. */
uint32_t yz_hours_days_working(void);

/*
 * Adds the dates from..to to a rule.  Both are days or both whole months,
 * with a year both or neither; without one, a range may wrap round the end
 * of the year.  False for anything else, dates that do not exist, no room.
 */
bool yz_hours_rule_dates(yz_hours_rule *rule, const yz_hours_date *from,
                         const yz_hours_date *to);

/*
 * Adds a span of `first_min` to `end_min`, minutes from midnight as written:
 * an end at or before the start is on the next day.  False for a start from
 * 24:00, an end over 24 hours later, an empty span, and no room.
 */
bool yz_hours_rule_span(yz_hours_rule *rule, int32_t first_min,
                        int32_t end_min);

/* Whether dates of every year hold an index of yz_calendar_index(). */
bool yz_hours_dates_hold(const yz_hours_dates *dates, int32_t index);

/* Whether two rules name the same dates in the same order. */
bool yz_hours_dates_same(const yz_hours_rule *a, const yz_hours_rule *b);

/* Appends a rule; sets `failed` when there is no room. */
void yz_hours_rules_add(yz_hours_rules *rules, const yz_hours_rule *rule);

#endif
