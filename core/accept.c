/*
 * A small reader of Accept headers.  The module calls it for each scan, so it
 * takes one pass and keeps nothing but the best match of each media type.
 */
#include "core/accept.h"

#include <stdint.h>

#define QUALITY_ONE 1000 /* q=1.000 */

/* What a media range says of one media type; the more special one wins. */
typedef struct {
    int speciality; /* 0 none, 1 any type, 2 any subtype, 3 exact */
    int quality;    /* 0..QUALITY_ONE */
} match;

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static yz_span
trimmed(yz_span text)
{
    while (text.n > 0 && is_blank(text.p[0])) {
        text.p++;
        text.n--;
    }
    while (text.n > 0 && is_blank(text.p[text.n - 1])) {
        text.n--;
    }
    return text;
}

/* Takes what comes before `separator` off the front of *rest. */
static yz_span
cut(yz_span *rest, char separator)
{
    const char *at = memchr(rest->p, separator, rest->n);
    yz_span piece = {rest->p, at == NULL ? rest->n : (size_t)(at - rest->p)};
    size_t used = at == NULL ? piece.n : piece.n + 1;

    rest->p += used;
    rest->n -= used;
    return trimmed(piece);
}

static bool
equal_nocase(yz_span text, const char *literal)
{
    size_t n = strlen(literal);

    if (text.n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (lower(text.p[i]) != literal[i]) {
            return false;
        }
    }
    return true;
}

/* Reads a qvalue: 0, 1, 0.ddd or 1.000; -1 when it is none. */
static int
quality_of(yz_span text)
{
    static const int place_value[] = {100, 10, 1};
    int quality;

    if (text.n < 1 || text.n > 5 || (text.p[0] != '0' && text.p[0] != '1') ||
        (text.n > 1 && text.p[1] != '.')) {
        return -1;
    }
    quality = text.p[0] == '1' ? QUALITY_ONE : 0;
    for (size_t i = 2; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return -1;
        }
        quality += (text.p[i] - '0') * place_value[i - 2];
    }
    return quality <= QUALITY_ONE ? quality : -1;
}

/* The q among the parameters of a media range; -1 when it is malformed. */
static int
quality_among(yz_span parameters)
{
    while (parameters.n > 0) {
        yz_span parameter = cut(&parameters, ';');
        yz_span name = cut(&parameter, '=');

        if (equal_nocase(name, "q")) {
            return quality_of(trimmed(parameter));
        }
    }
    return QUALITY_ONE;
}

static void
improve(match *best, int speciality, int quality)
{
    if (speciality > best->speciality ||
        (speciality == best->speciality && quality > best->quality)) {
        best->speciality = speciality;
        best->quality = quality;
    }
}

static void
take_range(yz_span range, int quality, match *html, match *geo_json,
           match *json)
{
    if (equal_nocase(range, "*/*")) {
        improve(html, 1, quality);
        improve(geo_json, 1, quality);
        improve(json, 1, quality);
    } else if (equal_nocase(range, "text/*")) {
        improve(html, 2, quality);
    } else if (equal_nocase(range, "application/*")) {
        improve(geo_json, 2, quality);
        improve(json, 2, quality);
    } else if (equal_nocase(range, "text/html")) {
        improve(html, 3, quality);
    } else if (equal_nocase(range, "application/geo+json")) {
        improve(geo_json, 3, quality);
    } else if (equal_nocase(range, "application/json")) {
        improve(json, 3, quality);
    }
}

/* Without one of these there is no range that takes text/html in. */
static bool
may_name_html(yz_span header)
{
    return memchr(header.p, '*', header.n) != NULL ||
           memchr(header.p, 'h', header.n) != NULL ||
           memchr(header.p, 'H', header.n) != NULL;
}

bool
yz_accept_html(yz_span accept)
{
    match html = {0, 0}, geo_json = {0, 0}, json = {0, 0};
    int best_json;
    bool json_named;

    if (accept.n == 0 || !may_name_html(accept)) {
        return false;
    }
    while (accept.n > 0) {
        yz_span element = cut(&accept, ',');
        yz_span range = cut(&element, ';');
        int quality = quality_among(element);

        if (quality >= 0) {
            take_range(range, quality, &html, &geo_json, &json);
        }
    }
    best_json =
        geo_json.quality > json.quality ? geo_json.quality : json.quality;
    json_named = geo_json.speciality == 3 || json.speciality == 3;
    return html.quality > best_json ||
           (html.quality > 0 && html.quality == best_json &&
            html.speciality == 3 && !json_named);
}
