/*
 * Calls to the city's own servers: a signed POST of JSON that has to answer
 * in time.  Used by login and relay, in steps of routes that may wait.
 *
 * The request carries `Yizhan-Signature: hs256 T HEX`: T is Unix seconds, HEX
 * the HMAC-SHA256 of "T\nBODY" under the secret that both sides keep.
 */
#ifndef YZ_IDENTITY_HOOK_H
#define YZ_IDENTITY_HOOK_H

#include "admin/memory/arena.h"

#define YZ_HOOK_REPLY_MAX (64u << 10)

typedef struct {
    const char *url;    /* http: or https:; NULL: there is no hook */
    const char *socket; /* path of a unix socket that takes it, or NULL */
    yz_span secret;     /* at least YZ_HOOK_SECRET_MIN bytes */
} yz_hook;

#define YZ_HOOK_SECRET_MIN 16

/*
 * Reads `text`: http://…, https://…, or unix:/path/of/socket:/uri.  The texts
 * of *hook are put into the arena.  YZ_OK, YZ_BAD_INPUT or YZ_NOMEM.
 */
yz_status yz_hook_parse(yz_arena *arena, yz_span text, yz_hook *hook);

/*
 * Posts `body` and waits at most five seconds.  Redirects are not followed.
 *
 * reply: the body of the answer, at most YZ_HOOK_REPLY_MAX, in the arena.
 * http: its status.
 *
 * YZ_OK: there is an answer, whatever its status; YZ_BUSY: none in time, or
 * none that is whole; YZ_NOMEM.
 */
yz_status yz_hook_call(const yz_hook *hook, yz_span body, int64_t now_s,
                       yz_arena *arena, yz_span *reply, unsigned *http);

/* Once in the process, before threads start, and at its end. */
yz_status yz_hook_start(void);
void yz_hook_stop(void);

#endif
