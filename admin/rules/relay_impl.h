/*
 * What the relay and its backends share; not for others.
 */
#ifndef YZ_RULES_RELAY_IMPL_H
#define YZ_RULES_RELAY_IMPL_H

#include "admin/rules/relay.h"

/* A backend has one of both steps; the other is NULL. */
typedef struct {
    yz_status (*bind)(yz_desk *desk, const yz_relay_numbers *numbers,
                      const yz_relay_call *call, yz_relay_binding *binding,
                      unsigned *retry_after_s);
    yz_status (*ask)(const yz_hook *hook, yz_exchange *x,
                     const yz_relay_call *call, yz_relay_binding *binding);
} yz_relay_backend;

/* Does not change once it is opened. */
struct yz_relay {
    const yz_relay_backend *backend;
    yz_relay_numbers numbers; /* of the pool */
    const yz_hook *hook;      /* the carrier */
};

extern const yz_relay_backend yz_relay_pool;
extern const yz_relay_backend yz_relay_hook;

#endif
