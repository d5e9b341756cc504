/*
 * The version of yizhan that the command and the module say.
 */
#ifndef YZ_CORE_VERSION_H
#define YZ_CORE_VERSION_H

#define YZ_VERSION "0.1.0"

#endif
