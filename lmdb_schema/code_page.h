/*
 * Pages of code hashes (layout.h, yz_code_page): which page, and where in it.
 * Pure: no LMDB, no allocation.  Used by the reader, the projection, verify
 * and dump.
 *
 * Two bytes of a hash's tail choose the line where the search for it begins;
 * what has no room there goes into the first line after it that has some, the
 * first line following the last one.  Entries of a line are filled from its
 * start and never taken out, so a search ends at the first free one.
 */
#ifndef YZ_SCHEMA_CODE_PAGE_H
#define YZ_SCHEMA_CODE_PAGE_H

#include "core/status.h"
#include "lmdb_schema/layout.h"
#include <stdbool.h>
#include <stddef.h>

/* What is known of a code. */
typedef struct {
    uint32_t number; /* of its place */
    uint8_t revoked; /* 1: another code has taken its place */
} yz_code_value;

/* The bucket of a hash; bits is YZ_CODE_BITS_MIN..YZ_CODE_BITS_MAX. */
static inline uint32_t
yz_code_bucket(const uint8_t hash[static YZ_CODE_HASH_SIZE], uint32_t bits)
{
    uint32_t head = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 |
                    (uint32_t)hash[2] << 8 | hash[3];

    return head >> (32 - bits);
}

/*
 * Whether `size` bytes at `bytes` (any alignment) are the page of `bucket`:
 * only then may the functions below be called on them.
 */
bool yz_code_page_fits(const void *bytes, size_t size, uint32_t bucket,
                       uint32_t bits);

/*
 * Finds the code with `hash`.  YZ_OK, YZ_NOT_FOUND, or YZ_CORRUPT for an
 * entry that can't be.
 */
yz_status yz_code_page_find(const void *page,
                            const uint8_t hash[static YZ_CODE_HASH_SIZE],
                            yz_code_value *value);

/* Makes an empty page. */
void yz_code_page_start(yz_code_page *page, uint32_t bucket, uint32_t bits);

/*
 * Sets what is known of the code with `hash`; value->number is never 0.
 * YZ_OK, or YZ_FULL: a generation with more pages is needed.
 */
yz_status yz_code_page_put(yz_code_page *page,
                           const uint8_t hash[static YZ_CODE_HASH_SIZE],
                           const yz_code_value *value);

/* Whether entries, their places and their count are as they must be. */
bool yz_code_page_sound(const yz_code_page *page);

#endif
