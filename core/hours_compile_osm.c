/*
 * The subset of OSM's `opening_hours` (wiki.openstreetmap.org,
 * Key:opening_hours/specification) that yizhan understands;
 * core/hours_compile.c calls yz_hours_osm_parse().
 *
 *   hours  = rule { (";" | ",") rule } [";"]
 *   rule   = ["24/7" | [dates [":"]] [days [":"]] [times]] [state]
 *   dates  = date { "," date }
 *   date   = [year] month [day] ["-" ([year] month [day] | day)] | day
 *   days   = day { "," day }, day = weekday ["-" weekday] | "PH";
 *            or "PH" days: holidays on these weekdays
 *   times  = time "-" time { "," time "-" time }, up to 48:00
 *   state  = "open" | "off" | "closed", then a comment if closed
 *
 * A later rule replaces earlier ones on the days it names; after "," it adds
 * to them; "off" takes away.  What starts on a day belongs to it past
 * midnight, whatever is said of the day after.
 *
 * Not understood, on purpose: comments on open hours (they mean conditions),
 * `||`, `unknown`, `+`, weeks, the n-th weekday, sunrise, Easter, SH; and a
 * rule that replaces one with the same days and dates, since who writes
 * `11:00-14:00; 17:00-21:00` means both.
 */
#include "core/hours_compile_osm.h"

#include "core/hours_compile_osm_lex.h"

/* Takes `[year] month [day]`; false, with nothing taken, if no month. */
static bool
date_take(yz_osm_source *s, yz_hours_date *d)
{
    size_t start = s->at;
    int32_t year = yz_osm_number(s, 4, 4);
    int32_t month = yz_osm_month(s);
    int32_t day;

    if (month == 0) {
        s->at = start;
        return false;
    }
    day = yz_osm_number(s, 1, 2);
    *d = (yz_hours_date){
        .year = year < 0 ? 0 : year, .month = month, .day = day < 0 ? 0 : day};
    if (day == 0 || year == 0) {
        s->failed = true;
    }
    return true;
}

/* After a date: an optional end, then the range is added. */
static void
date_end_read(yz_osm_source *s, yz_hours_rule *rule, const yz_hours_date *from)
{
    yz_hours_date to = *from;

    if (yz_osm_accept(s, '-')) {
        if (date_take(s, &to)) {
            to.year = to.year == 0 ? from->year : to.year;
        } else {
            to.day = yz_osm_number(s, 1, 2);
            s->failed = s->failed || from->day == 0 || to.day < from->day;
        }
    }
    if (s->failed || !yz_hours_rule_dates(rule, from, &to)) {
        s->failed = true;
    }
}

static void
dates_read(yz_osm_source *s, yz_hours_rule *rule)
{
    yz_hours_date date;

    if (!date_take(s, &date)) {
        return;
    }
    date_end_read(s, rule, &date);
    while (!s->failed) {
        size_t start = s->at;
        yz_hours_date next = date;

        if (!yz_osm_accept(s, ',')) {
            break;
        }
        if (!date_take(s, &next)) {
            next.day = date.day == 0 ? -1 : yz_osm_number(s, 1, 2);
            if (next.day < 0) {
                s->at = start;
                break;
            }
        }
        s->failed = s->failed || (next.year == 0) != (date.year == 0);
        date = next;
        date_end_read(s, rule, &date);
    }
    if (yz_osm_peek(s, 0) == ':') {
        s->at++;
    }
}

/* Takes one item of a list of days; 0, with nothing taken, for none. */
static uint32_t
day_take(yz_osm_source *s)
{
    int32_t from;
    int32_t to;

    if (yz_osm_accept_word(s, "ph")) {
        return YZ_HOURS_DAYS_HOLIDAY;
    }
    from = yz_osm_weekday(s);
    if (from < 0) {
        return 0;
    }
    if (!yz_osm_accept(s, '-')) {
        return yz_hours_days_range((uint32_t)from, (uint32_t)from);
    }
    to = yz_osm_weekday(s);
    if (to < 0) {
        s->failed = true;
        return 0;
    }
    return yz_hours_days_range((uint32_t)from, (uint32_t)to);
}

static uint32_t
day_list_take(yz_osm_source *s)
{
    uint32_t days = day_take(s);

    while (days != 0 && !s->failed) {
        size_t start = s->at;
        uint32_t more;

        if (!yz_osm_accept(s, ',')) {
            break;
        }
        more = day_take(s);
        if (more == 0) {
            s->at = start;
            break;
        }
        days |= more;
    }
    return days;
}

static void
days_read(yz_osm_source *s, yz_hours_rule *rule)
{
    uint32_t days = day_list_take(s);

    rule->days = YZ_HOURS_DAYS_ALL;
    if (days == 0) {
        return;
    }
    rule->days_named = true;
    rule->days = days;
    if (days == YZ_HOURS_DAYS_HOLIDAY) {
        uint32_t of = day_list_take(s);

        if (of != 0) {
            rule->days = days & of;
        }
    }
    if (yz_osm_peek(s, 0) == ':') {
        s->at++;
    }
}

