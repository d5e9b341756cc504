/*
 * Everything that the daemon answers: its own routes and the lists of the
 * rules.
 */
#ifndef YZ_DAEMON_ROUTES_H
#define YZ_DAEMON_ROUTES_H

#include "admin/http/route.h"

/* Lists of routes, ended by NULL; earlier ones go first. */
extern const yz_routes yz_daemon_routes[];

#endif
