/*
 * `yizhan org`: the organisation's nodes and who holds roles at them;
 * `yizhan token` and `yizhan keys`, what else the operator does about who is
 * who.
 */
#ifndef YZ_COMMAND_ORG_H
#define YZ_COMMAND_ORG_H

#include "admin/command/arguments.h"

#define YZ_ORG_WORDS 3

extern const yz_choice_option yz_org_options[];
extern const char yz_org_help[];
int yz_command_org(const yz_arguments *arguments);

extern const yz_choice_option yz_token_options[];
extern const char yz_token_help[];
int yz_command_token(const yz_arguments *arguments);

#define YZ_KEYS_WORDS 1

extern const char yz_keys_help[];
int yz_command_keys(const yz_arguments *arguments);

#endif
