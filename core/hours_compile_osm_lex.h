/*
 * Words, numbers and times of OSM opening hours.  Internal to
 * core/hours_compile*.c.
 */
#ifndef YZ_CORE_HOURS_COMPILE_OSM_LEX_H
#define YZ_CORE_HOURS_COMPILE_OSM_LEX_H

#include "core/span.h"

#include <stdint.h>

typedef struct {
    yz_span text;
    size_t at;
    bool failed; /* sticky: not understood */
} yz_osm_source;

/* Moves past blanks. */
void yz_osm_blanks(yz_osm_source *s);

/* The character `ahead` places on, '\0' past the end. */
char yz_osm_peek(const yz_osm_source *s, size_t ahead);

/*
 * The takers below skip blanks and take what they name; what is something
 * else stays, with its blanks.
 */

/* Takes the character, which is not '\0'; false if it is not there. */
bool yz_osm_accept(yz_osm_source *s, char c);

/* Takes the word, given in lower case, in any case; false if not there. */
bool yz_osm_accept_word(yz_osm_source *s, const char *want);

/* Takes a weekday, `Mo` to `Monday`; 0 (Monday)..6, -1 if there is none. */
int32_t yz_osm_weekday(yz_osm_source *s);

/* Takes a month, `Jan` or `January`; 1..12, 0 if there is none. */
int32_t yz_osm_month(yz_osm_source *s);

/* Takes a number of least..most digits, no hour of a time; -1 if none. */
int32_t yz_osm_number(yz_osm_source *s, size_t least, size_t most);

/*
 * Takes `H:MM` or `HH:MM`, with `:00` seconds; minutes from midnight, -1 if
 * there is none.  two_digits: whether the hour has two.
 */
int32_t yz_osm_time(yz_osm_source *s, bool *two_digits);

#endif
