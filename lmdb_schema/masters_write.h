/*
 * The master keys of a data directory: DIR/private/keys, mode 0600.  A line
 * for each, in the order of the names below, ids ascending:
 *
 *     code 1 hs256 <64 hex>      codes are hashed with it (read.keys)
 *     scan 1 hs256 <64 hex>      keys of scan tokens derive from it
 *     person 1 hs256 <64 hex>    ids of persons and devices
 *     hash 1 hs256 <64 hex>      receipts, session cookies, idempotency keys
 *     own 1 a256gcm <64 hex>     seals of the daemon's own
 *     seal N a256gcm <64 hex>    wraps the keys of persons; the highest N is
 *                                used, the others still open what they wrapped
 *
 * A file with `code` and `scan` alone is an older one and gets the rest.  Any
 * other file that lacks a line is none: a key that was lost must not be
 * replaced by another in silence.  Write half: never linked by the module.
 */
#ifndef YZ_SCHEMA_MASTERS_WRITE_H
#define YZ_SCHEMA_MASTERS_WRITE_H

#include "core/span.h"
#include "core/status.h"
#include "lmdb_schema/keys.h"
#include <stdbool.h>

#define YZ_MASTER_ID 1 /* of every key but the seals */
#define YZ_SEALS_MAX 255

typedef struct {
    uint8_t code[YZ_KEY_SIZE];
    uint8_t scan[YZ_KEY_SIZE];
    uint8_t person[YZ_KEY_SIZE];
    uint8_t hash[YZ_KEY_SIZE];
    uint8_t own[YZ_KEY_SIZE];
    uint8_t seal[YZ_SEALS_MAX + 1][YZ_KEY_SIZE]; /* by id */
    uint8_t seal_first; /* lowest and highest id; all between are there */
    uint8_t seal_last;
} yz_masters;

/*
 * Reads the masters below `dir`, or draws and writes those that are not there
 * yet.  YZ_OK, YZ_FORMAT (the file is none), YZ_IO, YZ_DENIED, YZ_FULL,
 * YZ_BAD_INPUT (path too long).  *masters is wiped on failure.
 */
yz_status yz_masters_open(const char *dir, yz_masters *masters);

/*
 * Draws another seal master and writes the file; it is the newest from then
 * on.  YZ_FULL: there are YZ_SEALS_MAX, or the disk is full; else as above.
 * *masters is as it was on failure.
 */
yz_status yz_masters_add_seal(const char *dir, yz_masters *masters);

/*
 * Takes all seal masters but the newest out of the file: what they wrapped
 * can then no more be opened, so everything has to be wrapped anew before.
 * As yz_masters_add_seal().
 */
yz_status yz_masters_drop_seals(const char *dir, yz_masters *masters);

/*
 * Reads the text of a master file.  YZ_OK; YZ_NOT_FOUND: an older file, code
 * and scan are set; YZ_FORMAT.
 */
yz_status yz_masters_parse(yz_span text, yz_masters *masters);

/* Overwrites the keys in memory. */
void yz_masters_wipe(yz_masters *masters);

/* `n` random bytes of the system's.  YZ_OK or YZ_IO. */
yz_status yz_random_draw(void *out, size_t n);

#endif
