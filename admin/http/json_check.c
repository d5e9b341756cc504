/*
 * Holds a parsed body against what its route allows, and names every fault by
 * its JSON pointer (RFC 6901).  Used by json.c.
 */
#include "admin/http/json_impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/utf8.h"

#define MEMBERS_MAX 64   /* of one table */
#define POINTER_SIZE 256 /* longer ones are cut */
#define DETAIL_SIZE 512  /* longer ones are cut */
#define WHOLE_MAX 0x1p53 /* integers up to here are exact in a double */

/* Where in the body: a chain of names up to the root. */
typedef struct path {
    const struct path *up;
    yz_span name;
} path;

typedef struct {
    yz_exchange *x;
    size_t count;
    yz_problem_error errors[YZ_FAULTS_SHOWN];
} faults;

/* Appends what fits of `text` as whole characters, ~ and / escaped. */
static void
append_name(yz_out *out, yz_span text)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = 1;

        while (i + n < text.n && ((uint8_t)text.p[i + n] & 0xc0) == 0x80) {
            n++;
        }
        if (out->cap - out->n < 8) {
            return;
        }
        if (text.p[i] == '~' || text.p[i] == '/') {
            yz_out_text(out, text.p[i] == '~' ? "~0" : "~1");
        } else {
            yz_out_bytes(out, text.p + i, n);
        }
        i += n;
    }
}

static void
append_path(yz_out *out, const path *at)
{
    if (at->up != NULL) {
        append_path(out, at->up);
        yz_out_char(out, '/');
        append_name(out, at->name);
    }
}

__attribute__((format(printf, 4, 5))) static void
fault(faults *f, const path *at, const char *code, const char *format, ...)
{
    char pointer[POINTER_SIZE], detail[DETAIL_SIZE];
    yz_problem_error *error = &f->errors[f->count];
    va_list arguments;
    yz_out out;

    if (f->count == YZ_FAULTS_SHOWN) {
        return;
    }
    f->count++;
    yz_out_init(&out, pointer, sizeof(pointer));
    append_path(&out, at);
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    *error = (yz_problem_error){
        NULL, yz_arena_text(&f->x->arena, yz_out_written(&out)), code,
        yz_arena_text(&f->x->arena, yz_span_of(detail))};
}

static size_t
characters(yz_span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.n; i++) {
        count += ((uint8_t)text.p[i] & 0xc0) != 0x80;
    }
    return count;
}

/* Line by line, tabs aside, it shows as one plain line. */
static bool
is_clean(yz_span text, bool lines)
{
    size_t from = 0;

    if (!lines) {
        return yz_text_clean(text);
    }
    for (size_t i = 0; i <= text.n; i++) {
        if (i == text.n || text.p[i] == '\n' || text.p[i] == '\r' ||
            text.p[i] == '\t') {
            if (!yz_text_clean((yz_span){text.p + from, i - from})) {
                return false;
            }
            from = i + 1;
        }
    }
    return true;
}

static bool
is_word(yz_span text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (yz_span_equal(text, yz_span_of(*words))) {
            return true;
        }
    }
    return false;
}

static void
fault_word(faults *f, const path *at, const char *const *words)
{
    char list[DETAIL_SIZE - 64] = "";
    yz_out out;

    yz_out_init(&out, list, sizeof(list) - 1);
    for (size_t i = 0; words[i] != NULL; i++) {
        yz_out_text(&out, i > 0 ? "、" : "");
        yz_out_text(&out, words[i]);
    }
    list[out.n] = '\0';
    fault(f, at, "member-range", "只能是：%s", list);
}

static void
check_text(faults *f, const path *at, const yz_json *value,
           const yz_json_member *m)
{
    size_t n;

    if (value->type != YZ_JSON_IS_TEXT) {
        fault(f, at, "member-malformed", "要写成文字");
        return;
    }
    if (!is_clean(value->text, m->lines)) {
        fault(f, at, "member-malformed", "文字里有不能显示的字符");
        return;
    }
    if (m->words != NULL) {
        if (!is_word(value->text, m->words)) {
            fault_word(f, at, m->words);
        }
        return;
    }
    n = characters(value->text);
    if ((double)n < m->min || (m->max > 0 && (double)n > m->max)) {
        if (m->max <= 0) {
            fault(f, at, "member-range", "至少 %.0f 个字", m->min);
        } else if (m->min <= 0) {
            fault(f, at, "member-range", "最多 %.0f 个字", m->max);
        } else {
            fault(f, at, "member-range", "要有 %.0f 到 %.0f 个字", m->min,
                  m->max);
        }
    }
}

