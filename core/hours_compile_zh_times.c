/*
 * Times of Chinese opening hours; core/hours_compile_zh.c calls
 * yz_zh_times_read().
 */
#include "core/hours_compile_zh_times.h"

#include "core/civil_time.h"

#define NOON_MIN (12 * 60)
#define AFTER_NOON_MIN (13 * 60)

/* Minutes of an hour that is said with a part of the day; -1 if not so. */
static int32_t
period_resolve(int32_t minutes, yz_zh_period period)
{
    int32_t hour = minutes / 60;

    switch (period) {
    case YZ_ZH_NO_PERIOD:
        return minutes;
    case YZ_ZH_BEFORE_DAWN:
        return hour <= 6 ? minutes : hour == 12 ? minutes - NOON_MIN : -1;
    case YZ_ZH_MORNING:
        return hour >= 4 && minutes <= NOON_MIN ? minutes : -1;
    case YZ_ZH_NOON:
        return hour == 1 || hour == 2     ? minutes + NOON_MIN
               : hour >= 11 && hour <= 14 ? minutes
                                          : -1;
    case YZ_ZH_AFTERNOON:
        return hour >= 1 && hour <= 11    ? minutes + NOON_MIN
               : hour >= 12 && hour <= 23 ? minutes
                                          : -1;
    case YZ_ZH_EVENING:
        return (hour >= 5 && hour <= 11) || minutes == NOON_MIN
                   ? minutes + NOON_MIN
               : hour >= 17 && minutes <= YZ_DAY_MIN ? minutes
                                                     : -1;
    }
    return -1;
}

bool
yz_zh_times_here(const yz_zh_cursor *c, size_t ahead)
{
    if (yz_zh_peek(c, ahead) == YZ_ZH_PERIOD) {
        ahead++;
    }
    if (yz_zh_peek(c, ahead) == YZ_ZH_TIME) {
        return true;
    }
    /* 8-18点: the first hour waits for the unit of the second. */
    if (yz_zh_peek(c, ahead) != YZ_ZH_NUMBER ||
        yz_zh_peek(c, ahead + 1) != YZ_ZH_DASH) {
        return false;
    }
    ahead += 2;
    ahead += yz_zh_peek(c, ahead) == YZ_ZH_NEXT_DAY ? 1 : 0;
    ahead += yz_zh_peek(c, ahead) == YZ_ZH_PERIOD ? 1 : 0;
    return yz_zh_peek(c, ahead) == YZ_ZH_TIME;
}

typedef struct {
    int32_t minutes; /* as written */
    yz_zh_period period;
    bool two_digits;
    bool next_day;
} clock_time;

static clock_time
clock_take(yz_zh_cursor *c)
{
    clock_time out = {.next_day = yz_zh_accept(c, YZ_ZH_NEXT_DAY)};
    const yz_zh_token *t;

    if (yz_zh_peek(c, 0) == YZ_ZH_PERIOD) {
        out.period = (yz_zh_period)yz_zh_next(c)->value;
    }
    t = &c->tokens[c->at];
    if (t->kind != YZ_ZH_TIME && t->kind != YZ_ZH_NUMBER) {
        c->failed = true;
        return out;
    }
    c->at++;
    out.minutes = t->kind == YZ_ZH_NUMBER ? t->value * 60 : t->value;
    out.two_digits = t->kind == YZ_ZH_TIME ? t->two_digits : t->value > 9;
    return out;
}

/* Whether an end before the start is surely meant on the next day. */
static bool
wrap_sure(const clock_time *from, const clock_time *to, int32_t first_min,
          int32_t end_min)
{
    if (to->period != YZ_ZH_NO_PERIOD) {
        return to->period <= YZ_ZH_MORNING && first_min >= NOON_MIN;
    }
    return from->period == YZ_ZH_NO_PERIOD &&
           (end_min == 0 || first_min >= AFTER_NOON_MIN ||
            (from->two_digits && to->two_digits));
}

static bool
span_add(yz_hours_rule *rule, const clock_time *from, clock_time to)
{
    int32_t first_min = period_resolve(from->minutes, from->period);
    int32_t end_min;
    yz_zh_period end_period = to.period;

    /* 下午2:00-6:00: what is said of the start holds for the end. */
    if (end_period == YZ_ZH_NO_PERIOD && !to.next_day &&
        to.minutes < AFTER_NOON_MIN) {
        end_period = from->period;
    }
    end_min = period_resolve(to.minutes, end_period);
    if (first_min < 0 || end_min < 0 || from->next_day ||
        (to.next_day && end_min >= YZ_DAY_MIN)) {
        return false;
    }
    if (to.next_day) {
        end_min += YZ_DAY_MIN;
    } else if (end_min < first_min &&
               !wrap_sure(from, &to, first_min, end_min)) {
        return false;
    }
    /* 8:00-12:00, 2:00-6:00: the second is no time of the night. */
    if (rule->spans_n > 0 && first_min < rule->spans[rule->spans_n - 1].end) {
        return false;
    }
    return yz_hours_rule_span(rule, first_min, end_min);
}

void
yz_zh_times_read(yz_zh_cursor *c, yz_hours_rule *rule)
{
    while (!c->failed) {
        clock_time from = clock_take(c);
        clock_time to;

        if (!yz_zh_accept(c, YZ_ZH_DASH)) {
            c->failed = true;
            return;
        }
        to = clock_take(c);
        if (c->failed || c->tokens[c->at - 1].kind != YZ_ZH_TIME ||
            !span_add(rule, &from, to)) {
            c->failed = true;
            return;
        }
        if ((yz_zh_peek(c, 0) == YZ_ZH_COMMA ||
             yz_zh_peek(c, 0) == YZ_ZH_SEMICOLON) &&
            yz_zh_times_here(c, 1)) {
            c->at++;
        } else if (!yz_zh_times_here(c, 0)) {
            return;
        }
    }
}
