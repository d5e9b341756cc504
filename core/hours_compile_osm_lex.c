/*
 * Words, numbers and times of OSM opening hours;
 * core/hours_compile_osm.c takes them one by one.
 */
#include "core/hours_compile_osm_lex.h"

#define WORD_MAX 9 /* September, Wednesday */

static const char *const weekdays[] = {"monday",   "tuesday", "wednesday",
                                       "thursday", "friday",  "saturday",
                                       "sunday"};
static const char *const months[] = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

void
yz_osm_blanks(yz_osm_source *s)
{
    while (s->at < s->text.n && s->text.p[s->at] == ' ') {
        s->at++;
    }
}

char
yz_osm_peek(const yz_osm_source *s, size_t ahead)
{
    return s->at + ahead < s->text.n ? s->text.p[s->at + ahead] : '\0';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
yz_osm_accept(yz_osm_source *s, char c)
{
    size_t start = s->at;

    yz_osm_blanks(s);
    if (yz_osm_peek(s, 0) == c && c != '\0') {
        s->at++;
        return true;
    }
    s->at = start;
    return false;
}

/* The word at the place in lower case, its length; 0 for none, too long. */
static size_t
word_peek(const yz_osm_source *s, char word[WORD_MAX])
{
    size_t n = 0;

    while (is_letter(yz_osm_peek(s, n))) {
        if (n == WORD_MAX) {
            return 0;
        }
        word[n] = (char)(yz_osm_peek(s, n) | 0x20);
        n++;
    }
    return n;
}

bool
yz_osm_accept_word(yz_osm_source *s, const char *want)
{
    char word[WORD_MAX];
    size_t start = s->at;
    size_t n;

    yz_osm_blanks(s);
    n = word_peek(s, word);
    if (n == strlen(want) && memcmp(word, want, n) == 0) {
        s->at += n;
        return true;
    }
    s->at = start;
    return false;
}

/*
 * Takes a name of the table, written whole or with `least` to 3 letters;
 * returns its place in the table, -1 when there is none.
 */
static int32_t
name_take(yz_osm_source *s, const char *const *table, int32_t count,
          size_t least)
{
    char word[WORD_MAX];
    size_t start = s->at;
    size_t n;

    yz_osm_blanks(s);
    n = word_peek(s, word);
    for (int32_t i = 0; i < count; i++) {
        size_t whole = strlen(table[i]);

        if (n >= least && (n <= 3 || n == whole) && n <= whole &&
            memcmp(word, table[i], n) == 0) {
            s->at += n;
            return i;
        }
    }
    s->at = start;
    return -1;
}

int32_t
yz_osm_weekday(yz_osm_source *s)
{
    return name_take(s, weekdays, 7, 2);
}

int32_t
yz_osm_month(yz_osm_source *s)
{
    return name_take(s, months, 12, 3) + 1;
}

int32_t
yz_osm_number(yz_osm_source *s, size_t least, size_t most)
{
    size_t start = s->at;
    size_t n = 0;
    int32_t value = 0;

    yz_osm_blanks(s);
    while (n <= most && is_digit(yz_osm_peek(s, n))) {
        value = value * 10 + (yz_osm_peek(s, n) - '0');
        n++;
    }
    if (n < least || n > most ||
        (yz_osm_peek(s, n) == ':' && is_digit(yz_osm_peek(s, n + 1)))) {
        s->at = start;
        return -1;
    }
    s->at += n;
    return value;
}

int32_t
yz_osm_time(yz_osm_source *s, bool *two_digits)
{
    size_t start = s->at;
    size_t hour_n;
    int32_t minutes;

    yz_osm_blanks(s);
    hour_n = is_digit(yz_osm_peek(s, 1)) ? 2 : 1;
    *two_digits = hour_n == 2;
    if (!is_digit(yz_osm_peek(s, 0)) || yz_osm_peek(s, hour_n) != ':' ||
        !is_digit(yz_osm_peek(s, hour_n + 1)) ||
        !is_digit(yz_osm_peek(s, hour_n + 2)) ||
        is_digit(yz_osm_peek(s, hour_n + 3)) ||
        yz_osm_peek(s, hour_n + 1) > '5') {
        s->at = start;
        return -1;
    }
    minutes = yz_osm_peek(s, 0) - '0';
    if (hour_n == 2) {
        minutes = minutes * 10 + (yz_osm_peek(s, 1) - '0');
    }
    minutes = minutes * 60 + (yz_osm_peek(s, hour_n + 1) - '0') * 10 +
              (yz_osm_peek(s, hour_n + 2) - '0');
    s->at += hour_n + 3;
    if (yz_osm_peek(s, 0) == ':' && yz_osm_peek(s, 1) == '0' &&
        yz_osm_peek(s, 2) == '0') {
        s->at += 3;
    }
    return minutes;
}
