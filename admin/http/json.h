/*
 * Bodies: JSON read strictly (yajl; UTF-8 checked, 64 KiB, depth 16, no
 * member twice) and checked against a table of what a route allows.  Every
 * fault is named by its JSON pointer, all of them in one answer.
 */
#ifndef YZ_HTTP_JSON_H
#define YZ_HTTP_JSON_H

#include "admin/http/exchange.h"

#define YZ_JSON_DEPTH_MAX 16

typedef enum {
    YZ_JSON_TEXT = 1, /* min, max: characters (max 0: any number); shows as
                         one plain line (yz_text_clean), or as several, with
                         tabs, where `lines` is set */
    YZ_JSON_INTEGER,  /* min, max: value, within 2^53 */
    YZ_JSON_NUMBER,   /* min, max: value */
    YZ_JSON_BOOLEAN,
    YZ_JSON_OBJECT,   /* members: its own table */
    YZ_JSON_TEXTS,    /* an array of texts, of `words` if given; min, max: how
                       many */
    YZ_JSON_INTEGERS, /* an array of integers from 0 on; min, max: how many */
} yz_json_kind;

typedef struct yz_json_member {
    const char *name;
    yz_json_kind kind;
    bool required;
    bool lines;
    bool nullable; /* null is allowed; reads like absent but is `given` */
    double min;
    double max;
    const char *const *words; /* TEXT: one of these, NULL at the end */
    const struct yz_json_member *members; /* OBJECT; ended by name NULL */
} yz_json_member;

/*
 * Parses x->body into x->json and checks it; `members` ends with name NULL.
 * Codes of `errors`: member-unknown, -repeated, -malformed, -missing, -range.
 * YZ_OK with x->json; YZ_BAD_INPUT with 400 or 415 answered; YZ_NOMEM.
 */
yz_status yz_json_read(yz_exchange *x, const yz_json_member *members);

/*
 * Values of a checked body.  `object` NULL means the body itself.  What is
 * absent or null reads as empty text, the number `otherwise`, false, NULL.
 * Texts are NUL-terminated and live as long as the exchange.
 */
bool yz_json_given(const yz_exchange *x, const yz_json *object,
                   const char *name);
yz_span yz_json_text(const yz_exchange *x, const yz_json *object,
                     const char *name);
int64_t yz_json_integer(const yz_exchange *x, const yz_json *object,
                        const char *name, int64_t otherwise);
double yz_json_number(const yz_exchange *x, const yz_json *object,
                      const char *name, double otherwise);
bool yz_json_boolean(const yz_exchange *x, const yz_json *object,
                     const char *name);
const yz_json *yz_json_object(const yz_exchange *x, const yz_json *object,
                              const char *name);
size_t yz_json_texts(const yz_exchange *x, const yz_json *object,
                     const char *name);
yz_span yz_json_texts_at(const yz_exchange *x, const yz_json *object,
                         const char *name, size_t i);
size_t yz_json_integers(const yz_exchange *x, const yz_json *object,
                        const char *name);
int64_t yz_json_integers_at(const yz_exchange *x, const yz_json *object,
                            const char *name, size_t i);

#endif
