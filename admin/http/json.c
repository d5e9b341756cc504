/*
 * Reads a body with yajl's callbacks into a tree in the exchange's arena.
 * What yajl lets pass is refused before it: bad UTF-8, depth, escapes of half
 * a surrogate pair.  json_check.c holds the tree against the route's table.
 */
#include "admin/http/json_impl.h"

#include <stdlib.h>
#include <strings.h>
#include <yajl/yajl_parse.h>

#include "core/utf8.h"

typedef struct {
    yz_exchange *x;
    yz_json *root;
    yz_json *open[YZ_JSON_DEPTH_MAX]; /* from the outermost */
    size_t depth;
    yz_span key; /* of the member to come */
} builder;

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* The unit of a \uXXXX at `at`, or 0 when there is none. */
static unsigned
unit_at(yz_span text, size_t at)
{
    char digits[5] = "";

    if (text.n < 6 || at > text.n - 6 || text.p[at] != '\\' ||
        text.p[at + 1] != 'u') {
        return 0;
    }
    for (size_t i = 0; i < 4; i++) {
        digits[i] = text.p[at + 2 + i];
        if (!is_hex(digits[i])) {
            return 0;
        }
    }
    return (unsigned)strtoul(digits, NULL, 16);
}

/* Steps over the escape at *at; false for half of a surrogate pair. */
static bool
step_over_escape(yz_span text, size_t *at)
{
    unsigned unit = unit_at(text, *at);

    if (unit >= 0xdc00 && unit <= 0xdfff) {
        return false;
    }
    *at += 1; /* the character behind the backslash is the loop's */
    if (unit >= 0xd800 && unit <= 0xdbff) {
        unit = unit_at(text, *at + 5);
        *at += 6;
        return unit >= 0xdc00 && unit <= 0xdfff;
    }
    return true;
}

