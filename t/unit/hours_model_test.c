/*
 * Protects: what compiled opening hours answer.  Random rules are written
 * out, compiled and asked for every minute of days round year ends, leap
 * days, holidays and make-up working days; a slow evaluator of its own, one
 * flag a minute, says what is right, and when it changes next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/calendar.h"
#include "core/civil_time.h"
#include "core/hours.h"
#include "core/hours_compile.h"

#define DAY_MIN 1440
#define RULES_MAX 5
#define SPANS_MAX 3
#define SHOWN_DAYS 3  /* asked for every minute */
#define MODEL_DAYS 16 /* known to the model, for the next change */

static const char holidays[] = "2025-01-01,off,a\n2025-12-31,off,a\n"
                               "2026-01-01,off,a\n2026-01-02,off,a\n"
                               "2026-01-03,off,a\n2026-01-04,work,a\n"
                               "2026-02-14,work,b\n2026-02-15,off,b\n"
                               "2026-02-16,off,b\n2026-02-17,off,b\n"
                               "2026-02-28,work,b\n2026-05-01,off,c\n"
                               "2026-05-02,off,c\n2026-05-09,work,c\n"
                               "2026-12-31,off,d\n"
                               "2028-01-01,off,e\n2028-02-29,off,e\n";

static uint8_t calendar[YZ_CALENDAR_BLOB_MAX];
static size_t calendar_size;

static const char *const weekday_names[] = {"Mo", "Tu", "We", "Th",
                                            "Fr", "Sa", "Su"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr",
                                          "May", "Jun", "Jul", "Aug",
                                          "Sep", "Oct", "Nov", "Dec"};

/* The model's rule: as written, nothing worked out. */
typedef struct {
    int from_month, from_day, to_month, to_day, year; /* month 0: no dates */
    int weekdays;                                     /* bits; 0: not named */
    bool ph;
    bool off;
    bool additional;
    int spans_n;
    int span[SPANS_MAX][2];
} model_rule;

typedef struct {
    model_rule rule[RULES_MAX];
    int n;
} model;

static uint64_t seed = 88172645463325252u;

static int
random_below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)((seed >> 20) % (uint64_t)n);
}

static void
random_dates(model_rule *r)
{
    r->from_month = 1 + random_below(12);
    r->to_month = 1 + random_below(12);
    r->from_day = 1 + random_below(28);
    r->to_day = 1 + random_below(28);
    switch (random_below(4)) {
    case 0: /* whole months, may wrap */
        r->from_day = 0;
        break;
    case 1: /* one year */
        r->year = 2025 + random_below(3);
        r->from_month = 1 + random_below(10);
        r->to_month = r->from_month + random_below(3);
        if (r->to_month == r->from_month && r->to_day < r->from_day) {
            r->to_day = r->from_day;
        }
        break;
    case 2: /* round the leap day */
        r->from_month = 2;
        r->from_day = 28 + random_below(2);
        r->to_month = random_below(2) + 2;
        r->to_day = r->to_month == 2 ? 29 : 1;
        break;
    default:
        break;
    }
}

static void
random_spans(model_rule *r, bool late)
{
    int at = random_below(600);

    r->spans_n = 1 + random_below(SPANS_MAX);
    for (int i = 0; i < r->spans_n; i++) {
        int end = at + 1 + random_below(300);

        r->span[i][0] = at;
        r->span[i][1] = end;
        at = end + random_below(200) - (random_below(5) == 0 ? 60 : 0);
        at = at < 0 ? 0 : at;
    }
    if (late && random_below(3) == 0) {
        r->span[r->spans_n - 1][0] = 1000 + random_below(440);
        r->span[r->spans_n - 1][1] = 1441 + random_below(900);
    }
}

