/*
 * Personal data: who someone is becomes a keyed hash, what they wrote about
 * themselves is sealed under a key of their own.  Erasing that key erases all
 * of it.  Used by the daemon only, by any of its threads; the keys lie in
 * DIR/private/keys (lmdb_schema/masters_write.h).
 *
 * Sealed bytes: algorithm (1: AES-256-GCM), key id, nonce (12), ciphertext,
 * tag (16).  A wrapped key is sealed bytes whose key id is that of the master
 * that wraps it; other seals have 1, for there is one key of a person, and
 * one of the daemon's own.  The additional data of each seal binds it to its
 * purpose, its person and where it stands (`context`), so that a sealed text
 * cannot be moved to another record.
 *
 * Keyed hashes and ids: algorithm (1: HMAC-SHA256), then the first 15 bytes
 * of the MAC.
 */
#ifndef YZ_VAULT_H
#define YZ_VAULT_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/actor.h"
#include <stddef.h>
#include <stdint.h>

#define YZ_PERSON_KEY_SIZE 32
#define YZ_WRAPPED_KEY_SIZE (2 + 12 + 32 + 16) /* as stored in `person` */
#define YZ_SEAL_OVERHEAD (2 + 12 + 16)
#define YZ_RECEIPT_HASH_SIZE 16

typedef struct yz_vault yz_vault;

/*
 * Opens the vault of the data directory; draws keys that are not there yet.
 * YZ_OK, YZ_FORMAT (the key file is none), YZ_IO, YZ_FULL, YZ_NOMEM.
 */
yz_status yz_vault_open(const char *dir, yz_vault **vault);
void yz_vault_close(yz_vault *vault); /* NULL is allowed; wipes the keys */

/* The actor's id of a person (issuer and subject) or of a device's cookie. */
yz_status yz_vault_person_id(yz_vault *vault, yz_span issuer, yz_span subject,
                             uint8_t id[static YZ_ACTOR_ID_SIZE]);
yz_status yz_vault_device_id(yz_vault *vault, yz_span device,
                             uint8_t id[static YZ_ACTOR_ID_SIZE]);

/* A keyed hash of `text` for `purpose` (receipts, session cookies,
   idempotency keys): 16 bytes that give the text not away. */
yz_status yz_vault_hash(yz_vault *vault, const char *purpose, yz_span text,
                        uint8_t hash[static YZ_RECEIPT_HASH_SIZE]);

/* Draws a person's key and wraps it under the newest master. */
yz_status yz_vault_person_new(yz_vault *vault,
                              const uint8_t id[static YZ_ACTOR_ID_SIZE],
                              uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE]);
/* Wraps it anew under the newest master (rotation); *changed tells. */
yz_status yz_vault_person_rewrap(yz_vault *vault,
                                 const uint8_t id[static YZ_ACTOR_ID_SIZE],
                                 uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
                                 bool *changed);

/*
 * Rotation: rotate draws another master, which wraps from then on; retire
 * forgets all others, after every wrapped key was wrapped anew.  newest: the
 * id of the one that wraps.  YZ_OK, YZ_FULL (all ids are used, or the disk),
 * YZ_IO, YZ_DENIED.
 */
yz_status yz_vault_rotate(yz_vault *vault);
yz_status yz_vault_retire(yz_vault *vault);
uint8_t yz_vault_newest_seal(yz_vault *vault);

/*
 * Seals `plain` for a person; `out` has room for plain.n + YZ_SEAL_OVERHEAD.
 * YZ_OK, YZ_CORRUPT (wrapped is damaged or of an unknown master), YZ_NOMEM.
 */
yz_status yz_vault_seal(yz_vault *vault,
                        const uint8_t id[static YZ_ACTOR_ID_SIZE],
                        const uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
                        yz_span context, yz_span plain, uint8_t *out,
                        size_t *size);
/* The other way; `out` has room for sealed.n.  YZ_CORRUPT: not sealed so. */
yz_status
yz_vault_open_sealed(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
                     const uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
                     yz_span context, yz_span sealed, uint8_t *out,
                     size_t *size);

/*
 * Seals with a key of the daemon's own, for what passes away with its record
 * (answers kept for idempotency).
 */
yz_status yz_vault_seal_own(yz_vault *vault, yz_span context, yz_span plain,
                            uint8_t *out, size_t *size);
yz_status yz_vault_open_own(yz_vault *vault, yz_span context, yz_span sealed,
                            uint8_t *out, size_t *size);

/*
 * Checks a scan token for a place: layout, algorithm, key of the region, tag
 * in constant time, window.  YZ_OK and *age_s; YZ_BAD_INPUT (malformed, or
 * the tag is of no key of that region), YZ_NOT_FOUND (good once, but older
 * than `most_s`, or from the future), YZ_NOMEM.  A token does not say at which
 * second of its window it was made: its age counts from the window's end.
 */
yz_status yz_vault_scan_token(yz_vault *vault, uint32_t region,
                              yz_span place_id, yz_span token, int64_t now_s,
                              int64_t most_s, int64_t *age_s);

/* `n` random bytes of the system's.  YZ_OK or YZ_IO. */
yz_status yz_vault_random(void *out, size_t n);

#endif
