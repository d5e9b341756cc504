/*
 * `yizhan ticket`: the desk of tickets.
 */
#ifndef YZ_COMMAND_TICKET_H
#define YZ_COMMAND_TICKET_H

#include "admin/command/arguments.h"

#define YZ_TICKET_WORDS 2 /* positional arguments at most */

/* Its own options, and what its help says. */
extern const yz_choice_option yz_ticket_options[];
extern const char yz_ticket_help[];

int yz_command_ticket(const yz_arguments *arguments);

#endif