static void
span_read(yz_osm_source *s, yz_hours_rule *rule, int32_t first_min,
          bool first_two)
{
    bool end_two;
    int32_t end_min;

    if (!yz_osm_accept(s, '-')) {
        s->failed = true;
        return;
    }
    end_min = yz_osm_time(s, &end_two);
    /* `9:00-5:00` and `8:00-12:00, 2:00-6:00` may be meant by a 12-hour
       clock; with two digits to the hour they are not. */
    if (rule->spans_n > 0 && !first_two &&
        first_min < rule->spans[rule->spans_n - 1].end) {
        s->failed = true;
    }
    if (end_min < 0 || !yz_hours_rule_span(rule, first_min, end_min) ||
        (end_min < first_min && end_min > 0 && first_min < 13 * 60 &&
         !(first_two && end_two))) {
        s->failed = true;
    }
}

static void
times_read(yz_osm_source *s, yz_hours_rule *rule)
{
    bool two_digits;
    int32_t first_min = yz_osm_time(s, &two_digits);

    while (first_min >= 0 && !s->failed) {
        size_t start;

        span_read(s, rule, first_min, two_digits);
        start = s->at;
        if (!yz_osm_accept(s, ',')) {
            return;
        }
        first_min = yz_osm_time(s, &two_digits);
        if (first_min < 0) {
            s->at = start;
        }
    }
}

static bool
always_take(yz_osm_source *s)
{
    yz_osm_blanks(s);
    if (s->text.n - s->at < 4 || memcmp(s->text.p + s->at, "24/7", 4) != 0) {
        return false;
    }
    s->at += 4;
    return true;
}

/* A comment on closed hours changes nothing; on open ones it may. */
static void
comment_read(yz_osm_source *s, const yz_hours_rule *rule)
{
    if (!yz_osm_accept(s, '"')) {
        return;
    }
    while (s->at < s->text.n && s->text.p[s->at] != '"') {
        s->at++;
    }
    if (!yz_osm_accept(s, '"') || !rule->off) {
        s->failed = true;
    }
}

/* Takes the state; false when there is none. */
static bool
state_read(yz_osm_source *s, yz_hours_rule *rule)
{
    bool open = yz_osm_accept_word(s, "open");

    rule->off = !open && (yz_osm_accept_word(s, "off") ||
                          yz_osm_accept_word(s, "closed"));
    comment_read(s, rule);
    return open || rule->off;
}

static void
rule_read(yz_osm_source *s, yz_hours_rules *rules, bool additional)
{
    yz_hours_rule rule = {.days = YZ_HOURS_DAYS_ALL, .additional = additional};
    bool always = always_take(s);
    bool stated;

    if (!always) {
        dates_read(s, &rule);
        days_read(s, &rule);
        times_read(s, &rule);
    }
    stated = state_read(s, &rule);
    if (!always && !stated && rule.dates_n == 0 && !rule.days_named &&
        rule.spans_n == 0) {
        s->failed = true;
    }
    yz_osm_blanks(s);
    /* `Dec 24,Mo 10:00-12:00`: no list that this grammar has. */
    if (yz_osm_peek(s, 0) == ',' && !always && !stated && rule.spans_n == 0) {
        s->failed = true;
    }
    yz_hours_rules_add(rules, &rule);
}

/* Whether a rule replaces all of an earlier one, which nobody means. */
static bool
replaces_whole(const yz_hours_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        for (size_t j = i + 1; j < rules->n; j++) {
            const yz_hours_rule *a = &rules->rule[i];
            const yz_hours_rule *b = &rules->rule[j];

            if (!a->off && !b->off && !b->additional && a->days == b->days &&
                yz_hours_dates_same(a, b)) {
                return true;
            }
        }
    }
    return false;
}

/* `PH off` alone leaves open when the other days are open; `off` is off. */
static bool
opens_or_off(const yz_hours_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        const yz_hours_rule *r = &rules->rule[i];

        if (!r->off || (!r->days_named && r->dates_n == 0 && r->spans_n == 0)) {
            return true;
        }
    }
    return false;
}

bool
yz_hours_osm_parse(yz_span text, yz_hours_rules *rules)
{
    yz_osm_source s = {.text = text};
    bool additional = false;

    *rules = (yz_hours_rules){0};
    while (!s.failed && !rules->failed) {
        rule_read(&s, rules, additional);
        additional = yz_osm_accept(&s, ',');
        if (!additional && !yz_osm_accept(&s, ';')) {
            break;
        }
        yz_osm_blanks(&s);
        if (!additional && s.at == s.text.n) {
            break;
        }
    }
    yz_osm_blanks(&s);
    if (s.failed || s.at != s.text.n || replaces_whole(rules) ||
        !opens_or_off(rules)) {
        rules->failed = true;
    }
    return !rules->failed;
}
