/*
 * An exchange's answer, and the small parts of a request that rules ask for.
 * Runs in whichever thread has the exchange.
 */
#include "admin/http/exchange.h"

#include "core/url.h"

#define PROBLEM_SIZE 1024 /* of a problem without details of its own */
#define ERROR_SIZE 128    /* of a member of `errors`, without its texts */

yz_status
yz_exchange_answer(yz_exchange *x, unsigned status, size_t cap)
{
    char *room = yz_arena_alloc(&x->arena, cap > 0 ? cap : 1);

    yz_out_init(&x->out, room, room == NULL ? 0 : cap);
    x->status = room == NULL ? 0 : status;
    x->media = NULL;
    x->location = (yz_span){NULL, 0};
    x->retry_after_s = 0;
    return room == NULL ? YZ_NOMEM : YZ_OK;
}

/* Six bytes for one is the most that escapes make of a text. */
static size_t
size_of_text(const char *text)
{
    return text == NULL ? 0 : strlen(text) * 6;
}

yz_status
yz_exchange_problem_errors(yz_exchange *x, yz_problem_code code,
                           const yz_problem_error *errors, size_t count)
{
    const yz_problem problem = {code, NULL, errors, count};
    size_t size = PROBLEM_SIZE;
    yz_status status;

    for (size_t i = 0; i < count; i++) {
        size += ERROR_SIZE + size_of_text(errors[i].parameter) +
                size_of_text(errors[i].pointer) + size_of_text(errors[i].code) +
                size_of_text(errors[i].detail);
    }
    status = yz_exchange_answer(x, yz_problem_status(code), size);
    if (status == YZ_OK) {
        x->media = "application/problem+json";
        status =
            yz_problem_write(&x->out, &problem) == YZ_OK ? YZ_OK : YZ_NOMEM;
    }
    return status;
}

yz_status
yz_exchange_problem(yz_exchange *x, yz_problem_code code, const char *detail)
{
    const yz_problem problem = {code, detail, NULL, 0};
    yz_status status = yz_exchange_answer(x, yz_problem_status(code),
                                          PROBLEM_SIZE + size_of_text(detail));

    if (status == YZ_OK) {
        x->media = "application/problem+json";
        status =
            yz_problem_write(&x->out, &problem) == YZ_OK ? YZ_OK : YZ_NOMEM;
    }
    return status;
}

yz_span
yz_exchange_keep(yz_exchange *x, yz_span text)
{
    return yz_arena_copy(&x->arena, text);
}

yz_span
yz_exchange_parameter(yz_exchange *x, const char *name)
{
    const yz_span wanted = yz_span_of(name);
    yz_span rest = x->query;

    while (rest.n > 0) {
        const char *end = memchr(rest.p, '&', rest.n);
        yz_span pair = {rest.p, end == NULL ? rest.n : (size_t)(end - rest.p)};
        size_t step = end == NULL ? rest.n : pair.n + 1;

        rest = (yz_span){rest.p + step, rest.n - step};
        if (pair.n > wanted.n && pair.p[wanted.n] == '=' &&
            memcmp(pair.p, wanted.p, wanted.n) == 0) {
            yz_span value = {pair.p + wanted.n + 1, pair.n - wanted.n - 1};
            char *room = yz_arena_alloc(&x->arena, value.n + 1);
            yz_span decoded;

            if (room != NULL &&
                yz_url_decode(value, true, room, value.n, &decoded) == YZ_OK) {
                return decoded;
            }
            break;
        }
    }
    return (yz_span){NULL, 0};
}

yz_span
yz_exchange_cookie(const yz_exchange *x, const char *name)
{
    const yz_span wanted = yz_span_of(name);
    yz_span rest = x->cookie;

    while (rest.n > 0) {
        const char *end = memchr(rest.p, ';', rest.n);
        yz_span pair = {rest.p, end == NULL ? rest.n : (size_t)(end - rest.p)};
        size_t step = end == NULL ? rest.n : pair.n + 1;

        rest = (yz_span){rest.p + step, rest.n - step};
        while (pair.n > 0 && (pair.p[0] == ' ' || pair.p[0] == '\t')) {
            pair = (yz_span){pair.p + 1, pair.n - 1};
        }
        while (pair.n > 0 && pair.p[pair.n - 1] == ' ') {
            pair.n--;
        }
        if (pair.n > wanted.n && pair.p[wanted.n] == '=' &&
            memcmp(pair.p, wanted.p, wanted.n) == 0) {
            return (yz_span){pair.p + wanted.n + 1, pair.n - wanted.n - 1};
        }
    }
    return (yz_span){NULL, 0};
}
