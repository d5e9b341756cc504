/*
 * What identity and rules work with: the store inside the open batch, the
 * vault, and the settings of the city.  There is one desk in a daemon.  Only
 * `apply` steps, which run one at a time in the writer, may touch `store`.
 */
#ifndef YZ_IDENTITY_DESK_H
#define YZ_IDENTITY_DESK_H

#include "admin/http/route.h"
#include "admin/vault/vault.h"
#include "lmdb_schema/store.h"

typedef struct yz_settings yz_settings; /* admin/identity/settings.h */
typedef struct yz_relay yz_relay;       /* admin/rules/relay.h */
typedef struct yz_limits yz_limits;     /* admin/rules/limits.h */
typedef struct yz_routing_cache yz_routing_cache; /* routing_cache.h there */
struct yz_writer;                                 /* admin/daemon/writer.h */

typedef struct yz_desk {
    yz_store *store;
    yz_vault *vault;
    /* Others when they are read again; those before stay as long as the
       desk.  A step that needs two to fit together looks once. */
    const yz_settings *_Atomic settings;
    yz_relay *relay;
    yz_limits *limits;
    yz_routing_cache *routing;
    const char *dir;                /* the data directory */
    const struct yz_writer *writer; /* for its counts */
} yz_desk;

#endif
