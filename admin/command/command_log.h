/*
 * `yizhan log` and what its parts share.
 */
#ifndef YZ_COMMAND_LOG_H
#define YZ_COMMAND_LOG_H

#include "admin/command/arguments.h"
#include "lmdb_schema/store_log.h"

extern const yz_choice_option yz_log_options[];

/*
 * Opens the store for reading, which never makes a daemon wait; NULL after
 * saying why not.
 */
yz_store *yz_log_open(const yz_arguments *arguments);

/* "place", "code", "reference", "batch", "put" or "delete". */
const char *yz_log_op_word(const yz_store_entry *entry);

/* `yizhan log export`: every entry as a line of JSON. */
int yz_log_export(const yz_arguments *arguments);

#endif
