/*
 * Opening hours in OSM's notation, in Chinese words for people.
 */
#ifndef YZ_CORE_HOURS_WORDS_H
#define YZ_CORE_HOURS_WORDS_H

#include "core/out.h"
#include "core/span.h"
#include "core/status.h"

/* Bytes that the words of `n` bytes of hours never exceed. */
#define YZ_HOURS_WORDS_SIZE(n) (6 * (n) + 32)

/*
 * Writes what `Mo-Fr 08:30-17:30; PH off` says as
 * `周一至周五 08:30-17:30；法定节假日 休息`.
 *
 * text: any bytes.
 * out: receives UTF-8 without characters that HTML escapes, on YZ_OK.
 *
 * YZ_OK; YZ_BAD_INPUT if not every token is known, as in hours that are
 * Chinese already (nothing is written: show the text as it is); YZ_FULL if
 * `out` was or became full.
 */
yz_status yz_hours_words(yz_span text, yz_out *out);

#endif
