/*
 * Keyed hashes, seals and scan tokens.  Runs in the daemon, in any thread:
 * the keys change only when a seal master is added or dropped, under a lock.
 */
#include "admin/vault/vault.h"
#include "admin/vault/seal.h"
#include "core/scan_token.h"
#include "lmdb_schema/keys_write.h"
#include "lmdb_schema/masters_write.h"
#include "lmdb_schema/record.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM_HS256 1
#define KEY_ID 1 /* of a person's key and of the daemon's own */
#define MAC_SIZE 32

/* Purposes of MACs and seals: no two share a key and begin alike. */
#define LABEL_PERSON "yizhan person v1"
#define LABEL_DEVICE "yizhan device v1"
#define LABEL_HASH "yizhan hash v1"
#define LABEL_OWN "yizhan own v1"
#define LABEL_WRAP "yizhan wrap v1"
#define LABEL_SEAL "yizhan seal v1"

_Static_assert(YZ_WRAPPED_KEY_SIZE == YZ_SEAL_OVERHEAD + YZ_PERSON_KEY_SIZE,
               "wrapped key layout");
_Static_assert(YZ_RECEIPT_HASH_SIZE == YZ_ACTOR_ID_SIZE, "one size of hash");

struct yz_vault {
    yz_masters masters;
    char *dir;
    EVP_MAC *hmac;
    EVP_CIPHER *gcm;
    EVP_MAC_CTX *person; /* keyed; copied for each use, never fed */
    EVP_MAC_CTX *hash;
    EVP_MAC_CTX *own;
    pthread_rwlock_t lock; /* of masters.seal*, changed by rotation only */
};

static EVP_MAC_CTX *
keyed(EVP_MAC *hmac, const uint8_t key[static YZ_KEY_SIZE])
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

    if (ctx != NULL && !EVP_MAC_init(ctx, key, YZ_KEY_SIZE, params)) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

yz_status
yz_vault_open(const char *dir, yz_vault **vault)
{
    yz_vault *v = calloc(1, sizeof(*v));
    yz_status status;

    *vault = NULL;
    if (v == NULL || pthread_rwlock_init(&v->lock, NULL) != 0) {
        free(v);
        return YZ_NOMEM;
    }
    status = yz_masters_open(dir, &v->masters);
    if (status == YZ_OK) {
        v->dir = strdup(dir);
        v->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
        v->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    }
    if (v->hmac != NULL) {
        v->person = keyed(v->hmac, v->masters.person);
        v->hash = keyed(v->hmac, v->masters.hash);
        v->own = keyed(v->hmac, v->masters.own);
    }
    if (status == YZ_OK &&
        (v->dir == NULL || v->gcm == NULL || v->person == NULL ||
         v->hash == NULL || v->own == NULL)) {
        status = YZ_NOMEM;
    }
    if (status != YZ_OK) {
        yz_vault_close(v);
        v = NULL;
    }
    *vault = v;
    return status;
}

void
yz_vault_close(yz_vault *vault)
{
    if (vault == NULL) {
        return;
    }
    EVP_MAC_CTX_free(vault->person);
    EVP_MAC_CTX_free(vault->hash);
    EVP_MAC_CTX_free(vault->own);
    EVP_MAC_free(vault->hmac);
    EVP_CIPHER_free(vault->gcm);
    pthread_rwlock_destroy(&vault->lock);
    free(vault->dir);
    yz_masters_wipe(&vault->masters);
    free(vault);
}

/*
 * MAC of the pieces, each but the last with its size before it, so that no
 * two lists of pieces make the same message.
 */
static yz_status
mac_of(const EVP_MAC_CTX *keyed_ctx, const yz_span *pieces, size_t count,
       uint8_t mac[static MAC_SIZE])
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(keyed_ctx);
    uint8_t size[4];
    size_t n = 0;
    bool done = ctx != NULL;

    for (size_t i = 0; i < count && done; i++) {
        yz_put_u32_be(size, (uint32_t)pieces[i].n);
        done = (i + 1 == count || EVP_MAC_update(ctx, size, sizeof(size))) &&
               (pieces[i].n == 0 ||
                EVP_MAC_update(ctx, (const uint8_t *)pieces[i].p, pieces[i].n));
    }
    done = done && EVP_MAC_final(ctx, mac, &n, MAC_SIZE) && n == MAC_SIZE;
    EVP_MAC_CTX_free(ctx);
    return done ? YZ_OK : YZ_NOMEM;
}

