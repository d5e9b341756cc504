/*
 * Chinese opening hours; core/hours_compile.c calls yz_hours_zh_parse().
 *
 *   hours = { item | "," | ";" }
 *   item  = [dates] [days] body            周一至周五 8:00-17:30
 *         | "(" item ")"                   （节假日除外）
 *         | "除" days "外"
 *   dates = 5月-9月, 10月-次年4月, 5月1日至7日, 2026年2月16日-22日; 夏季
 *           and 冬季 only with them
 *   days  = 周一至周五, 周一、三、五, 工作日, 周末, 节假日, 每天, and lists
 *   body  = times | 全天 | 休息 | 除外 | 照常 | 全年无休
 *   times = 8:00-12:00, 早8点至晚9点, 下午2:00-6:00, 22:00-次日2:00, lists
 *
 * 工作日 is Monday to Friday without holidays and with the weekend days that
 * are worked instead; 节假日 is public holidays.  An hour that may be meant
 * by a 12-hour clock (8:00-5:30) is not understood.
 */
#include "core/hours_compile_zh.h"

#include "core/hours_compile_zh_order.h"
#include "core/hours_compile_zh_select.h"
#include "core/hours_compile_zh_times.h"

typedef struct {
    yz_zh_cursor in;
    yz_hours_rules *rules;
    yz_zh_selection pending; /* read, and still without a body */
    bool after_body;         /* nothing stands between the last body and here */
    bool in_group;           /* within parentheses that hold items */
    bool in_inline;          /* within parentheses that change nothing */
} parser;

/* Adds the pending selection as rules: weekdays and holidays apart. */
static void
rules_emit(parser *p, bool off)
{
    yz_zh_selection *s = &p->pending;
    bool named = s->rule.days_named;

    s->rule.off = off;
    p->rules->working = p->rules->working || s->working;
    if (named || !s->holiday) {
        s->rule.days = named ? s->rule.days : YZ_HOURS_DAYS_ALL;
        yz_hours_rules_add(p->rules, &s->rule);
    }
    if (s->holiday) {
        s->rule.days = YZ_HOURS_DAYS_HOLIDAY;
        s->rule.days_named = true;
        s->rule.loose = s->loose;
        yz_hours_rules_add(p->rules, &s->rule);
    }
    *s = (yz_zh_selection){0};
    p->after_body = true;
}

/* 除外 after closed days, in parentheses: these are not among them. */
static bool
except_from_closed(parser *p)
{
    yz_zh_selection *s = &p->pending;
    yz_hours_rule *last = &p->rules->rule[p->rules->n - 1];
    uint32_t days = s->rule.days | (s->holiday ? YZ_HOURS_DAYS_HOLIDAY : 0);

    if (!p->in_group || s->rule.dates_n > 0 || s->rule.unbound) {
        return false;
    }
    last->days &= ~days;
    *s = (yz_zh_selection){0};
    p->after_body = true;
    return true;
}

static void
except_read(parser *p)
{
    yz_zh_selection *s = &p->pending;

    if (!s->rule.days_named && !s->holiday) {
        p->in.failed = true;
    } else if (p->rules->n > 0 && p->rules->rule[p->rules->n - 1].off) {
        p->in.failed = !except_from_closed(p);
    } else {
        rules_emit(p, true);
    }
}

/* 节假日照常, 全年无休: claims that the rest of the text has to keep. */
static void
claim_read(parser *p, const yz_zh_token *t)
{
    yz_zh_selection *s = &p->pending;

    if (t->kind == YZ_ZH_NO_REST) {
        p->in.failed = !yz_zh_selection_empty(s) &&
                       (s->rule.days != YZ_HOURS_DAYS_ALL || s->holiday ||
                        s->rule.unbound || s->rule.dates_n > 0);
        p->rules->no_rest = true;
    } else {
        p->in.failed = t->value == 1
                           ? !yz_zh_selection_empty(s)
                           : !s->holiday || s->rule.days_named ||
                                 s->rule.unbound || s->rule.dates_n > 0;
        p->rules->as_usual = true;
    }
    *s = (yz_zh_selection){0};
    p->after_body = true;
}

static bool
body_read(parser *p)
{
    if (yz_zh_times_here(&p->in, 0)) {
        yz_zh_times_read(&p->in, &p->pending.rule);
        /* 12:00-14:00休息 is no opening. */
        p->in.failed = p->in.failed || yz_zh_peek(&p->in, 0) == YZ_ZH_CLOSED ||
                       yz_zh_peek(&p->in, 0) == YZ_ZH_EXCEPT;
        rules_emit(p, false);
    } else if (yz_zh_accept(&p->in, YZ_ZH_ALL_DAY)) {
        while (yz_zh_accept(&p->in, YZ_ZH_ALL_DAY)) {
        }
        rules_emit(p, false);
    } else if (yz_zh_accept(&p->in, YZ_ZH_CLOSED)) {
        p->in.failed = yz_zh_selection_empty(&p->pending);
        rules_emit(p, true);
    } else if (yz_zh_accept(&p->in, YZ_ZH_EXCEPT)) {
        except_read(p);
    } else if (yz_zh_peek(&p->in, 0) == YZ_ZH_AS_USUAL ||
               yz_zh_peek(&p->in, 0) == YZ_ZH_NO_REST) {
        claim_read(p, yz_zh_next(&p->in));
    } else {
        return false;
    }
    return true;
}

