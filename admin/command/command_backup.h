/*
 * `yizhan backup` and `yizhan restore`.
 */
#ifndef YZ_COMMAND_BACKUP_H
#define YZ_COMMAND_BACKUP_H

#include "admin/command/arguments.h"

/* Names of what a backup holds, below its directory. */
#define YZ_BACKUP_STATE "private/data.mdb"
#define YZ_BACKUP_KEYS "private/keys"
#define YZ_BACKUP_LOG "private/log"
#define YZ_BACKUP_SETTINGS "settings"

extern const yz_choice_option yz_restore_options[];

int yz_command_backup(const yz_arguments *arguments);
int yz_command_restore(const yz_arguments *arguments);

#endif