/* The same, cut to a hash that names its algorithm. */
static yz_status
hash_of(const EVP_MAC_CTX *keyed_ctx, const yz_span *pieces, size_t count,
        uint8_t hash[static YZ_RECEIPT_HASH_SIZE])
{
    uint8_t mac[MAC_SIZE];
    yz_status status = mac_of(keyed_ctx, pieces, count, mac);

    memset(hash, 0, YZ_RECEIPT_HASH_SIZE);
    if (status == YZ_OK) {
        hash[0] = ALGORITHM_HS256;
        memcpy(hash + 1, mac, YZ_RECEIPT_HASH_SIZE - 1);
    }
    return status;
}

yz_status
yz_vault_person_id(yz_vault *vault, yz_span issuer, yz_span subject,
                   uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    const yz_span pieces[] = {YZ_SPAN(LABEL_PERSON), issuer, subject};

    return hash_of(vault->person, pieces, 3, id);
}

yz_status
yz_vault_device_id(yz_vault *vault, yz_span device,
                   uint8_t id[static YZ_ACTOR_ID_SIZE])
{
    const yz_span pieces[] = {YZ_SPAN(LABEL_DEVICE), device};

    return hash_of(vault->person, pieces, 2, id);
}

yz_status
yz_vault_hash(yz_vault *vault, const char *purpose, yz_span text,
              uint8_t hash[static YZ_RECEIPT_HASH_SIZE])
{
    const yz_span pieces[] = {YZ_SPAN(LABEL_HASH), yz_span_of(purpose), text};

    return hash_of(vault->hash, pieces, 3, hash);
}

yz_status
yz_vault_random(void *out, size_t n)
{
    return yz_random_draw(out, n);
}

/* Wraps a person's key under the newest master. */
static yz_status
wrap(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
     const uint8_t key[static YZ_PERSON_KEY_SIZE],
     uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE])
{
    const yz_span plain = {(const char *)key, YZ_PERSON_KEY_SIZE};
    yz_seal_with with = {.label = LABEL_WRAP, .id = id, .context = {"", 0}};
    yz_status status;
    size_t size;

    pthread_rwlock_rdlock(&vault->lock);
    with.key_id = vault->masters.seal_last;
    with.key = vault->masters.seal[with.key_id];
    status = yz_seal_make(vault->gcm, &with, plain, wrapped, &size);
    pthread_rwlock_unlock(&vault->lock);
    return status;
}

static yz_status
unwrap(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
       const uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
       uint8_t key[static YZ_PERSON_KEY_SIZE])
{
    const yz_span sealed = {(const char *)wrapped, YZ_WRAPPED_KEY_SIZE};
    yz_seal_with with = {.label = LABEL_WRAP, .id = id, .context = {"", 0}};
    yz_status status = YZ_CORRUPT;
    size_t size;

    with.key_id = wrapped[1];
    pthread_rwlock_rdlock(&vault->lock);
    with.key = vault->masters.seal[with.key_id];
    if (with.key_id >= vault->masters.seal_first &&
        with.key_id <= vault->masters.seal_last) {
        status = yz_seal_open(vault->gcm, &with, sealed, key, &size);
    }
    pthread_rwlock_unlock(&vault->lock);
    return status;
}

