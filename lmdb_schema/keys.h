/*
 * The keys that answers need: one to find a code by its keyed hash, and one
 * for each 4-digit region to sign scan tokens.  Read from a small text file
 * (DIR/keys/read.keys, mode 0640):
 *
 *     code <key id 1..255> hs256 <64 hex digits>
 *     scan <key id 1..255> hs256 <4-digit region, 0000 for none> <64 hex>
 *
 * One space between words, none at the ends; numbers without leading zeros
 * but for the region.  Empty lines and lines that begin with '#' say
 * nothing.  There is exactly one code key, and no two scan keys have the same
 * region and id.  Not for use by several threads at once.
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

/* Most bytes and most scan keys of a file: two for each region there can be. */
#define YZ_KEYS_FILE_MAX (2 << 20)
#define YZ_SCAN_KEYS_MAX 20000

typedef struct yz_keyring yz_keyring;

/*
 * Checks the whole `text` of a key file.  YZ_OK and a ring owned by the
 * caller (yz_keyring_free), or YZ_BAD_INPUT (malformed; *line says where,
 * from 1, or 0 when the file as a whole is at fault: too long, no code key, a
 * key twice), YZ_NOMEM; *ring is then NULL.
 */
yz_status yz_keyring_parse(yz_span text, yz_keyring **ring, unsigned *line);

/*
 * Reads the file at `path` and does the same.  Also YZ_NOT_FOUND, YZ_DENIED and
 * YZ_IO, with *line 0.
 */
yz_status yz_keyring_load(const char *path, yz_keyring **ring, unsigned *line);
void yz_keyring_free(yz_keyring *ring); /* NULL is allowed */

/*
 * Keyed hash of a normalised code, written to `hash`.  YZ_OK or YZ_NOMEM (the
 * crypto library failed).
 */
yz_status yz_keyring_code_hash(yz_keyring *ring, yz_span code,
                               uint8_t hash[static YZ_TAG_SIZE]);

/*
 * Tag of `message` under the newest scan key (the highest id) of the
 * six-digit `region`, of which the first four digits count, 0 for none;
 * *key_id says which.  YZ_OK, YZ_NOT_FOUND (no key of that region: there is
 * no other to fall back to) or YZ_NOMEM (the crypto library failed).
 */
yz_status yz_keyring_scan_tag(yz_keyring *ring, uint32_t region,
                              yz_span message, uint8_t *key_id,
                              uint8_t tag[static YZ_TAG_SIZE]);

#endif
