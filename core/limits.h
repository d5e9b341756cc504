/*
 * Limits that more than one part keeps.  Sizes are bytes of UTF-8.
 */
#ifndef YZ_CORE_LIMITS_H
#define YZ_CORE_LIMITS_H

#define YZ_ID_MAX 64       /* a place's id */
#define YZ_NAME_MAX 256    /* a place's name */
#define YZ_WORD_MAX 64     /* a kind, a service */
#define YZ_ADDRESS_MAX 512 /* a place's address */
#define YZ_HOURS_MAX 512   /* opening hours as text */
#define YZ_PHONE_MAX 64    /* a place's public phone number(s) */

#define YZ_KINDS_MAX 65535     /* interned kinds of one generation */
#define YZ_SERVICES_MAX 64     /* interned services of one generation */
#define YZ_ITEMS_MAX 65535     /* interned items of one generation */
#define YZ_HOURS_IDS_MAX 65535 /* distinct opening hours of one generation */

#define YZ_RADIUS_MAX_M 50000 /* largest radius of a nearby query */
#define YZ_LIMIT_MAX 100      /* most features of one answer */
#define YZ_LIMIT_DEFAULT 10
#define YZ_FILTER_WORDS_MAX 16 /* words in one list parameter */

#endif
