/*
 * The yizhan command: reads the command line and hands over to one command.
 */
#include <stdio.h>

#include "admin/command/command_place.h"
#include "admin/command/command_backup.h"
#include "admin/command/command_log.h"
#include "admin/command/command_org.h"
#include "admin/command/command_post.h"
#include "admin/command/command_routing.h"
#include "admin/command/command_ticket.h"
#include "admin/command/commands.h"
#include "admin/command/help.h"

static const yz_command commands[] = {
    {"load", YZ_OF_LOAD, 1, yz_command_load, NULL},
    {"diff", YZ_OF_DIFF, 1, yz_command_diff, NULL},
    {"rollback", YZ_OF_ROLLBACK, 1, yz_command_rollback, NULL},
    {"log", YZ_OF_LOG, 1, yz_command_log, yz_log_options},
    {"template", YZ_OF_TEMPLATE, 0, yz_command_template, NULL},
    {"codes", YZ_OF_CODES, 0, yz_command_codes, NULL},
    {"verify", YZ_OF_VERIFY, 0, yz_command_verify, NULL},
    {"rebuild", YZ_OF_REBUILD, 0, yz_command_rebuild, NULL},
    {"dump", YZ_OF_DUMP, 1, yz_command_dump, NULL},
    {"place", YZ_OF_SUBJECT, YZ_PLACE_WORDS, yz_command_place,
     yz_place_options},
    {"code", YZ_OF_SUBJECT, YZ_CODE_WORDS, yz_command_code, NULL},
    {"ticket", YZ_OF_SUBJECT, YZ_TICKET_WORDS, yz_command_ticket,
     yz_ticket_options},
    {"routing", YZ_OF_SUBJECT, 1, yz_command_routing, yz_routing_options},
    {"post", YZ_OF_SUBJECT, YZ_POST_WORDS, yz_command_post, yz_post_options},
    {"items", YZ_OF_SUBJECT, 1, yz_command_items, yz_items_options},
    {"org", YZ_OF_SUBJECT, YZ_ORG_WORDS, yz_command_org, yz_org_options},
    {"token", YZ_OF_SUBJECT, 0, yz_command_token, yz_token_options},
    {"keys", YZ_OF_SUBJECT, YZ_KEYS_WORDS, yz_command_keys, NULL},
    {"backup", YZ_OF_SUBJECT, 1, yz_command_backup, NULL},
    {"restore", YZ_OF_SUBJECT, 1, yz_command_restore, yz_restore_options},
    {"version", YZ_OF_VERSION, 0, yz_command_version, NULL},
    {"help", YZ_OF_VERSION, 1, NULL, NULL},
};

static const yz_command *
find(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

int
yz_command_version(const yz_arguments *arguments)
{
    (void)arguments;
    puts("yizhan " YZ_VERSION);
    return YZ_EXIT_DONE;
}

/* `yizhan help`, `yizhan help load`, `yizhan load --help`. */
static bool
wants_help(const yz_arguments *a, const char **topic)
{
    *topic = a->command;
    if (a->command != NULL && strcmp(a->command, "help") == 0) {
        *topic = a->positional_count > 0 ? a->positional[0] : NULL;
        return true;
    }
    return a->help;
}

int
main(int argc, char **argv)
{
    yz_refusal refusal = {""};
    yz_arguments arguments;
    const char *topic;
    const yz_command *c;
    int code;

    if (!yz_arguments_read(argc, argv, find, &arguments, &refusal)) {
        fprintf(stderr, "yizhan: %s (see yizhan help)\n", refusal.text);
        return YZ_EXIT_USAGE;
    }
    if (wants_help(&arguments, &topic)) {
        return yz_help_print(topic) ? YZ_EXIT_DONE : YZ_EXIT_USAGE;
    }
    c = arguments.command == NULL ? NULL : find(arguments.command);
    if (c == NULL) {
        fprintf(stderr, "yizhan: %s%s (see yizhan help)\n",
                arguments.command == NULL ? "which command?"
                                          : "unknown command ",
                arguments.command == NULL ? "" : arguments.command);
        return YZ_EXIT_USAGE;
    }
    code = c->run(&arguments);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("yizhan: cannot write to standard output\n", stderr);
        return YZ_EXIT_REFUSED;
    }
    return code;
}
