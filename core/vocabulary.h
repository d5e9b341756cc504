/*
 * The words that the project knows.  Kinds and services are open
 * vocabularies: a word that is not here is kept as it is and shows as itself.
 * Known ones have a Chinese label and an icon, and Chinese names that clerks
 * write for them.
 */
#ifndef YZ_CORE_VOCABULARY_H
#define YZ_CORE_VOCABULARY_H

#include <stddef.h>

#include "core/span.h"
#include "core/status.h"

typedef struct {
    const char *word;  /* as in files, filters and answers */
    const char *label; /* Chinese, for people */
    const char *icon;  /* one emoji */
} yz_vocabulary_entry;

typedef enum {
    YZ_LEVEL_NONE = 0,
    YZ_LEVEL_CITY,
    YZ_LEVEL_PROVINCE,
    YZ_LEVEL_NATIONAL,
    YZ_LEVEL_COUNT
} yz_level;

typedef enum {
    YZ_PLACE_OPEN = 0,  /* in business, at its opening hours */
    YZ_PLACE_SUSPENDED, /* closed for a while */
    YZ_PLACE_CLOSED,    /* closed for good */
    YZ_PLACE_DELISTED,  /* taken off the map */
    YZ_PLACE_STATUS_COUNT
} yz_place_status;

/*
 * The known kinds and services in the order in which to show them; *n
 * receives how many.  Static storage.
 */
const yz_vocabulary_entry *yz_vocabulary_kinds(size_t *n);
const yz_vocabulary_entry *yz_vocabulary_services(size_t *n);

/*
 * The canonical word for what a file or a query says: a known word in any
 * ASCII case or one of its Chinese names gives the known word (static
 * storage); anything else, the empty text too, gives `text` itself.
 */
yz_span yz_vocabulary_kind_of(yz_span text);
yz_span yz_vocabulary_service_of(yz_span text);

/* The Chinese label of a canonical word; an unknown word is its own label. */
yz_span yz_vocabulary_kind_label(yz_span word);
yz_span yz_vocabulary_service_label(yz_span word);

/* The icon of a canonical word, a plain one for unknown words; static. */
yz_span yz_vocabulary_kind_icon(yz_span word);
yz_span yz_vocabulary_service_icon(yz_span word);

/*
 * Reads a level or a status: its word in any ASCII case or a Chinese name.
 * YZ_OK with *level or *status set, YZ_BAD_INPUT for anything else (the empty
 * text too: what absence means is the caller's to say).
 */
yz_status yz_level_parse(yz_span text, yz_level *level);
yz_status yz_place_status_parse(yz_span text, yz_place_status *status);

/*
 * Like yz_level_parse() for a query, which must write exactly none, city,
 * province or national.
 */
yz_status yz_level_parse_strict(yz_span text, yz_level *level);

/*
 * Word (none, city, ...; open, suspended, ...) and Chinese label of a level
 * or a status; never NULL, "" and "" outside of the enum; static storage.
 * The label of YZ_LEVEL_NONE is "".
 */
const char *yz_level_word(yz_level level);
const char *yz_level_label(yz_level level);
const char *yz_place_status_word(yz_place_status status);
const char *yz_place_status_label(yz_place_status status);

#endif