static void
check_number(faults *f, const path *at, const yz_json *value,
             const yz_json_member *m)
{
    bool whole = m->kind == YZ_JSON_INTEGER;
    double number = value->number;

    if (value->type != YZ_JSON_IS_NUMBER ||
        (whole && isfinite(number) && number != floor(number))) {
        fault(f, at, "member-malformed", whole ? "要写成整数" : "要写成数字");
    } else if (!(number >= m->min && number <= m->max) ||
               (whole && fabs(number) > WHOLE_MAX)) {
        fault(f, at, "member-range", "要在 %.15g 到 %.15g 之间", m->min,
              m->max);
    }
}

static void
check_items(faults *f, const path *at, const yz_json *value,
            const yz_json_member *m)
{
    const bool texts = m->kind == YZ_JSON_TEXTS;
    const yz_json_member item = {.kind = texts ? YZ_JSON_TEXT : YZ_JSON_INTEGER,
                                 .words = m->words,
                                 .max = texts ? 0 : WHOLE_MAX};
    char number[24];
    size_t i = 0;

    if (value->type != YZ_JSON_IS_ARRAY) {
        fault(f, at, "member-malformed",
              texts ? "要写成文字的列表" : "要写成整数的列表");
        return;
    }
    if ((double)value->count < m->min || (double)value->count > m->max) {
        fault(f, at, "member-range", "要有 %.0f 到 %.0f 项", m->min, m->max);
    }
    for (const yz_json *v = value->first; v != NULL; v = v->next, i++) {
        path below = {at, {number, 0}};

        below.name.n = (size_t)snprintf(number, sizeof(number), "%zu", i);
        if (texts) {
            check_text(f, &below, v, &item);
        } else {
            check_number(f, &below, v, &item);
        }
    }
}

static void check_object(faults *f, const path *at, const yz_json *object,
                         const yz_json_member *members);

static void
check_value(faults *f, const path *at, const yz_json *value,
            const yz_json_member *m)
{
    if (value->type == YZ_JSON_IS_NULL && m->nullable) {
        return;
    }
    switch (m->kind) {
    case YZ_JSON_TEXT:
        check_text(f, at, value, m);
        break;
    case YZ_JSON_INTEGER:
    case YZ_JSON_NUMBER:
        check_number(f, at, value, m);
        break;
    case YZ_JSON_BOOLEAN:
        if (value->type != YZ_JSON_IS_BOOLEAN) {
            fault(f, at, "member-malformed", "要写成 true 或 false");
        }
        break;
    case YZ_JSON_OBJECT:
        check_object(f, at, value, m->members);
        break;
    case YZ_JSON_TEXTS:
    case YZ_JSON_INTEGERS:
        check_items(f, at, value, m);
        break;
    }
}

/* The place of a name in the table, or MEMBERS_MAX. */
static size_t
place_of(yz_span name, const yz_json_member *members)
{
    for (size_t i = 0; members[i].name != NULL; i++) {
        if (yz_span_equal(name, yz_span_of(members[i].name))) {
            return i;
        }
    }
    return MEMBERS_MAX;
}

static void
check_object(faults *f, const path *at, const yz_json *object,
             const yz_json_member *members)
{
    uint64_t seen = 0;

    if (object->type != YZ_JSON_IS_OBJECT) {
        fault(f, at, "member-malformed", "要写成 {…}");
        return;
    }
    for (const yz_json *v = object->first; v != NULL; v = v->next) {
        const path below = {at, v->key};
        size_t i = place_of(v->key, members);

        if (i >= MEMBERS_MAX) {
            fault(f, &below, "member-unknown", "这里没有这一项");
        } else if ((seen & UINT64_C(1) << i) != 0) {
            fault(f, &below, "member-repeated", "这一项只能写一次");
        } else {
            seen |= UINT64_C(1) << i;
            check_value(f, &below, v, &members[i]);
        }
    }
    for (size_t i = 0; members[i].name != NULL; i++) {
        const path below = {at, yz_span_of(members[i].name)};

        if (members[i].required && (seen & UINT64_C(1) << i) == 0) {
            fault(f, &below, "member-missing", "缺少这一项");
        }
    }
}

yz_status
yz_json_check(yz_exchange *x, const yz_json *root,
              const yz_json_member *members)
{
    const path top = {NULL, {NULL, 0}};
    faults f = {.x = x};
    yz_status status;

    check_object(&f, &top, root, members);
    if (x->arena.failed) {
        return YZ_NOMEM;
    }
    if (f.count == 0) {
        return YZ_OK;
    }
    status = yz_exchange_problem_errors(x, YZ_PROBLEM_BODY_INVALID, f.errors,
                                        f.count);
    return status == YZ_OK ? YZ_BAD_INPUT : status;
}
