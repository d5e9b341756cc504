/*
 * SHA-256 over the log, with one context for all entries: fetching the
 * algorithm anew for each costs more than hashing it.  Runs in the writer
 * only; called by the log's writer and verify.
 */
#include "lmdb_schema/chain.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct yz_chain {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

yz_status
yz_chain_new(yz_chain **chain)
{
    yz_chain *made = calloc(1, sizeof(*made));

    *chain = NULL;
    if (made == NULL) {
        return YZ_NOMEM;
    }
    made->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    made->context = EVP_MD_CTX_new();
    if (made->algorithm == NULL || made->context == NULL) {
        yz_chain_free(made);
        return YZ_NOMEM;
    }
    *chain = made;
    return YZ_OK;
}

void
yz_chain_free(yz_chain *chain)
{
    if (chain != NULL) {
        EVP_MD_CTX_free(chain->context);
        EVP_MD_free(chain->algorithm);
        free(chain);
    }
}

yz_status
yz_chain_step(yz_chain *chain, const uint8_t before[static YZ_HASH_SIZE],
              const void *bytes, size_t size, uint8_t hash[static YZ_HASH_SIZE])
{
    unsigned n = 0;

    if (!EVP_DigestInit_ex2(chain->context, chain->algorithm, NULL) ||
        !EVP_DigestUpdate(chain->context, before, YZ_HASH_SIZE) ||
        !EVP_DigestUpdate(chain->context, bytes, size) ||
        !EVP_DigestFinal_ex(chain->context, hash, &n) || n != YZ_HASH_SIZE) {
        return YZ_NOMEM;
    }
    return YZ_OK;
}
