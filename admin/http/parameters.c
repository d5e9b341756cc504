/*
 * Checks of query strings before a rule asks for values with
 * yz_exchange_parameter().
 */
#include "admin/http/parameters.h"

#include "core/url.h"

#define NAMES_MAX 32  /* of one route */
#define SHOWN_NAME 32 /* bytes of a name from outside that an answer shows */
#define FAULTS_MAX YZ_QUERY_FAULTS_MAX

typedef struct {
    size_t count;
    yz_problem_error errors[FAULTS_MAX];
} faults;

/* Adds a fault; of a name from outside only plain characters are shown. */
static void
fail(faults *f, yz_exchange *x, yz_span name, yz_param_fault fault,
     const char *detail)
{
    char shown[SHOWN_NAME + 1];
    size_t n = 0;

    if (f->count == FAULTS_MAX) {
        return;
    }
    while (n < name.n && n < SHOWN_NAME) {
        char c = name.p[n];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';

        shown[n++] = plain ? c : '?';
    }
    f->errors[f->count++] = (yz_problem_error){
        yz_arena_text(&x->arena, (yz_span){n > 0 ? shown : "?", n > 0 ? n : 1}),
        NULL, yz_param_fault_text(fault), detail};
}

/* The place of a name in the list, or NAMES_MAX. */
static size_t
place_of(yz_span name, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (yz_span_equal(name, yz_span_of(names[i]))) {
            return i;
        }
    }
    return NAMES_MAX;
}

static void
check_pair(faults *f, yz_exchange *x, yz_span pair, const char *const *names,
           uint32_t *seen)
{
    const char *equals = pair.n > 0 ? memchr(pair.p, '=', pair.n) : NULL;
    yz_span name = {pair.p,
                    equals == NULL ? pair.n : (size_t)(equals - pair.p)};
    size_t which = place_of(name, names);
    yz_span value;
    char *room;

    if (which >= NAMES_MAX) {
        fail(f, x, name, name.n > 0 ? YZ_PARAM_UNKNOWN : YZ_PARAM_MALFORMED,
             "这里没有这个参数");
        return;
    }
    if ((*seen & UINT32_C(1) << which) != 0) {
        fail(f, x, name, YZ_PARAM_REPEATED, "这个参数只能写一次");
        return;
    }
    *seen |= UINT32_C(1) << which;
    value = (yz_span){pair.p + name.n + (equals != NULL),
                      pair.n - name.n - (equals != NULL)};
    room = yz_arena_alloc(&x->arena, value.n + 1);
    if (room != NULL &&
        (value.n == 0 ||
         yz_url_decode(value, true, room, value.n, &value) != YZ_OK)) {
        fail(f, x, name, YZ_PARAM_MALFORMED, "这个参数的值无法识别");
    }
}

yz_status
yz_parameters_check(yz_exchange *x, const char *const *names)
{
    yz_span rest = x->query;
    bool last = rest.n == 0;
    faults f = {.count = 0};
    uint32_t seen = 0;
    yz_status status;

    while (!last) {
        const char *end = rest.n > 0 ? memchr(rest.p, '&', rest.n) : NULL;
        yz_span pair = rest;

        last = end == NULL;
        if (!last) {
            pair.n = (size_t)(end - rest.p);
            rest = (yz_span){end + 1, rest.n - pair.n - 1};
        }
        check_pair(&f, x, pair, names, &seen);
    }
    if (x->arena.failed) {
        return YZ_NOMEM;
    }
    if (f.count == 0) {
        return YZ_OK;
    }
    status = yz_exchange_problem_errors(x, YZ_PROBLEM_PARAMETER_INVALID,
                                        f.errors, f.count);
    return status == YZ_OK ? YZ_BAD_INPUT : status;
}
