/*
 * `yizhan routing`: loads the routing table through the daemon, or shows it.
 */
#include "admin/command/command_routing.h"

#include <stdio.h>

#include "admin/command/body.h"
#include "admin/command/client.h"

#define PATH "/v1/admin/routing"

const yz_choice_option yz_routing_options[] = {{"show", NULL}, {NULL, NULL}};

const char yz_routing_help[] =
    "usage: yizhan [--dir DIR] routing [FILE | --show]\n"
    "\n"
    "Loads the table that says which node gets a ticket: CSV with the columns\n"
    "category,region,node,co_handlers,days (or their Chinese names).  It is\n"
    "refused as a whole, with line and reason, when anything in it is wrong.\n"
    "Without FILE it is the routing_file of the settings; - is standard\n"
    "input.\n"
    "\n"
    "  --show   print the table that holds\n";

/* The file as it is, but for a byte order mark, which is no character of a
   JSON text here. */
static yz_status
make_body(const char *path, yz_arena *arena, yz_span *body, yz_refusal *refusal)
{
    yz_span text = {NULL, 0};
    yz_out out;
    yz_status status = YZ_OK;

    if (path != NULL) {
        status = yz_body_text(path, arena, &text, refusal);
    }
    if (status != YZ_OK) {
        return status;
    }
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
        text = (yz_span){text.p + 3, text.n - 3};
    }
    status = yz_body_begin(arena, 64 + 6 * text.n, &out);
    if (status != YZ_OK) {
        yz_refuse(refusal, "no memory");
        return status;
    }
    if (path != NULL) {
        yz_body_text_member(&out, "text", text);
    }
    *body = yz_body_end(&out);
    return YZ_OK;
}

static int
load(const yz_arguments *arguments)
{
    yz_client_request request = {
        .dir = arguments->dir, .method = "PUT", .path = PATH};
    yz_arena arena = YZ_ARENA_INIT;
    yz_client_answer answer = {0};
    yz_refusal refusal = {""};
    const char *path =
        arguments->positional_count > 0 ? arguments->positional[0] : NULL;
    yz_status status = make_body(path, &arena, &request.body, &refusal);
    int code = YZ_EXIT_DONE;

    if (status == YZ_OK) {
        status = yz_client_ask(&request, &answer, &refusal);
    }
    if (status != YZ_OK) {
        code = yz_client_failed(&refusal);
    } else if (!arguments->quiet) {
        printf("%lld lines\n",
               (long long)yz_reply_integer(answer.json, "lines", 0));
    }
    yz_client_answer_free(&answer);
    yz_arena_free(&arena);
    return code;
}

static int
show(const yz_arguments *arguments)
{
    const yz_client_request request = {
        .dir = arguments->dir, .method = "GET", .path = PATH};
    yz_client_answer answer;
    yz_refusal refusal = {""};
    int code = YZ_EXIT_DONE;

    if (yz_client_ask(&request, &answer, &refusal) != YZ_OK) {
        code = yz_client_failed(&refusal);
    } else {
        fputs(yz_reply_text(answer.json, "text"), stdout);
    }
    yz_client_answer_free(&answer);
    return code;
}

int
yz_command_routing(const yz_arguments *arguments)
{
    if (yz_argument(arguments, "show") == NULL) {
        return load(arguments);
    }
    if (arguments->positional_count > 0) {
        fprintf(stderr, "yizhan: what is %s for?\n", arguments->positional[0]);
        return YZ_EXIT_USAGE;
    }
    return show(arguments);
}