/* 除周一外: closed then; what is pending stays so. */
static void
but_read(parser *p)
{
    yz_zh_selection kept = p->pending;

    p->pending = (yz_zh_selection){0};
    if (!yz_zh_selection_read(&p->in, &p->pending) ||
        !yz_zh_accept(&p->in, YZ_ZH_OUTSIDE)) {
        p->in.failed = true;
        return;
    }
    rules_emit(p, true);
    p->pending = kept;
    p->after_body = false;
}

static void items_read(parser *p);

/* Whether the parentheses that open here say more than dates and days. */
static bool
group_has_body(const parser *p)
{
    for (size_t i = p->in.at; p->in.tokens[i].kind != YZ_ZH_END &&
                              p->in.tokens[i].kind != YZ_ZH_CLOSE;
         i++) {
        yz_zh_kind k = p->in.tokens[i].kind;

        if (k == YZ_ZH_TIME || k == YZ_ZH_ALL_DAY || k == YZ_ZH_CLOSED ||
            k == YZ_ZH_EXCEPT || k == YZ_ZH_BUT || k == YZ_ZH_AS_USUAL ||
            k == YZ_ZH_NO_REST) {
            return true;
        }
    }
    return false;
}

/* 8:00-17:30（周一至周五）: the selection comes after its body. */
static void
selection_attach(parser *p)
{
    yz_hours_rule *last =
        p->rules->n > 0 ? &p->rules->rule[p->rules->n - 1] : NULL;
    yz_zh_selection s = {0};

    /* Of weekdays and holidays only the second rule would get it. */
    if (last == NULL || last->off || last->days == YZ_HOURS_DAYS_HOLIDAY) {
        p->in.failed = true;
        return;
    }
    s.rule = *last;
    if (!last->days_named) {
        s.rule.days = 0;
    }
    if (!yz_zh_selection_read(&p->in, &s) || s.holiday ||
        yz_zh_peek(&p->in, 0) != YZ_ZH_CLOSE || yz_zh_times_here(&p->in, 1) ||
        yz_zh_peek(&p->in, 1) == YZ_ZH_ALL_DAY ||
        yz_zh_peek(&p->in, 1) == YZ_ZH_CLOSED) {
        p->in.failed = true;
        return;
    }
    if (!s.rule.days_named) {
        s.rule.days = YZ_HOURS_DAYS_ALL;
    }
    p->rules->working = p->rules->working || s.working;
    *last = s.rule;
}

/* Parentheses with items of their own: （节假日除外）. */
static void
group_items_read(parser *p)
{
    yz_zh_selection kept = p->pending;

    p->pending = (yz_zh_selection){0};
    p->in_group = true;
    items_read(p);
    p->in_group = false;
    p->pending = kept;
    p->after_body = false;
}

static void
group_read(parser *p)
{
    if (p->in_group || p->in_inline) {
        p->in.failed = true;
        return;
    }
    if (yz_zh_times_here(&p->in, 0) || yz_zh_peek(&p->in, 0) == YZ_ZH_ALL_DAY) {
        p->in_inline = true;
        return;
    }
    if (group_has_body(p)) {
        group_items_read(p);
    } else if (p->after_body) {
        selection_attach(p);
    } else {
        p->in.failed = !yz_zh_selection_read(&p->in, &p->pending);
    }
    p->in.failed = p->in.failed || !yz_zh_accept(&p->in, YZ_ZH_CLOSE);
}

/* Takes a separator or a parenthesis that changes nothing. */
static bool
separator_take(parser *p)
{
    if (yz_zh_accept(&p->in, YZ_ZH_COMMA)) {
        p->after_body = false;
        return true;
    }
    if (yz_zh_peek(&p->in, 0) == YZ_ZH_SEMICOLON &&
        yz_zh_selection_empty(&p->pending)) {
        p->after_body = false;
        p->in.at++;
        return true;
    }
    if (yz_zh_peek(&p->in, 0) == YZ_ZH_CLOSE && p->in_inline) {
        p->in_inline = false;
        p->in.at++;
        return true;
    }
    return false;
}

/* Reads items up to the end, or to the parenthesis that closes a group. */
static void
items_read(parser *p)
{
    while (!p->in.failed && !p->rules->failed &&
           yz_zh_peek(&p->in, 0) != YZ_ZH_END) {
        if (p->in_group && yz_zh_peek(&p->in, 0) == YZ_ZH_CLOSE) {
            break;
        }
        if (separator_take(p) || body_read(p)) {
            continue;
        }
        if (yz_zh_accept(&p->in, YZ_ZH_OPEN)) {
            group_read(p);
        } else if (yz_zh_accept(&p->in, YZ_ZH_BUT)) {
            but_read(p);
        } else if (yz_zh_selection_read(&p->in, &p->pending)) {
            p->after_body = false;
        } else {
            p->in.failed = true;
        }
    }
    p->in.failed = p->in.failed || !yz_zh_selection_empty(&p->pending);
}

bool
yz_hours_zh_parse(yz_span text, yz_hours_rules *rules)
{
    parser p = {.rules = rules};

    *rules = (yz_hours_rules){0};
    if (!yz_zh_lex(text, p.in.tokens)) {
        rules->failed = true;
        return false;
    }
    items_read(&p);
    if (p.in.failed || p.in_inline || rules->n == 0 || !yz_zh_order(rules)) {
        rules->failed = true;
    }
    return !rules->failed;
}
