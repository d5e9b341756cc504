/*
 * Persons: what someone wrote about themselves is sealed under a key of their
 * own, drawn when it is first needed.  Erasing that key erases all of it.
 * Only in `apply` steps.
 *
 * YZ_TABLE_PERSON_KEY: actor id to the wrapped key; not logged, for the log
 * is never rewritten.  YZ_TABLE_PERSON: actor id to when it was erased.
 */
#ifndef YZ_IDENTITY_PERSON_H
#define YZ_IDENTITY_PERSON_H

#include "admin/identity/desk.h"

/*
 * Seals `plain` for the person or device `id`; `context` names the record and
 * field, and has to be the same when it is opened.
 *
 * sealed: in the exchange's arena.
 *
 * YZ_OK, YZ_NOMEM, or a failure of the store or the vault.
 */
yz_status yz_person_seal(yz_desk *desk, yz_exchange *x,
                         const uint8_t id[static YZ_ACTOR_ID_SIZE],
                         yz_span context, yz_span plain, yz_span *sealed);

/*
 * Opens it again.  plain: in the arena, NUL-terminated.
 *
 * YZ_OK; YZ_NOT_FOUND: it was erased; YZ_CORRUPT: these bytes were never
 * sealed so; YZ_NOMEM or a failure of the store.
 */
yz_status yz_person_unseal(yz_desk *desk, yz_exchange *x,
                           const uint8_t id[static YZ_ACTOR_ID_SIZE],
                           yz_span context, yz_span sealed, yz_span *plain);

/*
 * Destroys the key and notes when.  Whoever writes again afterwards gets a
 * new one, which does not open what was before.  YZ_OK, or a failure of the
 * store.
 */
yz_status yz_person_erase(yz_desk *desk,
                          const uint8_t id[static YZ_ACTOR_ID_SIZE]);

/* When the person was last erased, Unix seconds; 0: never.  YZ_OK, or a
   failure of the store. */
yz_status yz_person_erased_at(yz_desk *desk,
                              const uint8_t id[static YZ_ACTOR_ID_SIZE],
                              int64_t *erased_at_s);

/*
 * Wraps the keys of at most `most` persons from `from` on (in the order of
 * their ids) under the newest master.  *next is where to go on, n 0 at the
 * end; its bytes are `id`'s.  *changed counts.  YZ_OK, or a failure of the
 * store or the vault.
 */
yz_status yz_person_rewrap(yz_desk *desk, yz_span from, size_t most,
                           uint8_t id[static YZ_ACTOR_ID_SIZE], yz_span *next,
                           size_t *changed);

/* Whether another master than the newest still wraps some key.  YZ_OK, or a
   failure of the store. */
yz_status yz_person_any_older(yz_desk *desk, bool *older);

#endif
