/*
 * The hash chain over the log: each entry's hash covers the one before, so
 * that nothing can be taken out or changed unseen.  Runs in the writer only.
 */
#ifndef YZ_SCHEMA_CHAIN_H
#define YZ_SCHEMA_CHAIN_H

#include "core/status.h"
#include "lmdb_schema/private_layout.h"
#include <stddef.h>

typedef struct yz_chain yz_chain;

/* YZ_OK, or YZ_NOMEM with *chain NULL.  Free with yz_chain_free(). */
yz_status yz_chain_new(yz_chain **chain);
void yz_chain_free(yz_chain *chain); /* NULL is allowed */

/*
 * hash = SHA-256(before, bytes).  `hash` may be `before`.  YZ_OK, or
 * YZ_NOMEM when the crypto library fails.
 */
yz_status yz_chain_step(yz_chain *chain,
                        const uint8_t before[static YZ_HASH_SIZE],
                        const void *bytes, size_t size,
                        uint8_t hash[static YZ_HASH_SIZE]);

#endif