static model
random_model(void)
{
    model m = {.n = 1 + random_below(RULES_MAX)};
    bool late = random_below(2) == 0;

    for (int i = 0; i < m.n; i++) {
        model_rule *r = &m.rule[i];

        if (random_below(3) == 0) {
            random_dates(r);
        }
        r->weekdays = random_below(3) == 0 ? 0 : 1 + random_below(127);
        r->ph = random_below(4) == 0;
        r->off = i > 0 && random_below(4) == 0;
        r->additional = i > 0 && random_below(3) == 0;
        if (r->additional && r->from_month == 0 && !r->ph && r->weekdays == 0) {
            /* Times after a comma would go on the list before it. */
            r->weekdays = 127;
        }
        if (random_below(8) != 0 && !(r->off && (late || random_below(2)))) {
            random_spans(r, late && !r->off);
        }
    }
    return m;
}

/* Appends to text; the buffer is large enough for every model. */
static void
write_dates(char *text, const model_rule *r)
{
    char *p = text + strlen(text);

    if (r->from_month == 0) {
        return;
    }
    if (r->year != 0) {
        p += sprintf(p, "%d ", r->year);
    }
    if (r->from_day == 0) {
        sprintf(p, "%s-%s ", month_names[r->from_month - 1],
                month_names[r->to_month - 1]);
    } else {
        sprintf(p, "%s %02d-%s %02d ", month_names[r->from_month - 1],
                r->from_day, month_names[r->to_month - 1], r->to_day);
    }
}

static void
write_rule(char *text, const model_rule *r)
{
    const char *comma = "";

    write_dates(text, r);
    for (int w = 0; w < 7; w++) {
        if (r->weekdays >> w & 1) {
            strcat(strcat(text, comma), weekday_names[w]);
            comma = ",";
        }
    }
    if (r->ph) {
        strcat(strcat(text, comma), "PH");
    }
    for (int i = 0; i < r->spans_n; i++) {
        sprintf(text + strlen(text), "%s%02d:%02d-%02d:%02d",
                i == 0 ? " " : ",", r->span[i][0] / 60, r->span[i][0] % 60,
                r->span[i][1] / 60, r->span[i][1] % 60);
    }
    strcat(text, r->off ? " off" : r->spans_n == 0 ? " open" : "");
}

static void
write_model(char *text, const model *m)
{
    text[0] = '\0';
    for (int i = 0; i < m->n; i++) {
        if (i > 0) {
            strcat(text, m->rule[i].additional ? ", " : "; ");
        }
        write_rule(text, &m->rule[i]);
    }
}

static bool
model_matches(const model_rule *r, int64_t day, yz_day_class class)
{
    yz_civil c;
    int now;
    int from;
    int to;

    yz_civil_from_day(day, &c);
    if ((r->weekdays != 0 || r->ph) && !(r->weekdays >> c.weekday & 1) &&
        !(r->ph && class == YZ_DAY_OFF)) {
        return false;
    }
    if (r->from_month == 0) {
        return true;
    }
    now = c.month * 100 + c.day;
    from = r->from_month * 100 + (r->from_day == 0 ? 1 : r->from_day);
    to = r->to_month * 100 + (r->from_day == 0 ? 31 : r->to_day);
    if (r->year != 0 && r->year != c.year) {
        return false;
    }
    return from <= to ? now >= from && now <= to : now >= from || now <= to;
}

/* One flag for each minute of a day and the next. */
static void
model_day(const model *m, int64_t day, yz_day_class class,
          bool open[2 * DAY_MIN])
{
    memset(open, 0, 2 * DAY_MIN * sizeof(bool));
    for (int i = 0; i < m->n; i++) {
        const model_rule *r = &m->rule[i];
        bool whole = r->spans_n == 0;

        if (!model_matches(r, day, class)) {
            continue;
        }
        if ((r->off && whole) || (!r->off && !r->additional)) {
            memset(open, 0, 2 * DAY_MIN * sizeof(bool));
        }
        for (int s = 0; s < (whole ? 1 : r->spans_n); s++) {
            for (int t = whole ? 0 : r->span[s][0];
                 t < (whole ? DAY_MIN : r->span[s][1]); t++) {
                open[t] = !r->off;
            }
        }
    }
}

