/*
 * Asking the daemon: one request over DIR/run/operator.sock, as the operator
 * whose login runs the command.
 *
 *     yz_client_answer answer;
 *     yz_refusal refusal = {""};
 *     yz_status status = yz_client_ask(
 *         &(yz_client_request){.dir = arguments->dir,
 *                              .method = "POST",
 *                              .path = "/v1/admin/tickets/17/close",
 *                              .body = YZ_SPAN("{\"reason\":\"done\"}")},
 *         &answer, &refusal);
 *
 *     if (status == YZ_OK) {
 *         puts(yz_reply_text(answer.json, "state"));
 *     }
 *     yz_client_answer_free(&answer);
 *     return status == YZ_OK ? YZ_EXIT_DONE : yz_client_failed(&refusal);
 */
#ifndef YZ_COMMAND_CLIENT_H
#define YZ_COMMAND_CLIENT_H

#include "admin/command/reply.h"
#include "admin/load/refusal.h"
#include "core/status.h"

#define YZ_CLIENT_ANSWER_MAX ((size_t)256 << 20) /* bytes */

typedef struct {
    const char *dir;     /* the data directory */
    const char *method;  /* "GET", "POST", ... */
    const char *path;    /* with a query, if any; percent-encoded */
    yz_span body;        /* JSON; n 0: none */
    const char *key;     /* Idempotency-Key; NULL: a POST draws one */
    const char *receipt; /* Yizhan-Receipt; NULL: none */
    unsigned timeout_s;  /* for the whole request; 0: a minute */
} yz_client_request;

typedef struct {
    unsigned status;    /* of HTTP; 0: there was no answer */
    char *body;         /* ends with a NUL; NULL when there was no answer */
    size_t size;        /* bytes of it */
    yz_reply *json;     /* the body parsed; NULL when it is no JSON */
    char location[256]; /* "" for none */
} yz_client_answer;

/*
 * Asks, and waits for the answer.  A daemon that goes away in between, or is
 * too busy, is asked again with the same Idempotency-Key for a few seconds.
 *
 * answer: filled in any case; freed by yz_client_answer_free().
 * refusal: gets one line for people unless YZ_OK; a problem of the daemon's
 *     is its detail, its code and what is wrong with each member.
 *
 * YZ_OK: status 2xx.
 * YZ_NOT_FOUND: no daemon serves this directory; nothing was sent.
 * YZ_BAD_INPUT: the daemon says no; answer->status and ->json say how.
 * YZ_DENIED: this user may not speak to it.
 * YZ_BUSY: it did not answer in time, or had no room for the request.
 * YZ_IO, YZ_NOMEM.
 */
yz_status yz_client_ask(const yz_client_request *request,
                        yz_client_answer *answer, yz_refusal *refusal);

/* Whether a daemon serves `dir` now, as far as this user may find out. */
bool yz_client_finds(const char *dir);

void yz_client_answer_free(yz_client_answer *answer);

/* The stable code of a problem that was answered; "" for none. */
const char *yz_client_problem_code(const yz_client_answer *answer);

/*
 * For batches: whether what the daemon accepted shows already; says so when
 * it does not, as yz_command_commit_failed() does.
 */
bool yz_client_is_shown(const yz_client_answer *answer);

/* For batches: prints why nothing was changed, as far as that is known. */
void yz_client_nothing_changed(const yz_client_answer *answer, yz_status status,
                               const yz_refusal *refusal);

/* Prints "yizhan: <refusal>" on stderr; returns YZ_EXIT_REFUSED. */
int yz_client_failed(const yz_refusal *refusal);

#endif
