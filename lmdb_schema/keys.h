/*
 * The keys that answers need: one to find a code by its keyed hash, and one
 * for each 4-digit region to sign scan tokens.  Read from a small text file
 * (DIR/keys/read.keys, mode 0640):
 *
 *     code 1 hs256 <64 hex digits>
 *     scan <key id 1..255> hs256 <4-digit region, 0000 for none> <64 hex>
 *
 * Read half; also used by the writer.
 */
#ifndef YZ_SCHEMA_KEYS_H
#define YZ_SCHEMA_KEYS_H

#include "core/span.h"
#include "core/status.h"
#include <stdint.h>

#define YZ_KEY_SIZE 32
#define YZ_TAG_SIZE 16
#define YZ_ALGORITHM_HS256 1

typedef struct yz_keyring yz_keyring;

/*
 * Reads and checks the whole file.  YZ_OK and a ring owned by the caller
 * (yz_keyring_free), or YZ_NOT_FOUND, YZ_IO, YZ_BAD_INPUT (malformed; *line
 * says where, 1-based), YZ_NOMEM; *ring is then NULL.
 */
yz_status yz_keyring_load(const char *path, yz_keyring **ring, unsigned *line);
void yz_keyring_free(yz_keyring *ring); /* NULL is allowed */

/* Keyed hash of a normalised code.  YZ_OK or YZ_NOT_FOUND (no code key). */
yz_status yz_keyring_code_hash(yz_keyring *ring, yz_span code,
                               uint8_t hash[static YZ_TAG_SIZE]);

/*
 * Tag of `message` under the newest scan key of the six-digit `region` (its
 * first four digits count); *key_id says which.  YZ_NOT_FOUND without key.
 */
yz_status yz_keyring_scan_tag(yz_keyring *ring, uint32_t region,
                              yz_span message, uint8_t *key_id,
                              uint8_t tag[static YZ_TAG_SIZE]);

#endif
