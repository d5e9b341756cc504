/*
 * Cuts Chinese opening hours into words; core/hours_compile_zh.c calls
 * yz_zh_lex().  Words are found by the longest entry of a table; numbers, in
 * digits or Chinese numerals, take their unit with them.
 */
#include "core/hours_compile_zh_lex.h"

#define MINUTES_MAX (48 * 60)

typedef struct {
    const char *text;
    yz_zh_kind kind;
    int32_t value;
} word;

/* Left out of the list of tokens: it changes nothing. */
#define FILLER YZ_ZH_END

static const word words[] = {
    {" ", FILLER, 0},
    {":", FILLER, 0},
    {"开放时间", FILLER, 0},
    {"营业时间", FILLER, 0},
    {"服务时间", FILLER, 0},
    {"办公时间", FILLER, 0},
    {"工作时间", FILLER, 0},
    {"运营时间", FILLER, 0},
    {"时间", FILLER, 0},
    {"对外开放", FILLER, 0},
    {"开放", FILLER, 0},
    {"营业", FILLER, 0},
    {"服务", FILLER, 0},
    {"开馆", FILLER, 0},
    {"均", FILLER, 0},
    {"为", FILLER, 0},
    {"每年", FILLER, 0},
    {"当日", FILLER, 0},
    {"当天", FILLER, 0},
    {";", YZ_ZH_SEMICOLON, 0},
    {"\n", YZ_ZH_SEMICOLON, 0},
    {",", YZ_ZH_COMMA, 0},
    {"/", YZ_ZH_COMMA, 0},
    {"和", YZ_ZH_COMMA, 0},
    {"及", YZ_ZH_COMMA, 0},
    {"以及", YZ_ZH_COMMA, 0},
    {"与", YZ_ZH_COMMA, 0},
    {"-", YZ_ZH_DASH, 0},
    {"--", YZ_ZH_DASH, 0},
    {"至", YZ_ZH_DASH, 0},
    {"到", YZ_ZH_DASH, 0},
    {"(", YZ_ZH_OPEN, 0},
    {")", YZ_ZH_CLOSE, 0},
    {"每天", YZ_ZH_DAYS, YZ_ZH_EVERY_DAY},
    {"每日", YZ_ZH_DAYS, YZ_ZH_EVERY_DAY},
    {"天天", YZ_ZH_DAYS, YZ_ZH_EVERY_DAY},
    {"全年", YZ_ZH_DAYS, YZ_ZH_EVERY_DAY},
    {"全周", YZ_ZH_DAYS, YZ_ZH_EVERY_DAY},
    {"工作日", YZ_ZH_DAYS, YZ_ZH_WORKING},
    {"非工作日", YZ_ZH_DAYS, YZ_ZH_REST_DAYS},
    {"周末", YZ_ZH_DAYS, YZ_ZH_WEEKEND},
    {"双休日", YZ_ZH_DAYS, YZ_ZH_WEEKEND},
    {"双休", YZ_ZH_DAYS, YZ_ZH_WEEKEND},
    {"节假日", YZ_ZH_DAYS, YZ_ZH_HOLIDAY},
    {"节日", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"公共假期", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"公众假期", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"法定假日", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"法定节日", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"法定假期", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"法定节假日", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"国家法定节假日", YZ_ZH_DAYS, YZ_ZH_LEGAL_HOLIDAY},
    {"凌晨", YZ_ZH_PERIOD, YZ_ZH_BEFORE_DAWN},
    {"早", YZ_ZH_PERIOD, YZ_ZH_MORNING},
    {"早上", YZ_ZH_PERIOD, YZ_ZH_MORNING},
    {"早晨", YZ_ZH_PERIOD, YZ_ZH_MORNING},
    {"清晨", YZ_ZH_PERIOD, YZ_ZH_MORNING},
    {"上午", YZ_ZH_PERIOD, YZ_ZH_MORNING},
    {"中午", YZ_ZH_PERIOD, YZ_ZH_NOON},
    {"正午", YZ_ZH_PERIOD, YZ_ZH_NOON},
    {"下午", YZ_ZH_PERIOD, YZ_ZH_AFTERNOON},
    {"午后", YZ_ZH_PERIOD, YZ_ZH_AFTERNOON},
    {"傍晚", YZ_ZH_PERIOD, YZ_ZH_EVENING},
    {"晚", YZ_ZH_PERIOD, YZ_ZH_EVENING},
    {"晚上", YZ_ZH_PERIOD, YZ_ZH_EVENING},
    {"晚间", YZ_ZH_PERIOD, YZ_ZH_EVENING},
    {"夜间", YZ_ZH_PERIOD, YZ_ZH_EVENING},
    {"次日", YZ_ZH_NEXT_DAY, 0},
    {"翌日", YZ_ZH_NEXT_DAY, 0},
    {"隔日", YZ_ZH_NEXT_DAY, 0},
    {"隔天", YZ_ZH_NEXT_DAY, 0},
    {"第二天", YZ_ZH_NEXT_DAY, 0},
    {"次年", YZ_ZH_NEXT_YEAR, 0},
    {"翌年", YZ_ZH_NEXT_YEAR, 0},
    {"来年", YZ_ZH_NEXT_YEAR, 0},
    {"第二年", YZ_ZH_NEXT_YEAR, 0},
    {"全天", YZ_ZH_ALL_DAY, 0},
    {"全天候", YZ_ZH_ALL_DAY, 0},
    {"全日", YZ_ZH_ALL_DAY, 0},
    {"24小时", YZ_ZH_ALL_DAY, 0},
    {"24 小时", YZ_ZH_ALL_DAY, 0},
    {"24h", YZ_ZH_ALL_DAY, 0},
    {"24H", YZ_ZH_ALL_DAY, 0},
    {"二十四小时", YZ_ZH_ALL_DAY, 0},
    {"7x24小时", YZ_ZH_ALL_DAY, 0},
    {"7X24小时", YZ_ZH_ALL_DAY, 0},
    {"7*24小时", YZ_ZH_ALL_DAY, 0},
    {"24/7", YZ_ZH_ALL_DAY, 0},
    {"休息", YZ_ZH_CLOSED, 0},
    {"公休", YZ_ZH_CLOSED, 0},
    {"店休", YZ_ZH_CLOSED, 0},
    {"休馆", YZ_ZH_CLOSED, 0},
    {"闭馆", YZ_ZH_CLOSED, 0},
    {"关闭", YZ_ZH_CLOSED, 0},
    {"关门", YZ_ZH_CLOSED, 0},
    {"不开放", YZ_ZH_CLOSED, 0},
    {"不对外开放", YZ_ZH_CLOSED, 0},
    {"不开门", YZ_ZH_CLOSED, 0},
    {"不营业", YZ_ZH_CLOSED, 0},
    {"停止开放", YZ_ZH_CLOSED, 0},
    {"停止服务", YZ_ZH_CLOSED, 0},
    {"除外", YZ_ZH_EXCEPT, 0},
    {"除", YZ_ZH_BUT, 0},
    {"除了", YZ_ZH_BUT, 0},
    {"外", YZ_ZH_OUTSIDE, 0},
    {"以外", YZ_ZH_OUTSIDE, 0},
    {"之外", YZ_ZH_OUTSIDE, 0},
    {"含节假日", YZ_ZH_AS_USUAL, 1},
    {"含法定节假日", YZ_ZH_AS_USUAL, 1},
    {"包括节假日", YZ_ZH_AS_USUAL, 1},
    {"照常", YZ_ZH_AS_USUAL, 0},
    {"正常开放", YZ_ZH_AS_USUAL, 0},
    {"正常营业", YZ_ZH_AS_USUAL, 0},
    {"不休", YZ_ZH_AS_USUAL, 0},
    {"不休息", YZ_ZH_AS_USUAL, 0},
    {"全年无休", YZ_ZH_NO_REST, 0},
    {"全年不休", YZ_ZH_NO_REST, 0},
    {"无休", YZ_ZH_NO_REST, 0},
    {"春季", YZ_ZH_SEASON, 0},
    {"夏季", YZ_ZH_SEASON, 0},
    {"秋季", YZ_ZH_SEASON, 0},
    {"冬季", YZ_ZH_SEASON, 0},
    {"夏秋季", YZ_ZH_SEASON, 0},
    {"冬春季", YZ_ZH_SEASON, 0},
    {"春秋季", YZ_ZH_SEASON, 0},
    {"夏令时", YZ_ZH_SEASON, 0},
    {"冬令时", YZ_ZH_SEASON, 0},
    {"夏时制", YZ_ZH_SEASON, 0},
    {"冬时制", YZ_ZH_SEASON, 0},
    {"旺季", YZ_ZH_SEASON, 0},
    {"淡季", YZ_ZH_SEASON, 0},
};