yz_status
yz_vault_person_new(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
                    uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE])
{
    uint8_t key[YZ_PERSON_KEY_SIZE];
    yz_status status = yz_random_draw(key, sizeof(key));

    status = status == YZ_OK ? wrap(vault, id, key, wrapped) : status;
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

yz_status
yz_vault_person_rewrap(yz_vault *vault,
                       const uint8_t id[static YZ_ACTOR_ID_SIZE],
                       uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
                       bool *changed)
{
    uint8_t key[YZ_PERSON_KEY_SIZE], anew[YZ_WRAPPED_KEY_SIZE];
    yz_status status = unwrap(vault, id, wrapped, key);

    *changed = false;
    if (status == YZ_OK && wrapped[1] != yz_vault_newest_seal(vault)) {
        status = wrap(vault, id, key, anew);
        if (status == YZ_OK) {
            memcpy(wrapped, anew, sizeof(anew));
            *changed = true;
        }
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

yz_status
yz_vault_seal(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
              const uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
              yz_span context, yz_span plain, uint8_t *out, size_t *size)
{
    uint8_t key[YZ_PERSON_KEY_SIZE];
    const yz_seal_with with = {key, KEY_ID, LABEL_SEAL, id, context};
    yz_status status = unwrap(vault, id, wrapped, key);

    *size = 0;
    if (status == YZ_OK) {
        status = yz_seal_make(vault->gcm, &with, plain, out, size);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

yz_status
yz_vault_open_sealed(yz_vault *vault, const uint8_t id[static YZ_ACTOR_ID_SIZE],
                     const uint8_t wrapped[static YZ_WRAPPED_KEY_SIZE],
                     yz_span context, yz_span sealed, uint8_t *out,
                     size_t *size)
{
    uint8_t key[YZ_PERSON_KEY_SIZE];
    const yz_seal_with with = {key, KEY_ID, LABEL_SEAL, id, context};
    yz_status status = unwrap(vault, id, wrapped, key);

    *size = 0;
    if (status == YZ_OK) {
        status = yz_seal_open(vault->gcm, &with, sealed, out, size);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

/*
 * The daemon's own seals are many, under one key for years.  Each context has
 * a key of its own, so that nonces, which are drawn, never meet.
 */
static yz_status
own_key(yz_vault *vault, yz_span context, uint8_t key[static MAC_SIZE])
{
    const yz_span pieces[] = {YZ_SPAN(LABEL_OWN), context};

    return mac_of(vault->own, pieces, 2, key);
}

yz_status
yz_vault_seal_own(yz_vault *vault, yz_span context, yz_span plain, uint8_t *out,
                  size_t *size)
{
    uint8_t key[MAC_SIZE];
    const yz_seal_with with = {key, KEY_ID, LABEL_OWN, NULL, context};
    yz_status status = own_key(vault, context, key);

    *size = 0;
    if (status == YZ_OK) {
        status = yz_seal_make(vault->gcm, &with, plain, out, size);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

yz_status
yz_vault_open_own(yz_vault *vault, yz_span context, yz_span sealed,
                  uint8_t *out, size_t *size)
{
    uint8_t key[MAC_SIZE];
    const yz_seal_with with = {key, KEY_ID, LABEL_OWN, NULL, context};
    yz_status status = own_key(vault, context, key);

    *size = 0;
    if (status == YZ_OK) {
        status = yz_seal_open(vault->gcm, &with, sealed, out, size);
    }
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

/* True when the tag is that of the place under the region's key. */
static yz_status
check_tag(yz_vault *vault, uint32_t region, yz_span place_id,
          const yz_scan_token *token, bool *good)
{
    uint8_t message[YZ_SCAN_MESSAGE_MAX], key[YZ_KEY_SIZE], mac[MAC_SIZE];
    size_t n = yz_scan_token_message(place_id, token->window, message);
    const yz_span piece = {(const char *)message, n};
    EVP_MAC_CTX *ctx = NULL;
    yz_status status = yz_scan_key_derive(vault->masters.scan, region, key);

    *good = false;
    if (status == YZ_OK) {
        ctx = keyed(vault->hmac, key);
        status = ctx != NULL ? mac_of(ctx, &piece, 1, mac) : YZ_NOMEM;
    }
    if (status == YZ_OK && n > 0) {
        *good = yz_equal_constant_time(mac, token->tag, sizeof(token->tag));
    }
    EVP_MAC_CTX_free(ctx);
    OPENSSL_cleanse(key, sizeof(key));
    return status;
}

yz_status
yz_vault_scan_token(yz_vault *vault, uint32_t region, yz_span place_id,
                    yz_span text, int64_t now_s, int64_t most_s, int64_t *age_s)
{
    yz_scan_token token;
    yz_status status = yz_scan_token_read(text, &token);
    bool good = false;

    *age_s = 0;
    if (status != YZ_OK || token.algorithm != YZ_SCAN_HMAC_SHA256 ||
        token.key_id != YZ_MASTER_ID) {
        return YZ_BAD_INPUT;
    }
    status = check_tag(vault, region, place_id, &token, &good);
    if (status != YZ_OK || !good) {
        return status != YZ_OK ? status : YZ_BAD_INPUT;
    }
    /* The page may have been made at any second of the window; the youngest
       that it can be counts. */
    *age_s = now_s - (yz_scan_window_end_s(token.window) - 1);
    if (token.window > yz_scan_window(now_s) || *age_s > most_s) {
        return YZ_NOT_FOUND;
    }
    *age_s = *age_s > 0 ? *age_s : 0;
    return YZ_OK;
}

uint8_t
yz_vault_newest_seal(yz_vault *vault)
{
    uint8_t id;

    pthread_rwlock_rdlock(&vault->lock);
    id = vault->masters.seal_last;
    pthread_rwlock_unlock(&vault->lock);
    return id;
}

yz_status
yz_vault_rotate(yz_vault *vault)
{
    yz_status status;

    pthread_rwlock_wrlock(&vault->lock);
    status = yz_masters_add_seal(vault->dir, &vault->masters);
    pthread_rwlock_unlock(&vault->lock);
    return status;
}

yz_status
yz_vault_retire(yz_vault *vault)
{
    yz_status status;

    pthread_rwlock_wrlock(&vault->lock);
    status = yz_masters_drop_seals(vault->dir, &vault->masters);
    pthread_rwlock_unlock(&vault->lock);
    return status;
}
