/*
 * One run of a command that asks the daemon several times.
 */
#ifndef YZ_COMMAND_ERRAND_H
#define YZ_COMMAND_ERRAND_H

#include "admin/command/arguments.h"
#include "admin/command/body.h"
#include "admin/command/client.h"

typedef struct {
    const yz_arguments *arguments;
    yz_arena arena;
    yz_client_answer answer; /* of the last question */
    yz_refusal refusal;
} yz_errand;

/* Asks, after forgetting the last answer.  As yz_client_ask(). */
yz_status yz_errand_ask(yz_errand *errand, const char *method, const char *path,
                        yz_span body);

/* The same, with a body that yz_body_begin() began. */
yz_status yz_errand_send(yz_errand *errand, const char *method,
                         const char *path, yz_out *body);

void yz_errand_end(yz_errand *errand);

/*
 * Reads "ISSUER SUBJECT" from standard input, where no list of processes
 * shows it.  YZ_OK, or another status with the reason in the errand's
 * refusal.
 */
yz_status yz_errand_person(yz_errand *errand, yz_span *issuer,
                           yz_span *subject);

#endif
