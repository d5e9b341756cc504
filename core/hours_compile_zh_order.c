/*
 * Order of Chinese rules; core/hours_compile_zh.c calls yz_zh_order() last.
 *
 * Chinese phrasings name exceptions before or after what they except
 * (周一闭馆，其他 ... or ... 周一闭馆), so the order of the text says nothing.
 * What is more special holds: named dates over none, holidays over weekdays,
 * fewer days over more, closed over open.  Where neither of two rules is
 * more special, the text is refused.
 */
#include "core/hours_compile_zh_order.h"

#define SATURDAY_PLAIN (UINT32_C(1) << 15)
#define SUNDAY_PLAIN (UINT32_C(1) << 18)

/* 0 every date, 1 dates of every year, 2 dates of one year. */
static int
date_rank(const yz_hours_rule *r)
{
    return r->dates_n == 0 ? 0 : r->dates[0].absolute ? 2 : 1;
}

static bool
holiday_only(const yz_hours_rule *r)
{
    return r->days == YZ_HOURS_DAYS_HOLIDAY;
}

static int
days_count(uint32_t days)
{
    int n = 0;

    for (; days != 0; days &= days - 1) {
        n++;
    }
    return n;
}

static bool
strict_subset(uint32_t part, uint32_t of)
{
    return part != of && (part & ~of) == 0;
}

static bool
ranges_meet(const yz_hours_dates *a, const yz_hours_dates *b)
{
    if (a->absolute != b->absolute) {
        return true;
    }
    if (a->absolute) {
        return a->from <= b->to && b->from <= a->to;
    }
    return yz_hours_dates_hold(a, b->from) || yz_hours_dates_hold(b, a->from);
}

static bool
rules_meet(const yz_hours_rule *a, const yz_hours_rule *b)
{
    if ((a->days & b->days) == 0) {
        return false;
    }
    for (size_t i = 0; i < a->dates_n; i++) {
        for (size_t j = 0; j < b->dates_n; j++) {
            if (ranges_meet(&a->dates[i], &b->dates[j])) {
                return true;
            }
        }
    }
    return a->dates_n == 0 || b->dates_n == 0;
}

static bool
spans_meet(const yz_hours_rule *a, const yz_hours_rule *b)
{
    for (size_t i = 0; i < a->spans_n; i++) {
        for (size_t j = 0; j < b->spans_n; j++) {
            if (a->spans[i].first < b->spans[j].end &&
                b->spans[j].first < a->spans[i].end) {
                return true;
            }
        }
    }
    return a->spans_n == 0 || b->spans_n == 0;
}

/* Whether an open rule may follow another; marks the one that adds. */
static bool
open_fits(const yz_hours_rule *earlier, yz_hours_rule *later)
{
    if (!rules_meet(earlier, later) || date_rank(earlier) < date_rank(later)) {
        return true;
    }
    if (!yz_hours_dates_same(earlier, later)) {
        return false;
    }
    if (earlier->days == later->days) {
        later->additional = true;
        return !spans_meet(earlier, later);
    }
    return (holiday_only(later) && !holiday_only(earlier)) ||
           strict_subset(later->days, earlier->days);
}

/* Whether a closed rule is more special than an open one. */
static bool
off_fits(const yz_hours_rule *open, const yz_hours_rule *off)
{
    if (!rules_meet(open, off) || date_rank(off) > date_rank(open)) {
        return true;
    }
    if (date_rank(off) == date_rank(open) && !yz_hours_dates_same(open, off)) {
        return false;
    }
    return (holiday_only(off) && !holiday_only(open)) ||
           strict_subset(off->days, open->days);
}

static bool
pairs_fit(yz_hours_rules *rules)
{
    for (size_t j = 0; j < rules->n; j++) {
        for (size_t i = 0; i < j; i++) {
            yz_hours_rule *a = &rules->rule[i];
            yz_hours_rule *b = &rules->rule[j];

            if (!a->off && !(b->off ? off_fits(a, b) : open_fits(a, b))) {
                return false;
            }
        }
    }
    return true;
}

/* Whether `a` applies after `b`. */
static bool
applies_after(const yz_hours_rule *a, const yz_hours_rule *b)
{
    if (a->off != b->off) {
        return a->off;
    }
    if (date_rank(a) != date_rank(b)) {
        return date_rank(a) > date_rank(b);
    }
    if (holiday_only(a) != holiday_only(b)) {
        return holiday_only(a);
    }
    return days_count(a->days) < days_count(b->days);
}

/* Insertion: few rules, and equal ones keep their order. */
static void
rules_sort(yz_hours_rules *rules)
{
    for (size_t i = 1; i < rules->n; i++) {
        yz_hours_rule moved = rules->rule[i];
        size_t j = i;

        for (; j > 0 && applies_after(&rules->rule[j - 1], &moved); j--) {
            rules->rule[j] = rules->rule[j - 1];
        }
        rules->rule[j] = moved;
    }
}

/*
 * 工作日 counts the weekend days that are worked, so beside it 周六 and 周末
 * are the others.
 */
static void
weekends_narrow(yz_hours_rules *rules)
{
    for (size_t i = 0; rules->working && i < rules->n; i++) {
        if ((rules->rule[i].days & ~YZ_HOURS_DAYS_WEEKEND) == 0) {
            rules->rule[i].days &= ~YZ_HOURS_DAYS_MAKEUP;
        }
    }
}

/*
 * 节假日 is holidays, or holidays and weekends.  Where it opens, something
 * else has to speak of the weekends.
 */
static bool
loose_holidays_fit(const yz_hours_rules *rules)
{
    uint32_t spoken = 0;
    bool loose = false;

    for (size_t i = 0; i < rules->n; i++) {
        spoken |= rules->rule[i].days;
        loose = loose || (rules->rule[i].loose && !rules->rule[i].off);
    }
    return !loose ||
           ((spoken & SATURDAY_PLAIN) != 0 && (spoken & SUNDAY_PLAIN) != 0);
}

bool
yz_zh_order(yz_hours_rules *rules)
{
    bool opens = false;

    for (size_t i = 0; i < rules->n; i++) {
        const yz_hours_rule *r = &rules->rule[i];

        opens = opens || !r->off;
        /* 节假日照常 beside a closed day may open it or not. */
        if (r->days == 0 || (r->unbound && r->dates_n == 0) ||
            (r->off && rules->as_usual)) {
            return false;
        }
    }
    weekends_narrow(rules);
    rules_sort(rules);
    /* 周一休息 alone leaves open when the other days are open. */
    return opens && loose_holidays_fit(rules) && pairs_fit(rules);
}
