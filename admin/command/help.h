/*
 * Texts of `yizhan help`.
 */
#ifndef YZ_ADMIN_HELP_H
#define YZ_ADMIN_HELP_H

#include <stdbool.h>

/*
 * Prints the help of a command on stdout, or the list of commands for NULL.
 * False, with a line on stderr, for a name that is no command.
 */
bool yz_help_print(const char *command);

#endif
