/*
 * The commands of yizhan.  Each prints what people need and returns an exit
 * code of admin/arguments.h.
 */
#ifndef YZ_ADMIN_COMMANDS_H
#define YZ_ADMIN_COMMANDS_H

#include "admin/command/arguments.h"
#include "core/version.h"
#include "lmdb_schema/store.h"

/* Loads a file; with --dry-run only tells what it would do. */
int yz_command_load(const yz_arguments *arguments);

/* Like load --dry-run, printing every difference. */
int yz_command_diff(const yz_arguments *arguments);

/* Takes a batch back by its inverse differences. */
int yz_command_rollback(const yz_arguments *arguments);

/* Lists batches, newest first. */
int yz_command_log(const yz_arguments *arguments);

/* Prints an example file. */
int yz_command_template(const yz_arguments *arguments);

/* Prints id, code and name of places as CSV. */
int yz_command_codes(const yz_arguments *arguments);

/* Checks every record and index. */
int yz_command_verify(const yz_arguments *arguments);

/* Builds a new generation of public data from state. */
int yz_command_rebuild(const yz_arguments *arguments);

/* Prints records readably. */
int yz_command_dump(const yz_arguments *arguments);

/* Prints the version. */
int yz_command_version(const yz_arguments *arguments);

/*
 * Opens the store of --dir, waiting for another writer as --wait says; the
 * command load makes one where there is none.  NULL after printing why not.
 */
yz_store *yz_command_open(const yz_arguments *arguments);

/*
 * Finds out whether a daemon has the store, which is then opened for reading,
 * as it was at one moment (*daemon true; to change something the daemon is to
 * be asked), or opens it as above.  NULL after printing why not.
 */
yz_store *yz_command_open_or_ask(const yz_arguments *arguments, bool *daemon);

/*
 * Prints "yizhan: <what>: <the store's reason>" and, for a full disk, that
 * the old data serves; returns YZ_EXIT_REFUSED.  store: NULL has no reason.
 */
int yz_command_failed(const char *what, const yz_store *store,
                      yz_status status);

/*
 * The same for a commit that failed.
 *
 * batch: of its result; 0 when nothing was changed.
 */
int yz_command_commit_failed(const yz_store *store, yz_status status,
                             uint64_t batch);

/* Who runs the command, for the log: the login behind sudo, else the user's
   name, else "unknown"; valid for the process. */
yz_span yz_command_actor(void);

/* The same for log entries of a command that has no daemon to ask: the
   operator, without the hash of a login, which takes the daemon's keys. */
const yz_actor *yz_command_operator(void);

#endif
