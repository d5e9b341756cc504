/*
 * `yizhan verify`, `rebuild` and `dump`: what keeps the data right and shows
 * it.
 */
#include <stdio.h>

#include "admin/command/client.h"
#include "admin/command/commands.h"
#include "lmdb_schema/dump.h"

#define SHOWN 100
#define REBUILD_S 600

static void
print_problem(void *context, const char *sentence)
{
    size_t *count = context;

    if ((*count)++ < SHOWN) {
        fprintf(stderr, "error: %s\n", sentence);
    }
}

int
yz_command_verify(const yz_arguments *arguments)
{
    /* Beside a daemon it only looks; else opening mends, and tells so. */
    bool daemon;
    yz_store *store = yz_command_open_or_ask(arguments, &daemon);
    size_t count = 0;
    yz_status status;
    int code = YZ_EXIT_DONE;

    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    status = yz_store_verify(store, print_problem, &count);
    if (count > SHOWN) {
        fprintf(stderr, "error: and %zu more\n", count - SHOWN);
    }
    if (status != YZ_OK) {
        code = yz_command_failed("the data is not right", store, status);
    } else if (yz_store_public_mended(store)) {
        fputs("yizhan: the data is right now; what was served before was "
              "not, see the warning\n",
              stderr);
        code = YZ_EXIT_REFUSED;
    } else {
        puts("verified: everything is right");
    }
    yz_store_close(store);
    return code;
}

/* Lets the daemon build it. */
static int
ask_rebuild(const yz_arguments *arguments)
{
    yz_client_answer answer;
    yz_refusal refusal = {""};
    yz_status status =
        yz_client_ask(&(yz_client_request){.dir = arguments->dir,
                                           .method = "POST",
                                           .path = "/operator/rebuild",
                                           .timeout_s = REBUILD_S},
                      &answer, &refusal);

    yz_client_answer_free(&answer);
    if (status != YZ_OK) {
        fprintf(stderr, "yizhan: cannot rebuild: %s\n", refusal.text);
        return YZ_EXIT_REFUSED;
    }
    return YZ_EXIT_DONE;
}

int
yz_command_rebuild(const yz_arguments *arguments)
{
    bool daemon;
    yz_store *store = yz_command_open_or_ask(arguments, &daemon);
    yz_status status = YZ_OK;
    int code = YZ_EXIT_DONE;

    if (store == NULL) {
        return YZ_EXIT_REFUSED;
    }
    if (daemon) {
        code = ask_rebuild(arguments);
    } else {
        status = yz_store_rebuild(store);
    }
    if (status != YZ_OK) {
        code = yz_command_failed("cannot rebuild", store, status);
    }
    if (code == YZ_EXIT_DONE) {
        puts("rebuilt: a new generation serves");
    }
    yz_store_close(store);
    return code;
}

int
yz_command_dump(const yz_arguments *arguments)
{
    yz_span id = arguments->positional_count > 0
                     ? yz_span_of(arguments->positional[0])
                     : YZ_SPAN("");
    yz_status status = arguments->private_data
                           ? yz_dump_private(arguments->dir, id, stdout)
                           : yz_dump_public(arguments->dir, id, stdout);

    return status == YZ_OK ? YZ_EXIT_DONE
                           : yz_command_failed("cannot dump", NULL, status);
}
