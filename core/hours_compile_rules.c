/*
 * Building blocks of opening-hours rules, for the two grammars of
 * core/hours_compile.c.
 */
#include "core/hours_compile_rules.h"

#include "core/calendar.h"
#include "core/civil_time.h"

uint32_t
yz_hours_days_range(uint32_t from, uint32_t to)
{
    uint32_t days = UINT32_C(7) << 3 * to;

    for (uint32_t w = from; w != to; w = (w + 1) % 7) {
        days |= UINT32_C(7) << 3 * w;
    }
    return days;
}

uint32_t
yz_hours_days_working(void)
{
    uint32_t week = YZ_HOURS_DAYS_ALL & ~YZ_HOURS_DAYS_WEEKEND;

    return (week & ~YZ_HOURS_DAYS_HOLIDAY) | YZ_HOURS_DAYS_MAKEUP;
}

/* 2000 is a leap year: without a year every date of the year may occur. */
static int32_t
month_days(const yz_hours_date *d)
{
    return yz_civil_month_days(d->year == 0 ? 2000 : d->year, d->month);
}

/* A date that exists, as day number or index of the year; -1 if not. */
static int32_t
date_number(const yz_hours_date *d, int32_t day)
{
    if (day < 1 || day > month_days(d) || (d->year != 0 && d->year < 1970) ||
        d->year > 9999) {
        return -1;
    }
    return d->year == 0 ? yz_calendar_index(d->month, day)
                        : (int32_t)yz_civil_day(d->year, d->month, day);
}

bool
yz_hours_rule_dates(yz_hours_rule *rule, const yz_hours_date *from,
                    const yz_hours_date *to)
{
    yz_hours_dates dates = {.absolute = from->year != 0};

    if ((from->day == 0) != (to->day == 0) ||
        (from->year == 0) != (to->year == 0) ||
        rule->dates_n == YZ_HOURS_RULE_DATES_MAX) {
        return false;
    }
    dates.from = date_number(from, from->day == 0 ? 1 : from->day);
    dates.to = date_number(to, to->day == 0 ? month_days(to) : to->day);
    if (dates.from < 0 || dates.to < 0 ||
        (dates.absolute && dates.to < dates.from)) {
        return false;
    }
    rule->dates[rule->dates_n++] = dates;
    return true;
}

bool
yz_hours_rule_span(yz_hours_rule *rule, int32_t first_min, int32_t end_min)
{
    if (end_min < first_min) {
        end_min += YZ_DAY_MIN;
    }
    if (first_min < 0 || first_min >= YZ_DAY_MIN || end_min == first_min ||
        end_min > first_min + YZ_DAY_MIN ||
        rule->spans_n == YZ_HOURS_RULE_SPANS_MAX) {
        return false;
    }
    rule->spans[rule->spans_n++] =
        (yz_hours_span){(uint16_t)first_min, (uint16_t)end_min};
    return true;
}

bool
yz_hours_dates_hold(const yz_hours_dates *dates, int32_t index)
{
    if (dates->from <= dates->to) {
        return index >= dates->from && index <= dates->to;
    }
    return index >= dates->from || index <= dates->to;
}

bool
yz_hours_dates_same(const yz_hours_rule *a, const yz_hours_rule *b)
{
    if (a->dates_n != b->dates_n) {
        return false;
    }
    for (size_t i = 0; i < a->dates_n; i++) {
        if (a->dates[i].absolute != b->dates[i].absolute ||
            a->dates[i].from != b->dates[i].from ||
            a->dates[i].to != b->dates[i].to) {
            return false;
        }
    }
    return true;
}

void
yz_hours_rules_add(yz_hours_rules *rules, const yz_hours_rule *rule)
{
    if (rules->n == YZ_HOURS_RULES_MAX) {
        rules->failed = true;
        return;
    }
    rules->rule[rules->n++] = *rule;
}