static const char *const digits[] = {"零", "一", "二", "三", "四",
                                     "五", "六", "七", "八", "九"};
static const char *const week_words[] = {
    "每周", "逢周", "周", "每星期", "星期", "每礼拜", "礼拜",
};

typedef struct {
    yz_span rest;
    const yz_zh_token *first;
    yz_zh_token *out;
} lexer;

static bool
starts_with(yz_span text, const char *prefix)
{
    size_t n = strlen(prefix);

    return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

static bool
take(lexer *x, const char *prefix)
{
    if (!starts_with(x->rest, prefix)) {
        return false;
    }
    x->rest.p += strlen(prefix);
    x->rest.n -= strlen(prefix);
    return true;
}

static yz_zh_token *
put(lexer *x, yz_zh_kind kind, int32_t value)
{
    yz_zh_token *t = x->out++;

    *t = (yz_zh_token){.kind = kind, .value = value};
    return t;
}

/* Takes up to `most` ASCII digits; their number is returned. */
static size_t
ascii_take(lexer *x, size_t most, int32_t *value)
{
    size_t n = 0;

    *value = 0;
    while (n < most && n < x->rest.n && x->rest.p[n] >= '0' &&
           x->rest.p[n] <= '9') {
        *value = *value * 10 + (x->rest.p[n] - '0');
        n++;
    }
    x->rest.p += n;
    x->rest.n -= n;
    return n;
}

/* Takes one Chinese digit; -1 if there is none. */
static int32_t
digit_take(lexer *x)
{
    for (int32_t i = 0; i < 10; i++) {
        if (take(x, digits[i])) {
            return i;
        }
    }
    return take(x, "两") ? 2 : -1;
}

/* Takes a Chinese numeral up to 99: 八, 十, 十二, 二十, 三十一, 廿四. */
static int32_t
numeral_take(lexer *x)
{
    int32_t tens = take(x, "廿") ? 2 : -1;
    int32_t ones;

    if (tens < 0) {
        tens = digit_take(x);
        if (!take(x, "十")) {
            return tens;
        }
        tens = tens < 0 ? 1 : tens;
    }
    ones = digit_take(x);
    return tens * 10 + (ones < 0 ? 0 : ones);
}

/* Takes digits or a numeral up to 99; -1 if there is neither. */
static int32_t
small_take(lexer *x)
{
    int32_t value;

    return ascii_take(x, 2, &value) > 0 ? value : numeral_take(x);
}

/* After 点 or 时: the minutes, 0 when there are none; -1 when wrong. */
static int32_t
minutes_after_hour(lexer *x)
{
    int32_t minutes;

    if (take(x, "半")) {
        return 30;
    }
    if (take(x, "一刻")) {
        return 15;
    }
    if (take(x, "三刻")) {
        return 45;
    }
    if (take(x, "钟") || take(x, "整")) {
        return 0;
    }
    minutes = small_take(x);
    if (minutes < 0) {
        return 0;
    }
    take(x, "分");
    return minutes <= 59 ? minutes : -1;
}

/* After ':' or '.': exactly two digits, and `:00` seconds; -1 if not so. */
static int32_t
minutes_after_mark(lexer *x)
{
    int32_t minutes;

    if (ascii_take(x, 3, &minutes) != 2 || minutes > 59) {
        return -1;
    }
    take(x, ":00");
    take(x, "分");
    return minutes;
}

static bool
time_put(lexer *x, int32_t hour, int32_t minutes, bool two_digits)
{
    if (hour > 48 || minutes < 0 || hour * 60 + minutes > MINUTES_MAX) {
        return false;
    }
    put(x, YZ_ZH_TIME, hour * 60 + minutes)->two_digits = two_digits;
    return true;
}

/* Takes the mark between hour and minutes, if digits follow it. */
static bool
mark_take(lexer *x)
{
    bool digit = x->rest.n > 1 && x->rest.p[1] >= '0' && x->rest.p[1] <= '9';

    return digit && (take(x, ":") || take(x, "."));
}

/* Takes blanks, if a unit of number_lex() stands behind them. */
static void
unit_reach(lexer *x)
{
    static const char *const units[] = {"点", "时", "月", "日", "号", "年"};
    lexer ahead = *x;

    while (take(&ahead, " ")) {
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (starts_with(ahead.rest, units[i])) {
            *x = ahead;
        }
    }
}

/* 周四、六日: the numeral is a weekday and 日 another one. */
static bool
short_weekday(const lexer *x, int32_t value, size_t digits_n)
{
    return digits_n == 0 && value >= 1 && value <= 6 && x->out != x->first &&
           x->out[-1].kind != YZ_ZH_MONTH;
}

/* A number and its unit, which make a time, a date or a bare number. */
static bool
number_lex(lexer *x, int32_t value, size_t digits_n)
{
    bool two = digits_n != 1;

    if (digits_n > 0 && mark_take(x)) {
        return time_put(x, value, minutes_after_mark(x), two);
    }
    if (digits_n > 0) {
        unit_reach(x);
    }
    if (take(x, "点") || take(x, "时")) {
        return time_put(x, value, minutes_after_hour(x), two);
    }
    if (take(x, "月")) {
        take(x, "份");
        put(x, YZ_ZH_MONTH, value);
        return value >= 1 && value <= 12;
    }
    if (!short_weekday(x, value, digits_n) &&
        (take(x, "日") || take(x, "号"))) {
        put(x, YZ_ZH_MONTHDAY, value);
        return value >= 1 && value <= 31;
    }
    if (take(x, "年")) {
        put(x, YZ_ZH_YEAR, value);
        return digits_n == 4 && value >= 1970;
    }
    put(x, YZ_ZH_NUMBER, value)->chinese = digits_n == 0;
    return digits_n < 3;
}

/* A weekday with its 周: the one character after it. */
static bool
weekday_lex(lexer *x)
{
    for (size_t i = 0; i < sizeof(week_words) / sizeof(week_words[0]); i++) {
        int32_t day;

        if (!take(x, week_words[i])) {
            continue;
        }
        if (take(x, "日") || take(x, "天") || take(x, "7")) {
            put(x, YZ_ZH_WEEKDAY, 6);
            return true;
        }
        if (ascii_take(x, 1, &day) == 0) {
            day = digit_take(x);
        }
        put(x, YZ_ZH_WEEKDAY, day - 1);
        return day >= 1 && day <= 6;
    }
    return false;
}

static const word *
word_find(yz_span text)
{
    const word *best = NULL;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (starts_with(text, words[i].text) &&
            (best == NULL || strlen(words[i].text) > strlen(best->text))) {
            best = &words[i];
        }
    }
    return best;
}

static bool
token_lex(lexer *x)
{
    const word *found = word_find(x->rest);
    int32_t value;
    size_t digits_n;

    if (found != NULL) {
        take(x, found->text);
        if (found->kind != FILLER) {
            put(x, found->kind, found->value);
        }
        return true;
    }
    digits_n = ascii_take(x, 4, &value);
    if (digits_n == 0) {
        value = numeral_take(x);
    }
    if (digits_n > 0 || value >= 0) {
        return number_lex(x, value, digits_n);
    }
    if (take(x, "日") || take(x, "天")) {
        put(x, YZ_ZH_SUN, 6);
        return true;
    }
    return weekday_lex(x);
}

bool
yz_zh_lex(yz_span text, yz_zh_token tokens[static YZ_ZH_TOKENS_MAX])
{
    lexer x = {.rest = text, .first = tokens, .out = tokens};

    while (x.rest.n > 0) {
        if (!token_lex(&x)) {
            return false;
        }
    }
    put(&x, YZ_ZH_END, 0);
    return true;
}