/* Sets bits 1 (can be open) and 2 (can be closed) for both days' minutes. */
static void
model_choices(const model *m, int64_t day, uint8_t can[2 * DAY_MIN])
{
    yz_day_class class = yz_calendar_day(calendar, calendar_size, day);

    memset(can, 0, 2 * DAY_MIN);
    for (int c = YZ_DAY_PLAIN; c <= YZ_DAY_WORK; c++) {
        bool open[2 * DAY_MIN];

        if (class != YZ_DAY_UNKNOWN && c != (int)class) {
            continue;
        }
        model_day(m, day, (yz_day_class)c, open);
        for (int t = 0; t < 2 * DAY_MIN; t++) {
            can[t] |= open[t] ? 1 : 2;
        }
    }
}

/* States of MODEL_DAYS days from `first`. */
static void
model_states(const model *m, int64_t first, int8_t *state)
{
    uint8_t before[2 * DAY_MIN];
    uint8_t today[2 * DAY_MIN];

    model_choices(m, first - 1, before);
    for (int d = 0; d < MODEL_DAYS; d++) {
        model_choices(m, first + d, today);
        for (int t = 0; t < DAY_MIN; t++) {
            int a = today[t];
            int b = before[t + DAY_MIN];

            state[d * DAY_MIN + t] = a == 1 || b == 1   ? 1
                                     : a == 2 && b == 2 ? 0
                                                        : -1;
        }
        memcpy(before, today, sizeof(before));
    }
}

static void
compare_with_model(const model *m, const char *text, const uint8_t *blob,
                   size_t size, int64_t first)
{
    static int8_t state[MODEL_DAYS * DAY_MIN];
    int64_t start_s = yz_civil_day_start_s(first);
    int64_t change = MODEL_DAYS * DAY_MIN;

    model_states(m, first, state);
    for (int64_t t = MODEL_DAYS * DAY_MIN - 2; t >= 0; t--) {
        yz_hours_state got;
        int64_t until_s;

        change = state[t + 1] != state[t] ? t + 1 : change;
        if (t >= SHOWN_DAYS * DAY_MIN) {
            continue;
        }
        got = yz_hours_at(blob, size, calendar, calendar_size,
                          start_s + t * 60 + t % 60);
        until_s = start_s + change * 60;
        if (got.open != state[t] ||
            (change < MODEL_DAYS * DAY_MIN ? got.until_s != until_s
                                           : got.until_s < until_s)) {
            char at[YZ_RFC3339_SIZE];

            yz_rfc3339_write(start_s + t * 60, at);
            fail_msg("%s\nat %s: %d until %lld, model %d until %lld", text, at,
                     got.open, (long long)got.until_s, state[t],
                     (long long)until_s);
        }
    }
}

static void
every_minute_agrees_with_a_slow_model(void **state)
{
    static const int dates[][3] = {
        {2025, 12, 30}, {2026, 1, 2},  {2026, 2, 13},  {2026, 2, 27},
        {2026, 4, 30},  {2026, 5, 7},  {2026, 7, 31},  {2026, 12, 30},
        {2027, 2, 27},  {2028, 2, 27}, {2028, 12, 30}, {2024, 12, 30}};
    uint8_t blob[YZ_HOURS_BLOB_MAX];
    size_t size;
    char text[1024];
    int compiled = 0;

    (void)state;
    for (int i = 0; i < 600; i++) {
        model m = random_model();
        const int *d = dates[i % 12];

        write_model(text, &m);
        if (yz_hours_compile(yz_span_of(text), blob, &size) != YZ_OK) {
            continue;
        }
        compiled++;
        assert_int_equal(yz_hours_check(blob, size), YZ_OK);
        compare_with_model(&m, text, blob, size,
                           yz_civil_day(d[0], d[1], d[2]));
    }
    /* Contradicting rules are refused; most are not. */
    assert_true(compiled > 400);
}

static int
calendar_make(void **state)
{
    size_t bad_line;

    (void)state;
    return yz_calendar_compile(YZ_SPAN(holidays), calendar, sizeof(calendar),
                               &calendar_size, &bad_line) == YZ_OK
               ? 0
               : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_minute_agrees_with_a_slow_model),
    };

    return cmocka_run_group_tests(tests, calendar_make, NULL);
}
