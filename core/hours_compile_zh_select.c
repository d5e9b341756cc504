/*
 * Dates and days of Chinese opening hours; core/hours_compile_zh.c calls
 * yz_zh_selection_read().
 */
#include "core/hours_compile_zh_select.h"

bool
yz_zh_selection_empty(const yz_zh_selection *s)
{
    return !s->rule.days_named && !s->holiday && !s->rule.unbound &&
           s->rule.dates_n == 0;
}

/* A weekday's second mention may leave 周 out: 周一至五, 周六、日. */
static bool
is_short_weekday(const yz_zh_cursor *c, size_t ahead)
{
    const yz_zh_token *t = &c->tokens[c->at + ahead];

    return t->kind == YZ_ZH_SUN || (t->kind == YZ_ZH_NUMBER && t->chinese &&
                                    t->value >= 1 && t->value <= 6);
}

static bool
is_weekday(const yz_zh_cursor *c, size_t ahead, bool may_be_short)
{
    return yz_zh_peek(c, ahead) == YZ_ZH_WEEKDAY ||
           (may_be_short && yz_zh_peek(c, ahead) != YZ_ZH_END &&
            is_short_weekday(c, ahead));
}

static uint32_t
weekday_take(yz_zh_cursor *c)
{
    const yz_zh_token *t = yz_zh_next(c);

    return (uint32_t)(t->kind == YZ_ZH_NUMBER ? t->value - 1 : t->value);
}

static void
weekdays_read(yz_zh_cursor *c, yz_zh_selection *s)
{
    uint32_t from = weekday_take(c);
    uint32_t to = from;

    if (yz_zh_accept(c, YZ_ZH_DASH)) {
        if (!is_weekday(c, 0, true)) {
            c->failed = true;
            return;
        }
        to = weekday_take(c);
    }
    s->rule.days |= yz_hours_days_range(from, to);
    s->rule.days_named = true;
}

static void
day_word_read(yz_zh_cursor *c, yz_zh_selection *s)
{
    int32_t which = yz_zh_next(c)->value;

    if (which == YZ_ZH_HOLIDAY || which == YZ_ZH_LEGAL_HOLIDAY) {
        s->holiday = true;
        s->loose = which == YZ_ZH_HOLIDAY;
        return;
    }
    s->rule.days_named = true;
    if (which == YZ_ZH_WEEKEND) {
        s->rule.days |= YZ_HOURS_DAYS_WEEKEND;
    } else if (which == YZ_ZH_EVERY_DAY) {
        s->rule.days = YZ_HOURS_DAYS_ALL;
    } else {
        s->working = true;
        s->rule.days |= which == YZ_ZH_WORKING
                            ? yz_hours_days_working()
                            : YZ_HOURS_DAYS_ALL & ~yz_hours_days_working();
    }
}

static void
day_item_read(yz_zh_cursor *c, yz_zh_selection *s)
{
    if (yz_zh_peek(c, 0) == YZ_ZH_DAYS) {
        day_word_read(c, s);
    } else {
        weekdays_read(c, s);
    }
}

/* Whether another item of the list of days stands here, without a comma. */
static bool
day_list_goes_on(const yz_zh_cursor *c, yz_zh_kind last, int32_t last_value)
{
    if (last == YZ_ZH_DAYS) {
        return yz_zh_peek(c, 0) == YZ_ZH_DAYS &&
               ((last_value == YZ_ZH_WEEKEND &&
                 c->tokens[c->at].value >= YZ_ZH_HOLIDAY) ||
                (last_value == YZ_ZH_EVERY_DAY &&
                 c->tokens[c->at].value == YZ_ZH_EVERY_DAY));
    }
    return is_weekday(c, 0, true);
}

/* 每天 beside other days says two things. */
static bool
every_day_alone(const yz_zh_cursor *c, size_t from)
{
    bool every = false;
    bool other = false;

    for (size_t i = from; i < c->at; i++) {
        const yz_zh_token *t = &c->tokens[i];
        bool is_every = t->kind == YZ_ZH_DAYS && t->value == YZ_ZH_EVERY_DAY;

        every = every || is_every;
        other = other || (t->kind != YZ_ZH_COMMA && !is_every);
    }
    return !every || !other;
}

