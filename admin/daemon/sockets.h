/*
 * The daemon's unix sockets and the file with its process number, below
 * DIR/run.
 */
#ifndef YZ_DAEMON_SOCKETS_H
#define YZ_DAEMON_SOCKETS_H

#include "core/status.h"
#include <stdbool.h>

/*
 * Listens at DIR/run/NAME; makes DIR/run where it is missing.  What lies at
 * the path is removed: the caller holds the writer's lock, so no daemon
 * listens there.  With `shared` the group of DIR/public, which nginx's
 * workers are in, may connect (0660), else the owner alone (0600).  *fd is
 * the caller's.  YZ_OK; YZ_BAD_INPUT: the path is too long for a socket;
 * YZ_IO, with errno.
 */
yz_status yz_socket_listen(const char *dir, const char *name, bool shared,
                           int *fd);
/* Removes it; a failure is of no interest. */
void yz_socket_remove(const char *dir, const char *name);

/* Writes and removes DIR/run/admind.pid.  YZ_OK or YZ_IO, with errno. */
yz_status yz_pid_write(const char *dir);
void yz_pid_remove(const char *dir);

/*
 * Says `state` ("READY=1", "STOPPING=1") to whoever supervises the process by
 * the protocol of sd_notify(3): a datagram to $NOTIFY_SOCKET, where there is
 * one.
 */
void yz_supervisor_notify(const char *state);

#endif
