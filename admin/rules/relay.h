/*
 * Relay numbers: worker A, who wants to speak to the writer B of a post, gets
 * a number X that leads to B for a while, and never B's own.  Two backends:
 *
 *   pool  numbers of a file.  Who holds which is in YZ_TABLE_BINDING, which
 *         the city's exchange asks for (GET /v1/admin/relay/{number} at the
 *         operators' socket) when somebody calls X.  X is free again when its
 *         time is up.
 *   hook  a carrier's server, which binds a number of its own.
 */
#ifndef YZ_RULES_RELAY_H
#define YZ_RULES_RELAY_H

#include "admin/identity/desk.h"
#include "admin/identity/settings.h"

#define YZ_RELAY_TTL_S ((int64_t)24 * 3600)
#define YZ_RELAY_NUMBER_MAX 20
#define YZ_RELAY_NUMBERS_MAX 10000
#define YZ_RELAY_FILE_MAX (256u << 10) /* bytes */

/* A call that is to be made possible. */
typedef struct {
    uint32_t post;
    uint8_t asker[YZ_ACTOR_ID_SIZE];
    char caller[24]; /* A's number; NUL-terminated */
    char callee[24]; /* B's */
} yz_relay_call;

/* What A is told. */
typedef struct {
    char number[YZ_RELAY_NUMBER_MAX + 1];
    int64_t expires_s;
} yz_relay_binding;

/*
 * The relay that the settings name; *relay is NULL when they name none.
 * The settings stay as long as it.  YZ_OK; YZ_BAD_INPUT with the line (0: the
 * file as a whole) in *line; YZ_IO or YZ_NOMEM.
 */
yz_status yz_relay_open(const yz_settings *settings, yz_relay **relay,
                        unsigned *line);
void yz_relay_close(yz_relay *relay); /* NULL is allowed */

/*
 * In `apply`: binds a number of the pool; the same asker gets the same number
 * for the same post while it lasts.  YZ_OK; YZ_NOT_FOUND: this relay is asked
 * by yz_relay_ask() later; YZ_BUSY: all are used, *retry_after_s says for how
 * long; YZ_NOMEM or a failure of the store.
 */
yz_status yz_relay_bind(yz_desk *desk, const yz_relay_call *call,
                        yz_relay_binding *binding, unsigned *retry_after_s);

/*
 * In `finish`: asks the carrier.  YZ_OK; YZ_BUSY: no answer, or none that
 * makes sense; YZ_NOMEM.
 */
yz_status yz_relay_ask(yz_desk *desk, yz_exchange *x, const yz_relay_call *call,
                       yz_relay_binding *binding);

/* Of the tick: the binding of this number is due. */
yz_status yz_relay_expire(yz_desk *desk, yz_span key);

/*
 * A number's live binding.  YZ_OK with post and caller in *call; YZ_NOT_FOUND;
 * or a failure of the store.
 */
yz_status yz_relay_find(yz_desk *desk, yz_span number, yz_relay_call *call,
                        int64_t *expires_s);

/* Numbers of a file: lines of 5 to 20 digits, after an optional '+'; empty
   lines and lines that begin with '#' say nothing. */
typedef struct {
    size_t count;
    char (*all)[YZ_RELAY_NUMBER_MAX + 1];
} yz_relay_numbers;

/* YZ_OK; YZ_BAD_INPUT: *line is malformed, repeats a number, or is one too
   many (0: there is none at all); YZ_NOMEM.  Freed by the caller. */
yz_status yz_relay_numbers_parse(yz_span text, yz_relay_numbers *numbers,
                                 unsigned *line);
void yz_relay_numbers_free(yz_relay_numbers *numbers);

/* The carrier's reply {"number":"...","ttl_s":N}, NUL-terminated; ttl_s may be
   left away.  YZ_OK or YZ_BAD_INPUT. */
yz_status yz_relay_reply_read(const char *json, int64_t now_s,
                              yz_relay_binding *binding);

#endif
