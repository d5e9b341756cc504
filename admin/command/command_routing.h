/*
 * `yizhan routing`: the routing table of tickets.
 */
#ifndef YZ_COMMAND_ROUTING_H
#define YZ_COMMAND_ROUTING_H

#include "admin/command/arguments.h"

/* Its own options, and what its help says. */
extern const yz_choice_option yz_routing_options[];
extern const char yz_routing_help[];

int yz_command_routing(const yz_arguments *arguments);

#endif
