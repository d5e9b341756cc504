/*
 * AES-256-GCM with a head of its own.  Called by vault.c, in any thread.
 */
#include "admin/vault/seal.h"
#include "admin/vault/vault.h"
#include "lmdb_schema/masters_write.h"

#include <openssl/crypto.h>
#include <string.h>

#define ALGORITHM_A256GCM 1
#define NONCE_SIZE 12
#define SEAL_TAG_SIZE 16
#define HEAD_SIZE (2 + NONCE_SIZE)

_Static_assert(YZ_SEAL_OVERHEAD == HEAD_SIZE + SEAL_TAG_SIZE, "seal layout");

static bool
feed(EVP_CIPHER_CTX *ctx, bool seal, uint8_t *out, const void *in, size_t n)
{
    int done = 0;

    return n == 0 || ((seal ? EVP_EncryptUpdate(ctx, out, &done, in, (int)n)
                            : EVP_DecryptUpdate(ctx, out, &done, in, (int)n)) &&
                      done == (int)n);
}

/* The additional data: label, algorithm, key id, person, context. */
static bool
feed_aad(EVP_CIPHER_CTX *ctx, bool seal, const yz_seal_with *with)
{
    const uint8_t ids[2] = {ALGORITHM_A256GCM, with->key_id};

    return feed(ctx, seal, NULL, with->label, strlen(with->label) + 1) &&
           feed(ctx, seal, NULL, ids, sizeof(ids)) &&
           (with->id == NULL ||
            feed(ctx, seal, NULL, with->id, YZ_ACTOR_ID_SIZE)) &&
           feed(ctx, seal, NULL, with->context.p, with->context.n);
}

yz_status
yz_seal_make(EVP_CIPHER *gcm, const yz_seal_with *with, yz_span plain,
             uint8_t *out, size_t *size)
{
    EVP_CIPHER_CTX *ctx;
    uint8_t *tag = out + HEAD_SIZE + plain.n;
    int n = 0;
    bool done;
    yz_status status = yz_random_draw(out + 2, NONCE_SIZE);

    *size = 0;
    if (status != YZ_OK) {
        return status;
    }
    out[0] = ALGORITHM_A256GCM;
    out[1] = with->key_id;
    ctx = EVP_CIPHER_CTX_new();
    done = ctx != NULL &&
           EVP_EncryptInit_ex2(ctx, gcm, with->key, out + 2, NULL) &&
           feed_aad(ctx, true, with) &&
           feed(ctx, true, out + HEAD_SIZE, plain.p, plain.n) &&
           EVP_EncryptFinal_ex(ctx, tag, &n) &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_SIZE, tag);
    EVP_CIPHER_CTX_free(ctx);
    if (!done) {
        return YZ_NOMEM;
    }
    *size = plain.n + YZ_SEAL_OVERHEAD;
    return YZ_OK;
}

yz_status
yz_seal_open(EVP_CIPHER *gcm, const yz_seal_with *with, yz_span sealed,
             uint8_t *out, size_t *size)
{
    const uint8_t *in = (const uint8_t *)sealed.p;
    uint8_t tag[SEAL_TAG_SIZE];
    EVP_CIPHER_CTX *ctx;
    size_t n;
    int last = 0;
    bool ready, done;

    *size = 0;
    if (sealed.n < YZ_SEAL_OVERHEAD || in[0] != ALGORITHM_A256GCM ||
        in[1] != with->key_id) {
        return YZ_CORRUPT;
    }
    n = sealed.n - YZ_SEAL_OVERHEAD;
    memcpy(tag, in + HEAD_SIZE + n, sizeof(tag));
    ctx = EVP_CIPHER_CTX_new();
    ready = ctx != NULL &&
            EVP_DecryptInit_ex2(ctx, gcm, with->key, in + 2, NULL) &&
            feed_aad(ctx, false, with) &&
            feed(ctx, false, out, in + HEAD_SIZE, n) &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_SIZE, tag);
    done = ready && EVP_DecryptFinal_ex(ctx, out + n, &last) > 0;
    EVP_CIPHER_CTX_free(ctx);
    if (!done) {
        OPENSSL_cleanse(out, n);
        return ready ? YZ_CORRUPT : YZ_NOMEM;
    }
    *size = n;
    return YZ_OK;
}
