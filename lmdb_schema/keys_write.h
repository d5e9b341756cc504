/*
 * The writer's keys.  DIR/private/keys holds the masters (masters_write.h);
 * DIR/keys/read.keys (0640, format in keys.h) is made from them and holds
 * what answers need: the code key, and a key for each 4-digit region that
 * has places, derived as
 *
 *     HMAC-SHA256(scan master, "yizhan scan key v1" | key id, 1 byte |
 *                 the four digits)
 *
 * so that an edge can be given its own region's key and no other.  Write
 * half: never linked by the module.
 */
#ifndef YZ_SCHEMA_KEYS_WRITE_H
#define YZ_SCHEMA_KEYS_WRITE_H

#include "core/status.h"
#include "lmdb_schema/keys.h"
#include <stdbool.h>

#define YZ_REGIONS4 10000 /* four-digit regions, 0000 for none */

typedef struct {
    const char *dir;           /* of the store, borrowed */
    uint8_t code[YZ_KEY_SIZE]; /* key of codes, key id 1 */
    uint8_t scan[YZ_KEY_SIZE]; /* master of scan keys, key id 1 */
    bool lost;                 /* read.keys was missing or damaged */
    bool changed;              /* read.keys lacks a region of `has` */
    uint8_t has[YZ_REGIONS4];  /* 1: has a key */
} yz_keys;

/*
 * Reads or draws the masters below `dir` (which must outlive *keys), learns
 * from read.keys which regions have a key, and makes that file true to the
 * masters.  YZ_OK, YZ_FORMAT (the master file is not one), YZ_IO, YZ_FULL,
 * YZ_NOMEM.
 */
yz_status yz_keys_open(const char *dir, yz_keys *keys);

/*
 * The scan key of a six-digit region, of which the first four digits count, 0
 * for none.  YZ_OK or YZ_NOMEM (the crypto library failed).
 */
yz_status yz_scan_key_derive(const uint8_t master[static YZ_KEY_SIZE],
                             uint32_t region, uint8_t key[static YZ_KEY_SIZE]);

/* Notes that a place is in the six-digit `region`, 0 for none. */
void yz_keys_cover(yz_keys *keys, uint32_t region);

/* Writes read.keys if it lacks a region.  YZ_OK, YZ_IO, YZ_FULL, YZ_NOMEM. */
yz_status yz_keys_flush(yz_keys *keys);

/* Overwrites the keys in memory. */
void yz_keys_close(yz_keys *keys);

#endif
