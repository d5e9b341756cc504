/*
 * Rewrites opening hours token by token, along the grammar that
 * core/hours_compile_osm.c describes.  The page for phones calls it.
 */
#include "core/hours_words.h"

#include "core/hours_compile_osm_lex.h"
#include "core/hours_compile_text.h"

#define DAY_MIN (24 * 60)

static const char *const weekdays[] = {"周一", "周二", "周三", "周四",
                                       "周五", "周六", "周日"};

/* Takes `[year] month [day]`, which may lack the month behind another. */
static bool
date_write(yz_osm_source *s, yz_out *out, bool day_alone)
{
    size_t start = s->at;
    int32_t year = yz_osm_number(s, 4, 4);
    int32_t month = yz_osm_month(s);
    int32_t day = yz_osm_number(s, 1, 2);

    if (month == 0 && (!day_alone || year >= 0 || day < 0)) {
        s->at = start;
        return false;
    }
    if (year >= 0) {
        yz_out_i64(out, year);
        YZ_OUT_LIT(out, "年");
    }
    if (month > 0) {
        yz_out_i64(out, month);
        YZ_OUT_LIT(out, "月");
    }
    if (day >= 0) {
        yz_out_i64(out, day);
        YZ_OUT_LIT(out, "日");
    }
    return true;
}

/* Takes the end of a range of dates, if one follows. */
static void
date_end_write(yz_osm_source *s, yz_out *out)
{
    if (yz_osm_accept(s, '-')) {
        YZ_OUT_LIT(out, "至");
        s->failed = s->failed || !date_write(s, out, true);
    }
}

static bool
dates_write(yz_osm_source *s, yz_out *out)
{
    if (!date_write(s, out, false)) {
        return false;
    }
    date_end_write(s, out);
    while (!s->failed) {
        size_t start = s->at;
        size_t written = out->n;

        if (!yz_osm_accept(s, ',')) {
            break;
        }
        YZ_OUT_LIT(out, "、");
        if (!date_write(s, out, true)) {
            s->at = start;
            out->n = written;
            break;
        }
        date_end_write(s, out);
    }
    (void)yz_osm_accept(s, ':');
    return true;
}

/* Takes `Mo`, `Mo-Fr` or `PH`. */
static bool
day_write(yz_osm_source *s, yz_out *out)
{
    int32_t from;
    int32_t to;

    if (yz_osm_accept_word(s, "ph")) {
        YZ_OUT_LIT(out, "法定节假日");
        return true;
    }
    from = yz_osm_weekday(s);
    if (from < 0) {
        return false;
    }
    if (!yz_osm_accept(s, '-')) {
        yz_out_text(out, weekdays[from]);
        return true;
    }
    to = yz_osm_weekday(s);
    if (to < 0) {
        s->failed = true;
    } else if ((from + 6) % 7 == to) {
        YZ_OUT_LIT(out, "每天");
    } else {
        yz_out_text(out, weekdays[from]);
        yz_out_text(out, (from + 1) % 7 == to ? "、" : "至");
        yz_out_text(out, weekdays[to]);
    }
    return true;
}

static bool
days_write(yz_osm_source *s, yz_out *out)
{
    if (!day_write(s, out)) {
        return false;
    }
    while (!s->failed) {
        size_t start = s->at;
        size_t written = out->n;

        if (!yz_osm_accept(s, ',')) {
            break;
        }
        YZ_OUT_LIT(out, "、");
        if (!day_write(s, out)) {
            s->at = start;
            out->n = written;
            break;
        }
    }
    (void)yz_osm_accept(s, ':');
    return true;
}

static void
time_write(yz_out *out, int32_t minutes)
{
    char text[] = "00:00";

    text[0] = (char)('0' + minutes / 600);
    text[1] = (char)('0' + minutes / 60 % 10);
    text[3] = (char)('0' + minutes % 60 / 10);
    text[4] = (char)('0' + minutes % 10);
    yz_out_text(out, text);
}

/* Takes the rest of a span that begins at `from`; an end may be tomorrow. */
static void
span_write(yz_osm_source *s, yz_out *out, int32_t from)
{
    bool two_digits;
    int32_t to = yz_osm_accept(s, '-') ? yz_osm_time(s, &two_digits) : -1;

    if (from > DAY_MIN || to < 0 || to > 2 * DAY_MIN) {
        s->failed = true;
        return;
    }
    time_write(out, from);
    yz_out_char(out, '-');
    if (to == 0) {
        to = DAY_MIN;
    } else if (to > DAY_MIN || to <= from) {
        YZ_OUT_LIT(out, "次日");
        to -= to > DAY_MIN ? DAY_MIN : 0;
    }
    time_write(out, to);
}

static bool
times_write(yz_osm_source *s, yz_out *out)
{
    bool two_digits;
    int32_t from = yz_osm_time(s, &two_digits);

    if (from < 0) {
        return false;
    }
    while (!s->failed) {
        size_t start;

        span_write(s, out, from);
        start = s->at;
        if (!yz_osm_accept(s, ',')) {
            break;
        }
        from = yz_osm_time(s, &two_digits);
        if (from < 0) {
            s->at = start;
            break;
        }
        YZ_OUT_LIT(out, "、");
    }
    return true;
}

static bool
always_write(yz_osm_source *s, yz_out *out)
{
    yz_osm_blanks(s);
    if (s->text.n - s->at < 4 || memcmp(s->text.p + s->at, "24/7", 4) != 0) {
        return false;
    }
    s->at += 4;
    YZ_OUT_LIT(out, "全天 24 小时");
    return true;
}

/* `open` says nothing that times or days do not. */
static bool
state_write(yz_osm_source *s, yz_out *out)
{
    if (yz_osm_accept_word(s, "off") || yz_osm_accept_word(s, "closed")) {
        YZ_OUT_LIT(out, "休息");
        return true;
    }
    if (yz_osm_accept_word(s, "open")) {
        YZ_OUT_LIT(out, "开放");
        return true;
    }
    return false;
}

/* The parts of a rule, in their order, with blanks between them. */
static void
rule_write(yz_osm_source *s, yz_out *out)
{
    static bool (*const parts[])(yz_osm_source *, yz_out *) = {
        always_write, dates_write, days_write, times_write, state_write};
    size_t first = out->n;
    size_t written = first;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (out->n > first) {
            yz_out_char(out, ' ');
        }
        if (parts[i](s, out)) {
            written = out->n;
        } else {
            out->n = written;
        }
    }
    s->failed = s->failed || out->full || written == first;
}

yz_status
yz_hours_words(yz_span text, yz_out *out)
{
    size_t first = out->n;
    yz_hours_text even;
    yz_osm_source s = {.failed = !yz_hours_text_even(text, &even)};
    bool more = true;

    s.text = (yz_span){even.text, s.failed ? 0 : even.n};
    s.failed = s.failed || even.chinese;
    while (!s.failed && more) {
        rule_write(&s, out);
        more = yz_osm_accept(&s, ',');
        if (more) {
            YZ_OUT_LIT(out, "，");
        } else if (yz_osm_accept(&s, ';')) {
            yz_osm_blanks(&s);
            more = s.at < s.text.n;
            yz_out_text(out, more ? "；" : "");
        }
    }
    yz_osm_blanks(&s);
    if (out->full) {
        out->n = first;
        return YZ_FULL;
    }
    if (s.failed || s.at < s.text.n) {
        out->n = first;
        return YZ_BAD_INPUT;
    }
    return YZ_OK;
}
