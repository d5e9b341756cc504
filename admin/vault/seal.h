/*
 * Sealed bytes, as vault.h lays them out: who seals for what is its matter,
 * how is this one's.
 */
#ifndef YZ_VAULT_SEAL_H
#define YZ_VAULT_SEAL_H

#include "core/span.h"
#include "core/status.h"
#include <openssl/evp.h>
#include <stdint.h>

/* What a seal is made with; all of it but the key is covered by the tag. */
typedef struct {
    const uint8_t *key; /* 32 bytes */
    uint8_t key_id;
    const char *label;
    const uint8_t *id; /* of the person, or NULL */
    yz_span context;
} yz_seal_with;

/*
 * gcm: AES-256-GCM, fetched.  out: room for plain.n + YZ_SEAL_OVERHEAD; *size
 * says how much was used, 0 on failure.  YZ_OK, YZ_IO (no random bytes),
 * YZ_NOMEM.
 */
yz_status yz_seal_make(EVP_CIPHER *gcm, const yz_seal_with *with, yz_span plain,
                       uint8_t *out, size_t *size);

/*
 * The other way; out has room for sealed.n.  YZ_OK; YZ_CORRUPT: some bit is
 * not as it was sealed, and nothing of the plain text is in `out`; YZ_NOMEM.
 */
yz_status yz_seal_open(EVP_CIPHER *gcm, const yz_seal_with *with,
                       yz_span sealed, uint8_t *out, size_t *size);

#endif
