/*
 * The account that the daemon runs as.
 */
#ifndef YZ_DAEMON_ACCOUNT_H
#define YZ_DAEMON_ACCOUNT_H

#include "core/status.h"

/*
 * Becomes the account `name` for good, with the group of DIR/public, whose
 * files the workers of nginx read, beside its own; where there is no
 * DIR/public yet, without it.  Call before the first thread and before
 * anything is opened.  YZ_OK; YZ_NOT_FOUND: no such account; YZ_DENIED: the
 * process is not root, or the account is; YZ_IO.
 */
yz_status yz_account_become(const char *name, const char *dir);

#endif
