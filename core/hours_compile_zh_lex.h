/*
 * Words of Chinese opening hours.  Internal to core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_ZH_LEX_H
#define YZ_CORE_HOURS_COMPILE_ZH_LEX_H

#include "core/limits.h"
#include "core/span.h"

#include <stdint.h>

typedef enum {
    YZ_ZH_END,
    YZ_ZH_SEMICOLON,
    YZ_ZH_COMMA,    /* also 和, 及 ... */
    YZ_ZH_DASH,     /* also 至, 到 */
    YZ_ZH_OPEN,     /* ( */
    YZ_ZH_CLOSE,    /* ) */
    YZ_ZH_TIME,     /* value: minutes as written, 0..48*60 */
    YZ_ZH_NUMBER,   /* value; a bare number, its unit comes later */
    YZ_ZH_MONTH,    /* value 1..12 */
    YZ_ZH_MONTHDAY, /* value 1..31 */
    YZ_ZH_YEAR,     /* value, four digits */
    YZ_ZH_WEEKDAY,  /* value 0 (Monday)..6 */
    YZ_ZH_SUN,      /* a bare 日 or 天, Sunday after another weekday */
    YZ_ZH_DAYS,     /* value: yz_zh_days */
    YZ_ZH_PERIOD,   /* value: yz_zh_period, before a time */
    YZ_ZH_NEXT_DAY, /* 次日 */
    YZ_ZH_NEXT_YEAR,
    YZ_ZH_ALL_DAY,
    YZ_ZH_CLOSED,
    YZ_ZH_EXCEPT,   /* 除外, after what it excepts */
    YZ_ZH_BUT,      /* 除, before what it excepts */
    YZ_ZH_OUTSIDE,  /* 外, after what 除 excepts */
    YZ_ZH_AS_USUAL, /* value 1: names the holidays itself */
    YZ_ZH_NO_REST,
    YZ_ZH_SEASON, /* 夏季 ...: says nothing without its months */
} yz_zh_kind;

typedef enum {
    YZ_ZH_EVERY_DAY,
    YZ_ZH_WORKING,
    YZ_ZH_REST_DAYS, /* every day but the working days */
    YZ_ZH_WEEKEND,
    YZ_ZH_HOLIDAY,
    YZ_ZH_LEGAL_HOLIDAY,
} yz_zh_days;

typedef enum {
    YZ_ZH_NO_PERIOD,
    YZ_ZH_BEFORE_DAWN,
    YZ_ZH_MORNING,
    YZ_ZH_NOON,
    YZ_ZH_AFTERNOON,
    YZ_ZH_EVENING,
} yz_zh_period;

typedef struct {
    yz_zh_kind kind;
    int32_t value;
    bool chinese;    /* a number in Chinese numerals */
    bool two_digits; /* a time whose hour has two digits */
} yz_zh_token;

/* One token takes at least one byte; one more ends the list. */
#define YZ_ZH_TOKENS_MAX (YZ_HOURS_MAX + 1)

/*
 * Cuts `text`, evened out by yz_hours_text_even(), into words.  Words that
 * change nothing (开放时间, 营业, 每年 ...) are left out.
 *
 * tokens: filled, the last one is YZ_ZH_END.
 * Returns false at the first thing that is no known word.
 */
bool yz_zh_lex(yz_span text, yz_zh_token tokens[static YZ_ZH_TOKENS_MAX]);

#endif
