/*
 * `yizhan post` and `yizhan items`: the board and what its posts may name.
 */
#ifndef YZ_COMMAND_POST_H
#define YZ_COMMAND_POST_H

#include "admin/command/arguments.h"

#define YZ_POST_WORDS 2 /* positional arguments at most */

/* Their own options, and what their help says. */
extern const yz_choice_option yz_post_options[];
extern const yz_choice_option yz_items_options[];
extern const char yz_post_help[];
extern const char yz_items_help[];

int yz_command_post(const yz_arguments *arguments);
int yz_command_items(const yz_arguments *arguments);

#endif