static void
days_read(yz_zh_cursor *c, yz_zh_selection *s)
{
    size_t start = c->at;

    if (s->rule.days_named || s->holiday) {
        c->failed = true;
        return;
    }
    while (!c->failed) {
        yz_zh_kind last = yz_zh_peek(c, 0);
        int32_t last_value = c->tokens[c->at].value;

        day_item_read(c, s);
        if (day_list_goes_on(c, last, last_value)) {
            continue;
        }
        if (yz_zh_peek(c, 0) != YZ_ZH_COMMA ||
            (yz_zh_peek(c, 1) != YZ_ZH_DAYS &&
             !is_weekday(c, 1, last == YZ_ZH_WEEKDAY || last != YZ_ZH_DAYS))) {
            break;
        }
        c->at++;
    }
    c->failed = c->failed || !every_day_alone(c, start);
}

/* Whether dates start `ahead` tokens from here. */
static bool
is_date(const yz_zh_cursor *c, size_t ahead)
{
    yz_zh_kind k = yz_zh_peek(c, ahead);

    return k == YZ_ZH_YEAR || k == YZ_ZH_MONTH ||
           (k == YZ_ZH_NUMBER && yz_zh_peek(c, ahead + 1) == YZ_ZH_DASH &&
            yz_zh_peek(c, ahead + 2) == YZ_ZH_MONTH);
}

static void
date_start_read(yz_zh_cursor *c, yz_hours_date *d)
{
    *d = (yz_hours_date){0};
    if (yz_zh_peek(c, 0) == YZ_ZH_YEAR) {
        d->year = yz_zh_next(c)->value;
    }
    if (!is_date(c, 0) || yz_zh_peek(c, 0) == YZ_ZH_YEAR) {
        c->failed = true;
        return;
    }
    d->month = yz_zh_next(c)->value;
    if (yz_zh_peek(c, 0) == YZ_ZH_MONTHDAY ||
        (yz_zh_peek(c, 0) == YZ_ZH_NUMBER && yz_zh_peek(c, 1) == YZ_ZH_DASH &&
         yz_zh_peek(c, 2) == YZ_ZH_MONTHDAY)) {
        d->day = yz_zh_next(c)->value;
    }
}

/* After the dash; `to` starts as a copy of `from`. */
static void
date_end_read(yz_zh_cursor *c, const yz_hours_date *from, yz_hours_date *to)
{
    bool next_year = yz_zh_accept(c, YZ_ZH_NEXT_YEAR);

    if (yz_zh_peek(c, 0) == YZ_ZH_MONTHDAY && !next_year) {
        to->day = yz_zh_next(c)->value;
        c->failed = c->failed || from->day == 0 || to->day < from->day;
        return;
    }
    if (!is_date(c, 0) || yz_zh_peek(c, 0) == YZ_ZH_NUMBER) {
        c->failed = true;
        return;
    }
    date_start_read(c, to);
    if (to->year == 0 && from->year != 0) {
        to->year = from->year + (next_year ? 1 : 0);
    } else if (next_year &&
               (to->year != 0 || to->month > from->month ||
                (to->month == from->month && to->day >= from->day))) {
        c->failed = true;
    }
}

static void
dates_read(yz_zh_cursor *c, yz_hours_rule *rule)
{
    bool had_year = false;

    if (rule->dates_n > 0) {
        c->failed = true;
    }
    while (!c->failed) {
        yz_hours_date from;
        yz_hours_date to;

        date_start_read(c, &from);
        to = from;
        if (!c->failed && yz_zh_accept(c, YZ_ZH_DASH)) {
            date_end_read(c, &from, &to);
        }
        if (c->failed || (had_year && from.year == 0) ||
            !yz_hours_rule_dates(rule, &from, &to)) {
            c->failed = true;
            return;
        }
        had_year = from.year != 0;
        if (yz_zh_peek(c, 0) != YZ_ZH_COMMA || !is_date(c, 1)) {
            return;
        }
        c->at++;
    }
}

bool
yz_zh_selection_read(yz_zh_cursor *c, yz_zh_selection *s)
{
    size_t start = c->at;

    while (!c->failed) {
        if (yz_zh_accept(c, YZ_ZH_SEASON)) {
            c->failed = s->rule.unbound;
            s->rule.unbound = true;
        } else if (is_date(c, 0)) {
            dates_read(c, &s->rule);
        } else if (is_weekday(c, 0, false) || yz_zh_peek(c, 0) == YZ_ZH_DAYS) {
            days_read(c, s);
        } else {
            break;
        }
    }
    return c->at != start;
}
