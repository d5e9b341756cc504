/*
 * Questions to the daemon, one after the other.  Used by yizhan org, token and
 * keys.
 */
#include "admin/command/errand.h"

yz_status
yz_errand_ask(yz_errand *errand, const char *method, const char *path,
              yz_span body)
{
    yz_client_answer_free(&errand->answer);
    errand->answer = (yz_client_answer){0};
    return yz_client_ask(&(yz_client_request){.dir = errand->arguments->dir,
                                              .method = method,
                                              .path = path,
                                              .body = body},
                         &errand->answer, &errand->refusal);
}

yz_status
yz_errand_send(yz_errand *errand, const char *method, const char *path,
               yz_out *body)
{
    const yz_span whole = yz_body_end(body);

    if (whole.n == 0) {
        yz_refuse(&errand->refusal, "the request is too long");
        return YZ_FULL;
    }
    return yz_errand_ask(errand, method, path, whole);
}

void
yz_errand_end(yz_errand *errand)
{
    yz_client_answer_free(&errand->answer);
    yz_arena_free(&errand->arena);
}

yz_status
yz_errand_person(yz_errand *errand, yz_span *issuer, yz_span *subject)
{
    yz_span line;
    const char *blank;
    yz_status status =
        yz_body_text(NULL, &errand->arena, &line, &errand->refusal);

    if (status != YZ_OK) {
        return status;
    }
    blank = memchr(line.p, ' ', line.n);
    if (blank == NULL || blank == line.p ||
        memchr(line.p, '\n', line.n) != NULL) {
        yz_refuse(&errand->refusal,
                  "standard input has to be one line: ISSUER SUBJECT");
        return YZ_BAD_INPUT;
    }
    *issuer = (yz_span){line.p, (size_t)(blank - line.p)};
    *subject = (yz_span){blank + 1, line.n - issuer->n - 1};
    return YZ_OK;
}
