/*
 * The yizhan command: reads the command line and hands over to one command.
 */
#include <stdio.h>

#include "admin/command/commands.h"
#include "admin/command/help.h"

typedef struct {
    const char *name;
    yz_command_bit bit;
    int (*run)(const yz_arguments *arguments);
} command;

static const command commands[] = {
    {"load", YZ_OF_LOAD, yz_command_load},
    {"diff", YZ_OF_DIFF, yz_command_diff},
    {"rollback", YZ_OF_ROLLBACK, yz_command_rollback},
    {"log", YZ_OF_LOG, yz_command_log},
    {"template", YZ_OF_TEMPLATE, yz_command_template},
    {"codes", YZ_OF_CODES, yz_command_codes},
    {"verify", YZ_OF_VERIFY, yz_command_verify},
    {"rebuild", YZ_OF_REBUILD, yz_command_rebuild},
    {"dump", YZ_OF_DUMP, yz_command_dump},
    {"version", YZ_OF_VERSION, yz_command_version},
};

static const command *
find(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static unsigned
bit_of(const char *name)
{
    const command *c = find(name);

    return c == NULL ? 0 : c->bit;
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
    const command *c;
    int code;

    if (!yz_arguments_read(argc, argv, bit_of, &arguments, &refusal)) {
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