/* Depth and escapes; brackets inside of strings are text. */
static bool
is_sane(yz_span text)
{
    bool quoted = false;
    size_t depth = 0;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (quoted && c == '\\') {
            if (!step_over_escape(text, &i)) {
                return false;
            }
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            if (++depth > YZ_JSON_DEPTH_MAX) {
                return false;
            }
        } else if (!quoted && (c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

/* Hangs a new value where the parser is; NULL ends the parse. */
static yz_json *
add(builder *b, yz_json_type type)
{
    yz_json *value = yz_arena_alloc(&b->x->arena, sizeof(*value));
    yz_json *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;

    if (value == NULL) {
        return NULL;
    }
    value->type = type;
    value->key = b->key;
    b->key = (yz_span){NULL, 0};
    if (parent == NULL) {
        b->root = value;
    } else if (parent->last == NULL) {
        parent->first = value;
    } else {
        parent->last->next = value;
    }
    if (parent != NULL) {
        parent->last = value;
        parent->count++;
    }
    return value;
}

static int
on_null(void *context)
{
    return add(context, YZ_JSON_IS_NULL) != NULL;
}

static int
on_boolean(void *context, int boolean)
{
    yz_json *value = add(context, YZ_JSON_IS_BOOLEAN);

    if (value != NULL) {
        value->boolean = boolean != 0;
    }
    return value != NULL;
}

static int
on_number(void *context, const char *text, size_t n)
{
    builder *b = context;
    yz_json *value = add(b, YZ_JSON_IS_NUMBER);

    if (value == NULL) {
        return 0;
    }
    /* Beyond the range of a double it reads as infinite: out of any range. */
    value->number =
        strtod(yz_arena_text(&b->x->arena, (yz_span){text, n}), NULL);
    return !b->x->arena.failed;
}

static int
on_text(void *context, const unsigned char *text, size_t n)
{
    builder *b = context;
    yz_json *value = add(b, YZ_JSON_IS_TEXT);

    if (value != NULL) {
        value->text = yz_exchange_keep(b->x, (yz_span){(const char *)text, n});
    }
    return value != NULL && !b->x->arena.failed;
}

static int
open_one(builder *b, yz_json_type type)
{
    yz_json *value = add(b, type);

    if (value == NULL || b->depth == YZ_JSON_DEPTH_MAX) {
        return 0;
    }
    b->open[b->depth++] = value;
    return 1;
}

static int
on_object(void *context)
{
    return open_one(context, YZ_JSON_IS_OBJECT);
}

static int
on_array(void *context)
{
    return open_one(context, YZ_JSON_IS_ARRAY);
}

static int
on_key(void *context, const unsigned char *text, size_t n)
{
    builder *b = context;

    b->key = yz_exchange_keep(b->x, (yz_span){(const char *)text, n});
    return !b->x->arena.failed;
}

static int
on_end(void *context)
{
    builder *b = context;

    b->depth--;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_end,
};

/* YZ_OK with the root, YZ_BAD_INPUT, YZ_NOMEM. */
static yz_status
parse(yz_exchange *x, yz_json **root)
{
    builder b = {.x = x};
    yajl_handle parser;
    yajl_status done;

    if (!yz_utf8_valid(x->body) || !is_sane(x->body)) {
        return YZ_BAD_INPUT;
    }
    parser = yajl_alloc(&callbacks, NULL, &b);
    if (parser == NULL) {
        return YZ_NOMEM;
    }
    done = yajl_parse(parser, (const unsigned char *)x->body.p, x->body.n);
    if (done == yajl_status_ok) {
        done = yajl_complete_parse(parser);
    }
    yajl_free(parser);
    *root = b.root;
    if (x->arena.failed) {
        return YZ_NOMEM;
    }
    return done == yajl_status_ok && b.root != NULL ? YZ_OK : YZ_BAD_INPUT;
}

/* "application/json", alone or with charset=utf-8, in any case. */
static bool
is_json_media(yz_span type)
{
    static const char name[] = "application/json";
    static const char charset[] = "charset=";
    yz_span rest;

    if (type.n < sizeof(name) - 1 ||
        strncasecmp(type.p, name, sizeof(name) - 1) != 0) {
        return false;
    }
    rest = (yz_span){type.p + sizeof(name) - 1, type.n - sizeof(name) + 1};
    while (rest.n > 0 && (*rest.p == ' ' || *rest.p == ';')) {
        rest = (yz_span){rest.p + 1, rest.n - 1};
    }
    if (rest.n == 0) {
        return true;
    }
    if (type.p[sizeof(name) - 1] != ' ' && type.p[sizeof(name) - 1] != ';') {
        return false;
    }
    if (rest.n < sizeof(charset) - 1 ||
        strncasecmp(rest.p, charset, sizeof(charset) - 1) != 0) {
        return false;
    }
    rest =
        (yz_span){rest.p + sizeof(charset) - 1, rest.n - sizeof(charset) + 1};
    return (rest.n == 5 && strncasecmp(rest.p, "utf-8", 5) == 0) ||
           (rest.n == 7 && strncasecmp(rest.p, "\"utf-8\"", 7) == 0);
}

static yz_status
refuse(yz_exchange *x, yz_problem_code code, const char *detail)
{
    yz_status status = yz_exchange_problem(x, code, detail);

    return status == YZ_OK ? YZ_BAD_INPUT : status;
}

yz_status
yz_json_read(yz_exchange *x, const yz_json_member *members)
{
    yz_json *root = NULL;
    yz_status status;

    if (x->body.n == 0) {
        return refuse(x, YZ_PROBLEM_BODY_MALFORMED, "请求里没有内容。");
    }
    if (!is_json_media(x->content_type)) {
        return refuse(x, YZ_PROBLEM_MEDIA_UNSUPPORTED, NULL);
    }
    status = parse(x, &root);
    if (status == YZ_BAD_INPUT ||
        (status == YZ_OK && root->type != YZ_JSON_IS_OBJECT)) {
        return refuse(x, YZ_PROBLEM_BODY_MALFORMED, NULL);
    }
    if (status == YZ_OK) {
        status = yz_json_check(x, root, members);
    }
    x->json = status == YZ_OK ? root : NULL;
    return status;
}

/* The member of that name, NULL for none. */
static const yz_json *
find(const yz_exchange *x, const yz_json *object, const char *name)
{
    const yz_json *m = object != NULL ? object : x->json;

    for (m = m != NULL ? m->first : NULL; m != NULL; m = m->next) {
        if (yz_span_equal(m->key, yz_span_of(name))) {
            return m;
        }
    }
    return NULL;
}

bool
yz_json_given(const yz_exchange *x, const yz_json *object, const char *name)
{
    return find(x, object, name) != NULL;
}

yz_span
yz_json_text(const yz_exchange *x, const yz_json *object, const char *name)
{
    const yz_json *m = find(x, object, name);

    return m == NULL || m->type != YZ_JSON_IS_TEXT ? YZ_SPAN("") : m->text;
}

int64_t
yz_json_integer(const yz_exchange *x, const yz_json *object, const char *name,
                int64_t otherwise)
{
    const yz_json *m = find(x, object, name);

    return m == NULL || m->type != YZ_JSON_IS_NUMBER ? otherwise
                                                     : (int64_t)m->number;
}

double
yz_json_number(const yz_exchange *x, const yz_json *object, const char *name,
               double otherwise)
{
    const yz_json *m = find(x, object, name);

    return m == NULL || m->type != YZ_JSON_IS_NUMBER ? otherwise : m->number;
}

bool
yz_json_boolean(const yz_exchange *x, const yz_json *object, const char *name)
{
    const yz_json *m = find(x, object, name);

    return m != NULL && m->type == YZ_JSON_IS_BOOLEAN && m->boolean;
}

const yz_json *
yz_json_object(const yz_exchange *x, const yz_json *object, const char *name)
{
    const yz_json *m = find(x, object, name);

    return m == NULL || m->type != YZ_JSON_IS_OBJECT ? NULL : m;
}

size_t
yz_json_texts(const yz_exchange *x, const yz_json *object, const char *name)
{
    const yz_json *m = find(x, object, name);

    return m == NULL || m->type != YZ_JSON_IS_ARRAY ? 0 : m->count;
}

/* Item `i` of the array of that name, NULL for none. */
static const yz_json *
item(const yz_exchange *x, const yz_json *object, const char *name, size_t i)
{
    const yz_json *m = find(x, object, name);

    m = m == NULL || m->type != YZ_JSON_IS_ARRAY ? NULL : m->first;
    while (m != NULL && i > 0) {
        m = m->next;
        i--;
    }
    return m;
}

yz_span
yz_json_texts_at(const yz_exchange *x, const yz_json *object, const char *name,
                 size_t i)
{
    const yz_json *m = item(x, object, name, i);

    return m == NULL ? YZ_SPAN("") : m->text;
}

size_t
yz_json_integers(const yz_exchange *x, const yz_json *object, const char *name)
{
    return yz_json_texts(x, object, name);
}

int64_t
yz_json_integers_at(const yz_exchange *x, const yz_json *object,
                    const char *name, size_t i)
{
    const yz_json *m = item(x, object, name, i);

    return m == NULL || m->type != YZ_JSON_IS_NUMBER ? 0 : (int64_t)m->number;
}
