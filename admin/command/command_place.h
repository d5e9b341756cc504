/*
 * `yizhan place` and `yizhan code`: one place at a time, and its codes.
 */
#ifndef YZ_COMMAND_PLACE_H
#define YZ_COMMAND_PLACE_H

#include "admin/command/arguments.h"

/* Positional arguments at most. */
#define YZ_PLACE_WORDS 2
#define YZ_CODE_WORDS 3

/* Their own options, and what their help says. */
extern const yz_choice_option yz_place_options[];
extern const char yz_place_help[];
extern const char yz_code_help[];

int yz_command_place(const yz_arguments *arguments);
int yz_command_code(const yz_arguments *arguments);

#endif
